// For tests: options of a pipeline, and what it has counted.

import type { CaptureInterface, Drops } from "../capture/batch.ts";
import { readClients } from "../hosts/clients.ts";
import { readPairs } from "../hosts/pair_table.ts";
import { HostReader } from "../hosts/read_hosts.ts";
import type { Snapshot } from "../hosts/snapshot.ts";
import type { Pipeline } from "./pipeline.ts";
import type { PipelineOptions } from "./pipeline_options.ts";

/** Those of a live capture from eth0, with changes. */
export function testOptions(given: Partial<PipelineOptions> = {}): PipelineOptions {
  return {
    interfaces: ["eth0"],
    files: [],
    fresh: false,
    filter: null,
    snaplen: 0,
    bufferSize: 1,
    promiscuous: true,
    keyLogs: [],
    targets: false,
    maxHosts: 1000,
    maxPairs: 5000,
    by: "host",
    dnsOnlyHosts: true,
    routes: null,
    buckets: null,
    privateSuffixes: false,
    asnDb: null,
    clients: false,
    dnsNames: true,
    privacy: false,
    exclude: [],
    memory: null,
    count: null,
    events: false,
    watch: false,
    ...given,
  };
}

/** A pipeline sends each text only once: one reader has to hear them all. */
const READERS = new WeakMap<Pipeline, HostReader>();

/** Everything that a pipeline has counted, as the main thread gets it. */
export function snapshotOf(
  pipeline: Pipeline,
  interfaces: readonly CaptureInterface[],
  drops: readonly Drops[] = [],
  eventsDropped = 0,
): Snapshot {
  const reader = READERS.get(pipeline) ?? new HostReader();
  READERS.set(pipeline, reader);
  const packed = pipeline.packed(interfaces, drops, eventsDropped);
  const processes = packed.processes && readPairs(packed.processes);
  const clients = packed.clients && readClients(packed.clients);
  return { ...packed, since: 0, hosts: reader.read(packed.hosts), processes, clients };
}
