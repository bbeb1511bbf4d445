// The one place that names the version: --version, webstat_build_info and the packages read it.

export const VERSION = "0.1.0";
