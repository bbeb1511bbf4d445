// Run by weigh_test.ts in a process of its own with --expose-gc: what each attack makes webstat keep, as it
// is charged and as V8 counts it, and what its packets cost. Prints one JSON object.

import { openFiles } from "../../src/capture/file.ts";
import { HOLDERS } from "../../src/memory_ledger.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { FLOODS } from "./floods.ts";
import { writeAttack } from "./traffic.ts";

export interface Weight {
  /** Bytes that are kept after the attack, as charged and as V8 counts them. */
  readonly charged: number;
  readonly taken: number;
  /** Microseconds a packet, the best of several runs. */
  readonly cost: number;
}

export interface Weights {
  readonly floods: Readonly<Record<string, Weight>>;
  /** Microseconds a packet of ordinary requests. */
  readonly ordinaryCost: number;
}

/** So much of each attack is enough to weigh it. */
const PACKETS = 8000;
const ROUNDS = 4;
/** More of them if a packet seems to cost this many ordinary ones, as other programs may have run meanwhile. */
const MOST_ROUNDS = 40;
const SUSPICIOUS = 8;
const { gc } = globalThis as unknown as { gc(): void };

const packetsOf = (name: string, scale: number, path: string): number => {
  const flood = FLOODS.find((flood) => flood.name === name)!;
  const size = Math.max(1, Math.round(flood.size * scale));
  return writeAttack(path, flood.rate, (wire) => flood.write(wire, size), 0).attackPackets;
};

/** Writes as much of an attack as is to be weighed. */
function write(name: string, path: string): void {
  const probe = packetsOf(name, 0.0005, path);
  packetsOf(name, 0.0005 * PACKETS / probe, path);
}

/** Nothing but ordinary requests. */
function writeOrdinary(path: string): void {
  writeAttack(path, 1000, (wire) => {
    for (let i = 0; i < 1000; i++) wire.frame(new Uint8Array(60));
  }, 4000);
}

function inUse(): number {
  gc();
  gc();
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

/** Returns microseconds a packet. */
async function feed(pipeline: Pipeline, path: string): Promise<number> {
  const source = openFiles([path]);
  let packets = 0;
  const began = performance.now();
  for (;;) {
    const batch = await source.read();
    if (batch === null) break;
    pipeline.feed(batch, source.interfaces);
    packets += batch.count;
  }
  return (performance.now() - began) * 1000 / packets;
}

const newPipeline = () => new Pipeline({ maxHosts: 100, event: null });

/**
 * Of several runs the best; of more of them until it is below `enough`. The first also makes what stays, as
 * tables of the process.
 */
async function costOf(path: string, enough: number): Promise<number> {
  let cost = Infinity;
  for (let i = 0; i < ROUNDS || cost > enough && i < MOST_ROUNDS; i++) {
    cost = Math.min(cost, await feed(newPipeline(), path));
  }
  return cost;
}

async function weigh(path: string, enough: number): Promise<Weight> {
  const cost = await costOf(path, enough);
  // Made before: what is measured must not hold on to the pipelines of the runs above.
  const pipeline = newPipeline();
  const before = inUse();
  await feed(pipeline, path);
  const taken = inUse() - before;
  const { memoryBytes } = pipeline.packed([], [], 0);
  const charged = memoryBytes
    .filter(({ what }) => HOLDERS.includes(what as typeof HOLDERS[number]))
    .reduce((sum, { count }) => sum + count, 0);
  return { charged, taken, cost };
}

async function main(): Promise<void> {
  const path = await Deno.makeTempFile({ prefix: "webstat-weigh-" });
  try {
    writeOrdinary(path);
    const ordinaryCost = await costOf(path, Infinity);
    const floods: Record<string, Weight> = {};
    for (const { name, cheap } of FLOODS) {
      write(name, path);
      floods[name] = await weigh(path, cheap ? SUSPICIOUS * ordinaryCost : Infinity);
    }
    await Deno.stdout.write(
      new TextEncoder().encode(JSON.stringify({ floods, ordinaryCost } satisfies Weights)),
    );
  } finally {
    await Deno.remove(path);
  }
}

await main();
