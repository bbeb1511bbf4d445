// The whole way of a packet, fed with the project's own captures made wrong. WEBSTAT_FUZZ_SECONDS says
// for how long, WEBSTAT_FUZZ_SEED where to begin; a failure tells the seed that finds it again.

import assert from "node:assert/strict";
import { BATCH_PACKETS, type CaptureInterface, type Source } from "../../src/capture/batch.ts";
import { openFiles } from "../../src/capture/file.ts";
import { associate } from "../../src/associate.ts";
import { TRANSPORTS } from "../../src/hosts/fields.ts";
import { OTHER_HOST } from "../../src/hosts/label_values.ts";
import type { Snapshot } from "../../src/hosts/snapshot.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { snapshotOf } from "../../src/pipeline/testing.ts";
import { type SourceName, SOURCES } from "../../src/protocols/analyser.ts";
import { batchOf, totals } from "../packets/feed.ts";
import type { CapturedPacket } from "../packets/files.ts";
import { fuzzSeed, mutate, Random } from "../packets/random.ts";

const FIXTURES = decodeURIComponent(new URL("../fixtures", import.meta.url).pathname);
const SECONDS = Number(Deno.env.get("WEBSTAT_FUZZ_SECONDS") ?? 10);
const MAX_HOSTS = 20;
/** Captures that a pipeline gets before it is looked at. */
const CAPTURES = 8;

/** Nothing that a terminal or a reader of lines acts on. */
const PLAIN = /^[^\p{Cc}\u2028-\u202e]+$/u;

interface Capture {
  readonly name: string;
  readonly interfaces: readonly CaptureInterface[];
  readonly packets: readonly Required<CapturedPacket>[];
}

function readCapture(name: string): Capture {
  const source: Source = openFiles([`${FIXTURES}/${name}`]);
  const packets: Required<CapturedPacket>[] = [];
  try {
    for (let batch = source.read(); batch !== null; batch = source.read()) {
      if (batch instanceof Promise) throw new Error(`${name} is no file`);
      for (let i = 0; i < batch.count; i++) {
        const offset = batch.offset[i]!;
        packets.push({
          data: batch.bytes.slice(offset, offset + batch.captured[i]!),
          length: batch.length[i]!,
          time: batch.time[i]!,
          interface: batch.interface[i]!,
        });
      }
    }
  } catch {
    // A capture that breaks off: what could be read is enough.
  }
  source.close();
  return { name, interfaces: source.interfaces, packets };
}

const captures = [...Deno.readDirSync(FIXTURES)]
  .map(({ name }) => name)
  .filter((name) => /\.pcap(ng)?$/.test(name))
  .sort()
  .map(readCapture);

/** Packets lost, repeated, swapped, cut off, and with wrong bytes; most stay as they are. */
function spoil(packets: readonly Required<CapturedPacket>[], random: Random): CapturedPacket[] {
  const rate = random.pick([0.01, 0.1, 0.5]);
  const spoilt: CapturedPacket[] = [];
  for (const packet of packets) {
    if (random.next() > rate) {
      spoilt.push(packet);
      continue;
    }
    switch (random.below(6)) {
      case 0:
        break;
      case 1:
        spoilt.push(packet, packet);
        break;
      case 2:
        spoilt.splice(Math.max(0, spoilt.length - 1 - random.below(4)), 0, packet);
        break;
      case 3:
        spoilt.push({
          ...packet,
          data: packet.data.slice(0, random.below(packet.data.length + 1)),
        });
        break;
      case 4: {
        const time = packet.time + random.pick([-1e9, -1000, 1000, 1e9, 1e15]);
        spoilt.push({ ...packet, time });
        break;
      }
      default: {
        const data = mutate(packet.data, random);
        spoilt.push({ ...packet, data, length: Math.max(data.length, packet.length) });
      }
    }
  }
  return spoilt;
}

class Round {
  readonly lines: string[] = [];
  readonly pipeline = new Pipeline({
    maxHosts: MAX_HOSTS,
    event: (line) => this.lines.push(line),
    watch: true,
  });
  bytes = 0;
  #interfaces: readonly CaptureInterface[] = [];

  feed(capture: Capture, random: Random): void {
    this.#interfaces = capture.interfaces;
    const packets = spoil(capture.packets, random);
    for (let at = 0; at < packets.length; at += BATCH_PACKETS) {
      const batch = batchOf(packets.slice(at, at + BATCH_PACKETS), 0);
      for (let i = 0; i < batch.count; i++) this.bytes += batch.length[i]!;
      this.pipeline.feed(batch, capture.interfaces);
    }
  }

  get snapshot(): Snapshot {
    return snapshotOf(this.pipeline, this.#interfaces);
  }
}

/** What has to hold, whatever the packets were. */
function check(round: Round): void {
  round.pipeline.finish();
  const { snapshot } = round;
  assert.equal(snapshot.flowsOpen, 0);
  assert.ok(snapshot.hosts.length <= MAX_HOSTS + 1);
  assert.equal(new Set(snapshot.hosts.map(({ name }) => name)).size, snapshot.hosts.length);
  for (const { name } of snapshot.hosts) {
    assert.match(name, PLAIN);
    assert.ok(name === OTHER_HOST || name.length < 2000);
  }
  const all = totals(snapshot);
  for (const [what, value] of Object.entries(all)) {
    assert.ok(Number.isSafeInteger(value) && value >= 0, `${what}: ${value}`);
  }
  for (const transport of TRANSPORTS) assert.equal(all[`connectionsOpen ${transport}`], 0);
  assert.ok(all["bytesSent"]! + all["bytesReceived"]! <= round.bytes);
  for (const source of SOURCES) assert.equal(all[`addresses ${source}`], all[`hits ${source}`]);
  checkEvents(round.lines, all);
}

function checkEvents(lines: readonly string[], all: Record<string, number>): void {
  const counted = associate(SOURCES, () => 0);
  for (const line of lines) {
    assert.equal(line.at(-1), "\n");
    assert.match(line.slice(0, -1), PLAIN);
    const event = JSON.parse(line) as { kind: SourceName; duration_ms?: number | null };
    counted[event.kind]++;
    assert.ok((event.duration_ms ?? 0) >= 0);
  }
  // Each hit has its event, and each event its hit.
  for (const source of SOURCES) assert.equal(counted[source], all[`hits ${source}`], source);
}

Deno.test("captures as they are hold what is said of all", () => {
  for (const capture of captures) {
    const round = new Round();
    round.feed(capture, { next: () => 1, pick: () => 0 } as unknown as Random);
    try {
      check(round);
    } catch (error) {
      throw new Error(capture.name, { cause: error });
    }
  }
});

Deno.test("captures made wrong neither fail, nor hang, nor grow, nor lie about sums", () => {
  const end = performance.now() + SECONDS * 1000;
  const first = fuzzSeed();
  let seed = first;
  for (; performance.now() < end; seed++) {
    const random = new Random(seed);
    const round = new Round();
    const names: string[] = [];
    try {
      for (let i = 0; i < CAPTURES; i++) {
        const capture = random.pick(captures);
        names.push(capture.name);
        round.feed(capture, random);
      }
      check(round);
    } catch (error) {
      throw new Error(`WEBSTAT_FUZZ_SEED=${seed}: ${names.join(", ")}`, { cause: error });
    }
  }
  assert.ok(seed > first);
  const { heapUsed, external } = Deno.memoryUsage();
  assert.ok(heapUsed + external < 1 << 30, `${heapUsed + external} bytes are in use`);
});
