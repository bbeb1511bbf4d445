// What webstat reports of a file, and whether that is right: a fast wrong answer does not count.

import { isIP } from "node:net";
import { type SourceName, SOURCES } from "../../src/protocols/analyser.ts";
import type { Input } from "./inputs.ts";
import type { Bench } from "./part.ts";

/** As much of `webstat sniff --json` as is compared. */
export interface Report {
  readonly packets: number;
  readonly hits: Readonly<Record<SourceName, number>>;
  /** Hosts that have a name, not only an address. */
  readonly hosts: number;
}

interface JsonReport {
  readonly interfaces: readonly { readonly packets: number }[];
  readonly hosts: readonly {
    readonly host: string;
    readonly hits_by_source: Readonly<Record<SourceName, number>>;
  }[];
}

/** Enough of both that no host is folded into another; the memory in MiB. */
const ALL_HOSTS = ["--max-hosts", "1000000", "--memory", "4096"];

/** Reads files with room for all hosts. */
export async function reportOf(
  binary: string,
  paths: string | readonly string[],
  options: readonly string[] = [],
): Promise<Report> {
  const { code, stdout, stderr } = await new Deno.Command(binary, {
    args: ["sniff", "-r", ...[paths].flat(), ...options, "--json", ...ALL_HOSTS],
    stdin: "null",
  }).output();
  if (code !== 0) throw new Error(`${binary}: ${new TextDecoder().decode(stderr)}`);
  const report: JsonReport = JSON.parse(new TextDecoder().decode(stdout));
  const hits = { http: 0, tls: 0, quic: 0, dns: 0 };
  for (const host of report.hosts) {
    for (const source of SOURCES) hits[source] += host.hits_by_source[source];
  }
  return {
    packets: report.interfaces.reduce((sum, each) => sum + each.packets, 0),
    hits,
    hosts: report.hosts.filter(({ host }) => isIP(host) === 0).length,
  };
}

/** Compares what webstat says with what is known. Throws where it is wrong; else says what was right. */
export async function checkAnswers(bench: Bench, input: Input): Promise<string> {
  bench.say(`Checking the answers for ${input.name} ...`);
  const found = await reportOf(bench.binary, input.path);
  const expected = input.truth === null
    ? multiplied(await reportOf(bench.binary, bench.input("round").path), input.rounds)
    : { hits: input.truth.hits, hosts: input.truth.hosts };
  // Rounds lie some microseconds off: a retry five seconds after its question may change sides. And an
  // ended connection is forgotten after 5 to 15 s, sooner where there are few: what comes again
  // meanwhile, as two of the captures are of the same traffic, counts only after that.
  const slack = input.truth === null ? 0.01 : 0;
  const wrong = [
    ...difference("packets", input.packets, found.packets),
    ...difference("names", expected.hosts, found.hosts),
    ...SOURCES.flatMap((source) =>
      difference(`${source} hits`, expected.hits[source], found.hits[source], slack)
    ),
  ];
  if (wrong.length > 0) {
    throw new Error(`webstat is wrong about ${input.name}: ${wrong.join("; ")}`);
  }
  const counts = SOURCES.filter((source) => found.hits[source] > 0)
    .map((source) => `${found.hits[source]} ${source}`).join(", ");
  return `${input.name}: ${found.packets} packets, ${counts || "no hits"}, ${found.hosts} names`;
}

/** Each round says the same about the same names. */
function multiplied({ hits, hosts }: Report, rounds: number): Pick<Report, "hits" | "hosts"> {
  const times = SOURCES.map((source) => [source, hits[source] * rounds]);
  return { hits: Object.fromEntries(times) as Report["hits"], hosts };
}

/** `truth` is null where it is not known; `slack` is the share of it that may be missing or too much. */
function difference(what: string, truth: number | null, found: number, slack = 0): string[] {
  if (truth === null || Math.abs(found - truth) <= truth * slack) return [];
  return [`${what} ${found}, truth ${truth}`];
}
