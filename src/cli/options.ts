// Every option of every command, said once. From these tables come the command line and its help, the
// environment variables, the values in config.ts, and the options of the worker.
//
// To add an option, add a line to a table, here or in capture_options.ts, host_options.ts or
// result_options.ts: its value is then in the command's config, under the key of that line. With
// `worker: true` it is also sent to the worker, where PipelineOptions must have it.

import { CAPTURE } from "./capture_options.ts";
import { HOSTS } from "./host_options.ts";
import { choice, FILE, FLAG, MATCHERS, TEXT, TEXTS } from "./kinds.ts";
import { group, type OptionTable } from "./option_definition.ts";
import { RESULTS } from "./result_options.ts";

const REPORT = group("Results", {
  series: {
    flags: "--series",
    help: "report what each setting would cost as series",
    kind: FLAG,
  },
});

const RIGHTS = group("Rights", {
  user: {
    flags: "-u, --user <name>",
    help: "become this user once the capture is open",
    kind: TEXT,
  },
  drop: { flags: "--no-drop", help: "keep all rights: root stays root", kind: FLAG },
});

const MESSAGES = group("Messages", {
  config: {
    flags: "--config <file>",
    help: "options in a file (/etc/webstat.yaml)",
    kind: FILE,
  },
  quiet: {
    flags: "-q, --quiet",
    help: "only errors, and no table after a live capture",
    kind: FLAG,
  },
  verbose: { flags: "-v, --verbose", help: "more messages", kind: FLAG },
  logFormat: {
    flags: "--log-format <format>",
    help: "messages as text or json",
    kind: choice("text", "json"),
    default: "text",
  },
  color: { flags: "--no-color", help: "no colours, as with NO_COLOR", kind: FLAG },
});

const EXPORT = group("Export", {
  exports: {
    flags: "--export <pattern...>",
    help: "export hosts that contain this, or match ~regex",
    kind: MATCHERS,
  },
  extract: {
    flags: "--extract <file>",
    help: "the file of exported hosts: .tsv, .csv or .json",
    kind: FILE,
  },
});

const SCREEN = group("Screen", {
  theme: {
    flags: "--theme <file>",
    help: "colours, such as a line chart: bold #88c0d0",
    kind: FILE,
  },
  keepView: {
    flags: "--no-state",
    help: "forget exported hosts, sorting and view at the end",
    kind: FLAG,
  },
});

export const SNIFF_OPTIONS = {
  ...CAPTURE,
  ...HOSTS,
  ...RESULTS,
  ...REPORT,
  ...RIGHTS,
  ...MESSAGES,
};

export const ANALYZE_OPTIONS = {
  ...CAPTURE,
  ...HOSTS,
  ...RESULTS,
  listen: { ...RESULTS.listen, default: "127.0.0.1:8001" },
  ...EXPORT,
  ...SCREEN,
  ...RIGHTS,
  ...MESSAGES,
};

const COMMAND = group("Command", {
  keyLog: {
    flags: "--no-keylog",
    help: "ask the command for no secrets: names only",
    kind: FLAG,
  },
  localhost: {
    flags: "--localhost",
    help: "let it reach this machine's 127.0.0.1, uncounted",
    kind: FLAG,
  },
});

const CHECK = group("Check", {
  allow: {
    flags: "--allow <pattern...>",
    help: "any other host fails: a host, or *.domain",
    kind: TEXTS,
  },
  allowFile: {
    flags: "--allow-file <file>",
    help: "the same, a line each; # begins a comment",
    kind: FILE,
  },
  deny: { flags: "--deny <pattern...>", help: "these hosts fail", kind: TEXTS },
  recordAllow: {
    flags: "--record-allow <file>",
    help: "write the hosts that were seen, for --allow-file",
    kind: FILE,
  },
});

const { ip, location, geoipDb, asnDb, asn, maxHosts } = HOSTS;
const { listen: { default: _, ...listen }, allowedHosts, webConfig, page, ...given } = RESULTS;
const { events, pushConfig, targets, buckets } = given;

export const RUN_OPTIONS = {
  ...COMMAND,
  ...CHECK,
  ...group("Results", {
    report: { flags: "--report <file>", help: "write the report here", kind: FILE },
    json: { flags: "--json <file>", help: "write all that was counted as JSON", kind: FILE },
  }),
  ...{ events, pushConfig, targets, buckets, listen, allowedHosts, webConfig, page },
  ...{ ip, location, geoipDb, asnDb, asn, maxHosts },
  memory: CAPTURE.memory,
  drop: RIGHTS.drop,
  ...MESSAGES,
};

export const INTERFACES_OPTIONS = group("Results", {
  json: { flags: "--json", help: "as JSON", kind: FLAG },
});

/** What the configuration file has for sniff and analyze alike; it cannot name another one. */
export const TOP_OPTIONS: OptionTable = withoutConfig({ ...SNIFF_OPTIONS, ...ANALYZE_OPTIONS });

/** The commands that have a section in the configuration file. */
export const CONFIGURED_COMMANDS = ["sniff", "analyze", "run"] as const;
export type ConfiguredCommand = typeof CONFIGURED_COMMANDS[number];

/** What such a section may have. */
export const COMMAND_OPTIONS: Readonly<Record<ConfiguredCommand, OptionTable>> = {
  sniff: withoutConfig(SNIFF_OPTIONS),
  analyze: withoutConfig(ANALYZE_OPTIONS),
  run: withoutConfig(RUN_OPTIONS),
};

function withoutConfig({ config: _, ...table }: OptionTable): OptionTable {
  return table;
}

export const CONFIG_OPTIONS = { config: MESSAGES.config };
