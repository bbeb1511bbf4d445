// For tests: options of a pipeline.

import type { PipelineOptions } from "./pipeline_options.ts";

/** Those of a live capture from eth0, with changes. */
export function testOptions(given: Partial<PipelineOptions> = {}): PipelineOptions {
  return {
    interfaces: ["eth0"],
    files: [],
    filter: null,
    snaplen: 0,
    bufferSize: 1,
    promiscuous: true,
    maxHosts: 1000,
    memory: null,
    count: null,
    events: false,
    watch: false,
    ...given,
  };
}
