// The inputs of the benchmarks, made once and kept in tests/bench/data. The same on every run.
//
//   deno run -A tests/bench/inputs.ts [--captures FOLDER] [name...]

import { isDirectory, SHARED_CAPTURES } from "../shared_captures.ts";
import { FLOW_COUNTS, writeFlows } from "./inputs/flows.ts";
import { writeHosts } from "./inputs/hosts.ts";
import { captureFiles, readCaptures, roundsFor, writeMixed } from "./inputs/mixed.ts";
import { PcapWriter } from "./inputs/pcap_writer.ts";
import { writeRequests } from "./inputs/requests.ts";
import { writeSmall } from "./inputs/small.ts";
import type { Truth } from "./inputs/truth.ts";

/** To be raised when what is made changes: old files are made anew. */
const VERSION = 2;

const HERE = import.meta.dirname!;
const DATA = `${HERE}/data`;
const OWN_CAPTURES = `${HERE}/../fixtures`;

/** A file of packets and what is known of it. */
export interface Input {
  readonly name: string;
  readonly path: string;
  readonly packets: number;
  /** Size of the file. */
  readonly bytes: number;
  /** How often the captures of "round" are in it; 1 for inputs that repeat nothing. */
  readonly rounds: number;
  /** Null for real traffic. */
  readonly truth: Truth | null;
  /** Where real traffic was taken from. */
  readonly captures: string | null;
}

interface Made {
  readonly rounds?: number;
  readonly truth?: Truth;
}

/** Microseconds. */
const HOUR = 3600e6;

/** Writes the packets of an input. */
type Maker = (writer: PcapWriter, captures: string) => Made;

const MAKERS: Readonly<Record<string, Maker>> = {
  /** Real traffic, about 1 GB. */
  mixed: (writer, captures) => {
    const packets = readCaptures(captureFiles(captures));
    const rounds = roundsFor(packets);
    writeMixed(writer, packets, rounds);
    return { rounds };
  },
  /** The same packets, and all of them again an hour later: by then all flows have ended. */
  "mixed-twice": (writer, captures) => {
    const packets = readCaptures(captureFiles(captures));
    const rounds = roundsFor(packets);
    for (const shift of [0, HOUR]) writeMixed(writer, packets, rounds, shift);
    return { rounds: 2 * rounds };
  },
  /** One round of mixed: what its numbers must be a multiple of. */
  round: (writer, captures) => {
    writeMixed(writer, readCaptures(captureFiles(captures)), 1);
    return { rounds: 1 };
  },
  small: (writer) => ({ truth: writeSmall(writer) }),
  requests: (writer) => ({ truth: writeRequests(writer) }),
  hosts: (writer) => ({ truth: writeHosts(writer) }),
  ...Object.fromEntries(
    FLOW_COUNTS.map((count): [string, Maker] => [
      flowsName(count),
      (writer) => ({ truth: writeFlows(writer, count) }),
    ]),
  ),
};

/** "flows-1k", "flows-1000k". */
export function flowsName(count: number): string {
  return `flows-${count / 1000}k`;
}

export const INPUT_NAMES: readonly string[] = Object.keys(MAKERS);

const FROM_CAPTURES: ReadonlySet<string> = new Set(["mixed", "mixed-twice", "round"]);

/** The captures that mixed is made of. `say` hears where the project's own stand in. */
export function defaultCaptures(say: (line: string) => void): string {
  if (isDirectory(SHARED_CAPTURES)) return Deno.realPathSync(SHARED_CAPTURES);
  say(`No captures at ../shared/pcaps: "mixed" is made of tests/fixtures instead`);
  return Deno.realPathSync(OWN_CAPTURES);
}

/** The input of that name, made where it is not there yet. */
export function input(name: string, captures: string, say: (line: string) => void): Input {
  const maker = MAKERS[name];
  if (maker === undefined) {
    throw new Error(`no input "${name}": there are ${INPUT_NAMES.join(", ")}`);
  }
  const from = FROM_CAPTURES.has(name) ? captures : null;
  const path = `${DATA}/${name}.pcap`;
  const notes = `${DATA}/${name}.json`;
  const kept = readNotes(notes);
  if (
    kept?.version === VERSION && kept.input.captures === from && sizeOf(path) === kept.input.bytes
  ) {
    return { ...kept.input, path };
  }
  say(`Making ${name} ...`);
  Deno.mkdirSync(DATA, { recursive: true });
  const made = make(maker, path, captures);
  const input: Input = { name, path, captures: from, ...made };
  Deno.writeTextFileSync(notes, JSON.stringify({ version: VERSION, input }));
  return input;
}

function make(maker: Maker, path: string, captures: string) {
  const partial = `${path}.tmp`;
  let made: Made;
  let packets: number;
  let bytes: number;
  {
    using writer = new PcapWriter(partial);
    made = maker(writer, captures);
    packets = writer.packets;
    bytes = writer.size;
  }
  Deno.renameSync(partial, path);
  return { packets, bytes, rounds: made.rounds ?? 1, truth: made.truth ?? null };
}

function readNotes(path: string): { version: number; input: Input } | null {
  try {
    return JSON.parse(Deno.readTextFileSync(path));
  } catch {
    return null;
  }
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return -1;
  }
}

if (import.meta.main) {
  const say = (line: string) => Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
  const args = [...Deno.args];
  const option = args.indexOf("--captures");
  const given = option < 0 ? undefined : args.splice(option, 2)[1];
  const captures = given ?? defaultCaptures(say);
  for (const name of args.length > 0 ? args : INPUT_NAMES) {
    const started = performance.now();
    const { packets, bytes, path } = input(name, captures, say);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    say(`${path}: ${packets} packets, ${(bytes / 1e6).toFixed(0)} MB (${seconds} s)`);
  }
}
