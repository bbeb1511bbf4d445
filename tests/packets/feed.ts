// Feeds packets to a whole Pipeline, batch by batch, and keeps the events.

import { Batch, BATCH_PACKETS, type CaptureInterface } from "../../src/capture/batch.ts";
import type { HostSnapshot, Snapshot } from "../../src/hosts/snapshot.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { concat } from "./bytes.ts";
import { type CapturedPacket, FIRST_TIME } from "./files.ts";
import { LINKTYPE } from "./link.ts";

export const ETHERNET: readonly CaptureInterface[] = [
  { name: "eth0", linkType: LINKTYPE.ETHERNET },
];

/** Packets as a capture hands them on; at most BATCH_PACKETS. Without a time they are a millisecond apart. */
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
    return this.pipeline.snapshot(ETHERNET, [], 0);
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
export function totals(snapshot: Snapshot): Record<string, number> {
  const totals: Record<string, number> = {};
  const add = (key: string, value: number) => totals[key] = (totals[key] ?? 0) + value;
  for (const host of snapshot.hosts) {
    host.hits.forEach((count, i) => add(`hits ${i}`, count));
    host.connections.forEach((count, i) => add(`connections ${i}`, count));
    host.connectionsOpen.forEach((count, i) => add(`open ${i}`, count));
    for (const { code, count } of host.requests) add(`requests ${code}`, count);
    for (const { version, count } of host.handshakes) add(`handshakes ${version}`, count);
    for (const { hits } of host.addresses) {
      hits.forEach((count, i) => add(`address hits ${i}`, count));
    }
    host.phases.forEach((phase, i) => {
      add(`phase ${i}`, phase?.count ?? 0);
      add(`phase ${i} microseconds`, Math.round((phase?.sum ?? 0) * 1e6));
    });
    add("errors", host.errors);
    add("request body", host.requestBodyBytes);
    add("response body", host.responseBodyBytes);
    add("sent", host.bytesSent);
    add("received", host.bytesReceived);
  }
  return totals;
}
