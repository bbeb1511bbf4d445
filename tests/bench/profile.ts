// Part "profile": where the nanoseconds of a packet of mixed go. In this process, from source: first
// stage by stage, then the whole under V8's sampling profiler, by the folder that the time is spent in.
//
//   deno run -A tests/bench/profile.ts [input]

import inspector from "node:inspector";
import process from "node:process";
import type { Batch, CaptureInterface } from "../../src/capture/batch.ts";
import { openFiles } from "../../src/capture/file.ts";
import { decodePacket } from "../../src/decode/decode.ts";
import { Packet } from "../../src/decode/packet.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { median } from "./measure.ts";
import { openBench, type Part, say } from "./part.ts";
import { table } from "./results.ts";

const MAX_HOSTS = 1000;
const SAMPLING_MICROSECONDS = 200;
const FUNCTIONS_SHOWN = 25;
/** More than three say little new and take long. */
const MAX_ROUNDS = 3;

export const profile: Part = (bench) => profileOf(bench.input("mixed").path, bench.rounds);

async function profileOf(path: string, rounds: number) {
  const stages = measureStages(path, Math.min(rounds, MAX_ROUNDS));
  const { folders, functions, runtime } = await sampled(path);
  const whole = stages.at(-1)!.nanoseconds;
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const shares = (of: Map<string, number>, shown: number) =>
    [...of].sort(([, a], [, b]) => b - a).slice(0, shown)
      .map(([name, share]) => [name, percent(share), (share * whole).toFixed(0)]);
  const folderRows = shares(folders, folders.size)
    .map((row) => [...row, ((runtime.get(row[0]!) ?? 0) * whole).toFixed(0)]);
  const stageRows = stages.map(({ name, nanoseconds }, i) => [
    name,
    nanoseconds.toFixed(0),
    (nanoseconds - (stages[i - 1]?.nanoseconds ?? 0)).toFixed(0),
  ]);
  return {
    title: "Where the nanoseconds of a packet go",
    text: `Processor time, in one process, from source, over \`${path.replace(/^.*\//, "")}\`.

${table(["up to this stage", "ns a packet", "of which this stage"], stageRows)}

The last stage, as V8's profiler saw it (a sample each ${SAMPLING_MICROSECONDS} microseconds):

${table(["folder", "share", "ns a packet", "of which in the runtime"], folderRows)}

${table(["function", "share", "ns a packet"], shares(functions, FUNCTIONS_SHOWN))}`,
    bars: [],
  };
}

interface Stage {
  readonly name: string;
  /** Of a packet, this stage and those before it. */
  readonly nanoseconds: number;
}

type Step = (batch: Batch, interfaces: readonly CaptureInterface[]) => void;

function measureStages(path: string, rounds: number): Stage[] {
  const stages: readonly (readonly [string, () => Step])[] = [
    ["read the file, find the packets", () => () => {}],
    ["decode", decoding],
    ["flows, protocols, hosts", wholePipeline],
  ];
  const seconds: number[][] = stages.map(() => []);
  let packets = 0;
  for (let round = 0; round < rounds; round++) {
    stages.forEach(([name, open], i) => {
      const step = open();
      const before = cpuSeconds();
      packets = readThrough(path, step);
      seconds[i]!.push(cpuSeconds() - before);
      say(`  ${round + 1}/${rounds} ${name}: ${seconds[i]!.at(-1)!.toFixed(2)} s`);
    });
  }
  return stages.map(([name], i) => ({ name, nanoseconds: median(seconds[i]!) / packets * 1e9 }));
}

/** Processor time, which other programs on the machine disturb less than the clock. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function decoding(): Step {
  const packet = new Packet();
  return (batch, interfaces) => {
    for (let i = 0; i < batch.count; i++) {
      const { linkType } = interfaces[batch.interface[i]!]!;
      const captured = batch.captured[i]!;
      decodePacket(batch.bytes, batch.offset[i]!, captured, batch.length[i]!, linkType, packet);
    }
  };
}

function wholePipeline(): Step {
  const pipeline = new Pipeline({ maxHosts: MAX_HOSTS, event: null });
  return (batch, interfaces) => pipeline.feed(batch, interfaces);
}

/** Reads a file to its end; returns how many packets there were. */
function readThrough(path: string, step: Step): number {
  const source = openFiles([path]);
  let packets = 0;
  for (let batch = source.read(); batch !== null; batch = source.read()) {
    if (batch instanceof Promise) throw new Error("a file does not make its reader wait");
    packets += batch.count;
    step(batch, source.interfaces);
  }
  source.close();
  return packets;
}

/** Shares of the time. What the runtime does is counted for the function of ours that called it. */
interface Shares {
  readonly folders: Map<string, number>;
  readonly functions: Map<string, number>;
  /** Of the above: spent in the runtime, by folder. */
  readonly runtime: Map<string, number>;
}

async function sampled(path: string): Promise<Shares> {
  say("  with V8's profiler");
  const session = new inspector.Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.setSamplingInterval", { interval: SAMPLING_MICROSECONDS });
  session.post("Profiler.start");
  readThrough(path, wholePipeline());
  const { promise, resolve, reject } = Promise.withResolvers<inspector.Profiler.Profile>();
  session.post("Profiler.stop", (error, result) => error ? reject(error) : resolve(result.profile));
  const found = sharesOf(await promise);
  session.disconnect();
  return found;
}

type Profile = inspector.Profiler.Profile;
type ProfileNode = inspector.Profiler.ProfileNode;

interface Owner {
  readonly folder: string;
  readonly name: string;
}

function sharesOf({ nodes, samples = [], timeDeltas = [] }: Profile): Shares {
  const times = new Map<number, number>();
  samples.forEach((id, i) => times.set(id, (times.get(id) ?? 0) + timeDeltas[i]!));
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  const shares: Shares = { folders: new Map(), functions: new Map(), runtime: new Map() };
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const visit = (node: ProfileNode, caller: Owner) => {
    const own = ownerOf(node);
    const owner = own ?? caller;
    const share = (times.get(node.id) ?? 0) / total;
    add(shares.folders, owner.folder, share);
    add(shares.functions, owner.name, share);
    if (own === null) add(shares.runtime, owner.folder, share);
    for (const id of node.children ?? []) visit(byId.get(id)!, owner);
  };
  visit(nodes[0]!, { folder: "(runtime)", name: "(runtime)" });
  return shares;
}

/** Null for what belongs to the runtime. */
function ownerOf({ callFrame: { url, functionName } }: ProfileNode): Owner | null {
  // V8's own: "(garbage collector)", "(program)" for native code.
  if (functionName.startsWith("(")) return { folder: functionName, name: functionName };
  const file = /\/(src\/.*)$/.exec(url)?.[1];
  if (file === undefined) return null;
  const folder = file.replace(/\/[^/]*$/, "");
  return { folder, name: `${functionName || "anonymous"} (${file})` };
}

const add = (to: Map<string, number>, key: string, share: number) =>
  to.set(key, (to.get(key) ?? 0) + share);

if (import.meta.main) {
  const bench = openBench({ binary: "", rounds: 1, captures: null });
  const { text } = await profileOf(bench.input(Deno.args[0] ?? "mixed").path, bench.rounds);
  await Deno.stdout.write(new TextEncoder().encode(`${text}\n`));
}
