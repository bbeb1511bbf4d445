// Part "live": packets at top speed over a pair of virtual interfaces, webstat capturing beside tcpdump
// in turn: alone, scraped, and with its live report open. Needs root.

import { Lab } from "../lab/lab.ts";
import type { Input } from "./inputs.ts";
import { median, usageOf } from "./measure.ts";
import { type Bench, haveAll, type Part } from "./part.ts";
import {
  BUFFER_MIB,
  firstPacket,
  mostMegabytes,
  type Received,
  send,
  startAnalyze,
  startCaptureAlone,
  type Starter,
  startScraped,
  startSniff,
  startTcpdump,
  untilQuiet,
} from "./receivers.ts";
import { atMost, type Bar, significant, table } from "./results.ts";

/** Whatever is in the captures fits. */
const MTU = 65_535;
const FIRST_PACKET_SECONDS = 0.5;
/**
 * Processor time a packet, as a part of tcpdump's, which does not look into packets: only of packets that
 * have next to nothing in them it says something of the capture.
 */
const CPU_BARS: readonly (readonly [input: string, program: Program, bar: number])[] = [
  ["small", "webstat's capture alone", 1.6],
  ["small", "webstat sniff", 6],
];

const INPUTS = ["mixed", "small"] as const;

const STARTERS = {
  "tcpdump": startTcpdump,
  "webstat's capture alone": startCaptureAlone,
  "webstat sniff": startSniff,
  "webstat sniff, scraped": startScraped,
  "webstat analyze": startAnalyze,
} as const satisfies Record<string, Starter>;
type Program = keyof typeof STARTERS;
const PROGRAMS = Object.keys(STARTERS) as Program[];
const WHOLE: readonly Program[] = ["webstat sniff", "webstat sniff, scraped", "webstat analyze"];

interface Trial extends Received {
  readonly sent: number;
  readonly perSecond: number;
  readonly cpuSeconds: number;
  /** Resident before, at most, and when all was received. */
  readonly megabytes: readonly [before: number, most: number, after: number];
}

type Trials = Readonly<Record<Program, readonly Trial[]>>;

export const live: Part = async (bench) => {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) {
    bench.say("Skipped: needs Linux and root");
    return null;
  }
  if (!haveAll(bench, ["ip", "tcpreplay", "tcpdump", "curl", "tmux"])) return null;
  const rows: (string | number)[][] = [];
  const bars: Bar[] = [];
  const reasons: string[] = [];
  for (const name of bench.chosen(INPUTS)) {
    const trials = await alternate(bench, bench.input(name));
    rows.push(...PROGRAMS.map((program) => rowOf(name, program, trials[program])));
    bars.push(...barsOf(name, trials));
    reasons.push(reasonOf(name, trials));
  }
  const first = await startTimes(bench);
  bars.push(
    atMost("first packet counted after the start within", FIRST_PACKET_SECONDS, first, " s"),
  );
  return { title: "Live, at top speed", text: textOf(bench, rows, reasons), bars };
};

function textOf(
  bench: Bench,
  rows: readonly (string | number)[][],
  reasons: readonly string[],
): string {
  const head = [
    ...["input, program", "sent", "packets/s", "received", "dropped", "CPU s a million"],
    ...["MB before", "MB at most", "MB after", "slowest scrape, ms"],
  ];
  return `\`tcpreplay --topspeed\` over a veth pair; \`tcpdump -w /dev/null\` and webstat, each with
${BUFFER_MIB} MiB of buffer in the kernel, in turn; medians of ${bench.rounds} (dropped, MB at most and scrapes: the
worst). *scraped*: /metrics with 1000 hosts, ten times a second. *analyze*: open in a terminal of
160 columns and 50 lines. Sender, receiver, terminal and scraper share the machine's cores. What
comes faster than it can be decoded waits in webstat's memory, which is given back.

${table(head, rows)}

tcpdump does not look into packets, webstat does: ${reasons.join("; ")}. All else is decoding,
flows and protocols, as the profile shows.`;
}

