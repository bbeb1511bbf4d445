// For tests: what a capture is to do.

import type { PipelineOptions } from "./pipeline_options.ts";

/** Live capture from eth0, but for what is given. */
export function testOptions(given: Partial<PipelineOptions> = {}): PipelineOptions {
  return {
    interfaces: ["eth0"],
    files: [],
    filter: null,
    snaplen: 0,
    bufferSize: 1,
    promiscuous: true,
    maxHosts: 1000,
    count: null,
    events: false,
    watch: false,
    ...given,
  };
}
