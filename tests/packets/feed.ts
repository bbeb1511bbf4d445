// Feeds packets to a whole Pipeline, batch by batch, and keeps the events.

import { Batch, BATCH_PACKETS, type CaptureInterface } from "../../src/capture/batch.ts";
import { registrableDomain } from "../../src/hosts/domains.ts";
import {
  HOST_NUMBERS,
  HOST_TABLES,
  HOST_VECTORS,
  NUMBER_NAMES,
  PHASES,
  TABLE_NAMES,
  VECTOR_NAMES,
} from "../../src/hosts/fields.ts";
import { distributionOf } from "../../src/hosts/duration_snapshot.ts";
import { keyOf, type LabelledRow } from "../../src/hosts/labelled.ts";
import type { HostSnapshot, Snapshot } from "../../src/hosts/snapshot.ts";
import { exampleHost } from "../../src/outputs/example.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { snapshotOf } from "../../src/pipeline/testing.ts";
import { SOURCES } from "../../src/protocols/analyser.ts";
import { concat } from "./bytes.ts";
import { type CapturedPacket, FIRST_TIME } from "./files.ts";
import { LINKTYPE } from "./link.ts";

export const ETHERNET: readonly CaptureInterface[] = [
  { name: "eth0", linkType: LINKTYPE.ETHERNET },
];

/**
 * Packets as a capture hands them on; at most BATCH_PACKETS. Without a time they are a millisecond
 * apart.
 */
export function batchOf(packets: readonly (Uint8Array | CapturedPacket)[], time: number): Batch {
  const all = packets.map((packet): CapturedPacket =>
    packet instanceof Uint8Array ? { data: packet } : packet
  );
  const batch = new Batch();
  batch.bytes = concat(...all.map(({ data }) => data));
  batch.count = all.length;
  let offset = 0;
  for (const [i, packet] of all.entries()) {
    batch.offset[i] = offset;
    batch.captured[i] = packet.data.length;
    batch.length[i] = packet.length ?? packet.data.length;
    batch.time[i] = packet.time ?? time + i * 1000;
    batch.interface[i] = packet.interface ?? 0;
    offset += packet.data.length;
  }
  return batch;
}

export class Feed {
  readonly pipeline: Pipeline;
  /** Lines of NDJSON. */
  readonly lines: string[] = [];
  /** The time of the next packet that brings none. */
  clock = FIRST_TIME;

  constructor(maxHosts = 1000) {
    this.pipeline = new Pipeline({ maxHosts, event: (line) => this.lines.push(line) });
    this.pipeline.nameBy(null, registrableDomain);
  }

  feed(packets: readonly (Uint8Array | CapturedPacket)[]): this {
    for (let at = 0; at < packets.length; at += BATCH_PACKETS) {
      const some = packets.slice(at, at + BATCH_PACKETS);
      this.pipeline.feed(batchOf(some, this.clock), ETHERNET);
      this.clock += some.length * 1000;
    }
    return this;
  }

  /** Lets time pass in which no packets come. */
  wait(seconds: number): this {
    this.clock += seconds * 1e6;
    this.pipeline.advance(this.clock);
    return this;
  }

  finish(): this {
    this.pipeline.finish();
    return this;
  }

  get snapshot(): Snapshot {
    return snapshotOf(this.pipeline, ETHERNET);
  }

  host(name: string): HostSnapshot {
    const found = this.snapshot.hosts.filter((host) => host.name === name);
    if (found.length !== 1) throw new Error(`${found.length} hosts of the name ${name}`);
    return found[0]!;
  }

  get hostNames(): string[] {
    return this.snapshot.hosts.map(({ name }) => name).sort();
  }

  get events(): Record<string, unknown>[] {
    return this.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}

/** Everything that is counted over all hosts: what folding must not change. */
export function totals({ hosts }: Snapshot): Record<string, number> {
  const totals: Record<string, number> = {};
  const add = (key: string, value: number) => totals[key] = (totals[key] ?? 0) + value;
  const addEach = (key: string, names: readonly string[], values: readonly number[]) =>
    names.forEach((name, i) => add(`${key} ${name}`, values[i]!));
  // With a host of nothing, so that every number is there.
  for (const host of [...hosts, exampleHost("")]) {
    for (const name of NUMBER_NAMES) if (HOST_NUMBERS[name].rule === "sum") add(name, host[name]);
    for (const name of VECTOR_NAMES) addEach(name, HOST_VECTORS[name].names, host[name]);
    for (const name of TABLE_NAMES) {
      const rows: readonly LabelledRow[] = host[name];
      for (const row of rows) add(`${name} ${keyOf(HOST_TABLES[name].labels, row)}`, row.count);
    }
    // Of which address is not told: past the eighth of a host it is "other".
    addEach("addresses", SOURCES, SOURCES.map(() => 0));
    for (const { hits } of host.addresses) addEach("addresses", SOURCES, hits);
    host.phases.forEach((phase, i) => {
      add(`${PHASES[i]} count`, phase?.count ?? 0);
      add(`${PHASES[i]} microseconds`, Math.round((phase?.sum ?? 0) * 1e6));
      for (const { seconds, count } of phase === null ? [] : distributionOf(phase)) {
        add(`${PHASES[i]} of about ${seconds} s`, count);
      }
    });
  }
  return totals;
}