async function alternate(bench: Bench, input: Input): Promise<Trials> {
  const trials = Object.fromEntries(PROGRAMS.map((program) => [program, [] as Trial[]]));
  for (let round = 1; round <= bench.rounds; round++) {
    for (const program of PROGRAMS) {
      const trial = await attempt(bench, input, STARTERS[program]);
      trials[program]!.push(trial);
      bench.say(
        `  ${round}/${bench.rounds} ${input.name}, ${program}: ${trial.packets} of ${trial.sent}, ` +
          `${trial.dropped} dropped, ${trial.cpuSeconds.toFixed(2)} s, ` +
          `${trial.megabytes.map((each) => each.toFixed(0)).join(" to ")} MB`,
      );
    }
  }
  return trials as Record<Program, Trial[]>;
}

async function attempt(bench: Bench, input: Input, start: Starter): Promise<Trial> {
  await using lab = await Lab.create({ mtu: MTU });
  const receiver = await start(lab, bench);
  const { pid } = receiver;
  const before = usageOf(pid);
  const { sent, perSecond } = await send(lab, input, ["--topspeed"]);
  await receiver.sent();
  await untilQuiet(pid);
  const after = usageOf(pid);
  const most = mostMegabytes(pid);
  return {
    ...await receiver.finish(),
    sent,
    perSecond,
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    megabytes: [before.megabytes, most, after.megabytes],
  };
}

function rowOf(input: string, program: Program, trials: readonly Trial[]): (string | number)[] {
  const middle = (of: (trial: Trial) => number) => median(trials.map(of));
  const worst = (of: (trial: Trial) => number) => Math.max(...trials.map(of));
  const slowest = worst(({ slowestScrape }) => slowestScrape);
  return [
    `*${input}*, ${program}`,
    middle(({ sent }) => sent),
    middle(({ perSecond }) => perSecond).toFixed(0),
    middle(({ packets }) => packets),
    worst(({ dropped }) => dropped),
    significant(middle(cpuPerMillion)),
    middle(({ megabytes }) => megabytes[0]).toFixed(0),
    worst(({ megabytes }) => megabytes[1]).toFixed(0),
    middle(({ megabytes }) => megabytes[2]).toFixed(0),
    slowest > 0 ? (slowest * 1000).toFixed(0) : "",
  ];
}

const cpuPerMillion = ({ cpuSeconds, packets }: Trial): number => cpuSeconds / packets * 1e6;

const medianCpu = (trials: readonly Trial[]): number => median(trials.map(cpuPerMillion));

/** A scrape costs its time, packets or not: what a packet costs is seen where nobody scrapes. */
function barsOf(name: string, trials: Trials): Bar[] {
  const lost = (program: Program) => Math.max(...trials[program].map(({ dropped }) => dropped));
  const tcpdumpLost = lost("tcpdump");
  const ratio = (program: Program) => medianCpu(trials[program]) / medianCpu(trials.tcpdump);
  return [
    ...WHOLE.map((program) => ({
      what: `live *${name}*: packets dropped by ${program}`,
      bar: "none where tcpdump drops none",
      measured: `${lost(program)} (tcpdump ${tcpdumpLost})`,
      met: lost(program) === 0 || tcpdumpLost > 0,
    })),
    ...CPU_BARS.filter(([input]) => input === name).map(([, program, bar]) =>
      atMost(`live *${name}*: CPU a packet of ${program} / tcpdump's`, bar, ratio(program))
    ),
  ];
}

/** What of webstat's cost a packet is there before it is looked into. */
function reasonOf(name: string, trials: Trials): string {
  const tcpdump = medianCpu(trials.tcpdump);
  const alone = medianCpu(trials["webstat's capture alone"]);
  return `of *${name}*, getting hold of a packet costs ${significant(alone)} us, ` +
    `${significant(alone / tcpdump)} of tcpdump's ${significant(tcpdump)}`;
}

async function startTimes(bench: Bench): Promise<number> {
  const seconds: number[] = [];
  for (let round = 0; round < bench.rounds; round++) {
    await using lab = await Lab.create();
    seconds.push(await firstPacket(lab, bench));
  }
  return median(seconds);
}

if (import.meta.main) {
  const { openBench } = await import("./part.ts");
  const binary = decodeURIComponent(new URL("../../webstat", import.meta.url).pathname);
  const section = await live(openBench({ binary, rounds: 3, captures: null }));
  await Deno.stdout.write(new TextEncoder().encode(`${section?.text ?? ""}\n`));
}
