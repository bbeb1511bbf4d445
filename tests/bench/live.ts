// Part "live": packets at top speed over a pair of virtual interfaces, webstat capturing beside tcpdump
// in turn. While webstat captures, /metrics with 1000 hosts is scraped ten times a second. Needs root.

import { Lab } from "../lab/lab.ts";
import { run } from "../lab/process.ts";
import { flowsName, type Input } from "./inputs.ts";
import { median, usageOf } from "./measure.ts";
import { type Bench, haveAll, type Part } from "./part.ts";
import { atMost, type Bar, significant, table } from "./results.ts";
import { metric, metricsUrl, PACKETS } from "./server.ts";

/** Packets of an input that are sent: a few seconds of it. */
const LIMIT = 1_000_000;
/** Packets of *flows* sent first, gently: they bring more hosts than webstat keeps. */
const PRELUDE = { packets: 60_000, perSecond: 60_000 };
/** Both are given the same room for packets that wait. */
const BUFFER_MIB = 32;
/** Whatever is in the captures fits. */
const MTU = 65_535;
const SETTLE_MILLISECONDS = 1500;
const SCRAPES_PER_MINUTE = 600;
const FIRST_PACKET_SECONDS = 0.5;

const INPUTS = ["mixed", "small"] as const;

interface Trial {
  readonly sent: number;
  readonly perSecond: number;
  readonly received: number;
  readonly dropped: number;
  readonly cpuSeconds: number;
  /** Seconds that the slowest scrape took; 0 where nobody scraped. */
  readonly slowestScrape: number;
}

export const live: Part = async (bench) => {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) {
    bench.say("Skipped: needs Linux and root");
    return null;
  }
  if (!haveAll(bench, ["ip", "tcpreplay", "tcpdump", "curl"])) return null;
  const rows: (string | number)[][] = [];
  const bars: Bar[] = [];
  for (const name of bench.chosen(INPUTS)) {
    const trials = await alternate(bench, bench.input(name));
    rows.push(...NAMES.map((program) => rowOf(name, program, trials[program])));
    bars.push(...barsOf(name, trials));
  }
  const first = await firstPacket(bench);
  bars.push(
    atMost("first packet counted after the start within", FIRST_PACKET_SECONDS, first, " s"),
  );
  const head = [
    "sent",
    "packets/s",
    "received",
    "dropped",
    "CPU s a million",
    "slowest scrape, ms",
  ];
  return {
    title: "Live, at top speed",
    text:
      `\`tcpreplay --topspeed\` of the first ${LIMIT} packets over a veth pair; \`webstat sniff\` and
\`tcpdump -w /dev/null\`, each with ${BUFFER_MIB} MiB of buffer, in turn; medians of ${bench.rounds}
(dropped: the worst). Sender, receiver and scraper share the machine's cores. What was not received
and not dropped was left in the interface's own queue.

${table(["input, program", ...head], rows)}`,
    bars,
  };
};

const CONTESTANTS = {
  tcpdump,
  webstat: (lab: Lab, bench: Bench, input: Input) => webstat(lab, bench, input, false),
  "webstat, scraped": (lab: Lab, bench: Bench, input: Input) => webstat(lab, bench, input, true),
};
type Contestant = keyof typeof CONTESTANTS;
const NAMES = Object.keys(CONTESTANTS) as Contestant[];

type Trials = Readonly<Record<Contestant, Trial[]>>;

async function alternate(bench: Bench, input: Input): Promise<Trials> {
  const trials: Trials = { tcpdump: [], webstat: [], "webstat, scraped": [] };
  for (let round = 1; round <= bench.rounds; round++) {
    for (const name of NAMES) {
      await using lab = await Lab.create({ mtu: MTU });
      const result = await CONTESTANTS[name](lab, bench, input);
      trials[name].push(result);
      bench.say(
        `  ${round}/${bench.rounds} ${input.name}, ${name}: ${result.received} of ${result.sent}, ` +
          `${result.dropped} dropped, ${result.cpuSeconds.toFixed(2)} s`,
      );
    }
  }
  return trials;
}

function rowOf(input: string, program: string, trials: readonly Trial[]): (string | number)[] {
  const middle = (of: (trial: Trial) => number) => median(trials.map(of));
  return [
    `*${input}*, ${program}`,
    middle(({ sent }) => sent),
    middle(({ perSecond }) => perSecond).toFixed(0),
    middle(({ received }) => received),
    Math.max(...trials.map(({ dropped }) => dropped)),
    significant(middle(cpuPerMillion)),
    program === "webstat, scraped"
      ? (Math.max(...trials.map(({ slowestScrape }) => slowestScrape)) * 1000).toFixed(0)
      : "",
  ];
}

const cpuPerMillion = ({ cpuSeconds, received }: Trial): number => cpuSeconds / received * 1e6;

/** A scrape costs its time, packets or not: what a packet costs is seen where nobody scrapes. */
function barsOf(name: string, trials: Trials): Bar[] {
  const { tcpdump, webstat, "webstat, scraped": scraped } = trials;
  const dropped = (trials: readonly Trial[]) => Math.max(...trials.map((each) => each.dropped));
  const lost = Math.max(dropped(webstat), dropped(scraped));
  const tcpdumpLost = dropped(tcpdump);
  return [
    {
      what: `live *${name}*: packets dropped, scrapes included`,
      bar: "none where tcpdump drops none",
      measured: `${lost} (tcpdump ${tcpdumpLost})`,
      met: lost === 0 || tcpdumpLost > 0,
    },
    atMost(
      `live *${name}*: CPU a packet / tcpdump's`,
      2,
      median(webstat.map(cpuPerMillion)) / median(tcpdump.map(cpuPerMillion)),
    ),
  ];
}

/** Sends packets of `input` from the client to the server; returns how many, and how fast. */
async function send(lab: Lab, input: Input, speed: readonly string[], limit: number) {
  const { client } = lab;
  const { stdout } = await client.run(
    ["tcpreplay", "-q", ...speed, "--limit", `${limit}`, "-i", client.interface, input.path],
    { timeout: 300_000 },
  );
  const rate = /([\d.]+) pps/.exec(stdout)?.[1];
  const sent = /Successful packets:\s+(\d+)/.exec(stdout)?.[1];
  return { sent: Number(sent), perSecond: Number(rate) };
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function tcpdump(lab: Lab, _bench: Bench, input: Input): Promise<Trial> {
  const { server } = lab;
  const capture = ["tcpdump", "-n", "-Z", "root", "-B", `${BUFFER_MIB * 1024}`];
  const daemon = server.start([...capture, "-i", server.interface, "-w", "/dev/null"]);
  await daemon.waitFor(/listening on/);
  const before = usageOf(daemon.pid).cpuSeconds;
  const { sent, perSecond } = await send(lab, input, ["--topspeed"], LIMIT);
  await pause(SETTLE_MILLISECONDS);
  const cpuSeconds = usageOf(daemon.pid).cpuSeconds - before;
  const { stderr } = await daemon.stop("SIGINT");
  const counted = (what: string) => Number(new RegExp(`(\\d+) packets? ${what}`).exec(stderr)?.[1]);
  const dropped = counted("dropped by kernel");
  return { sent, perSecond, received: counted("captured"), dropped, cpuSeconds, slowestScrape: 0 };
}

async function webstat(
  lab: Lab,
  bench: Bench,
  input: Input,
  isScraped: boolean,
): Promise<Trial> {
  const { server } = lab;
  const buffer = ["--buffer-size", `${BUFFER_MIB}`];
  const listen = ["--listen", "127.0.0.1:0"];
  const command = [bench.binary, "sniff", "-i", server.interface, ...listen, ...buffer, "--json"];
  const daemon = server.start(command);
  const url = await metricsUrl(daemon);
  const prelude = bench.input(flowsName(1000));
  await send(lab, prelude, ["--pps", `${PRELUDE.perSecond}`], PRELUDE.packets);
  await untilSettled(lab, url);
  const scraper = isScraped ? server.start(scraping(url)) : null;
  await pause(SETTLE_MILLISECONDS);
  const first = await counters(lab, url);
  const before = usageOf(daemon.pid).cpuSeconds;
  const { sent, perSecond } = await send(lab, input, ["--topspeed"], LIMIT);
  await pause(SETTLE_MILLISECONDS);
  const last = await untilSettled(lab, url);
  const cpuSeconds = usageOf(daemon.pid).cpuSeconds - before;
  const { stderr } = await scraper?.stop() ?? { stderr: "" };
  await daemon.stop("SIGINT");
  return {
    sent,
    perSecond,
    received: last.packets - first.packets,
    dropped: last.dropped - first.dropped,
    cpuSeconds,
    slowestScrape: Math.max(0, ...stderr.split("\n").map(Number).filter((each) => each >= 0)),
  };
}

/** curl asks again and again at a given rate, and prints the seconds that each answer took. */
const scraping = (url: string): string[] => [
  ...["curl", "-s", "--rate", `${SCRAPES_PER_MINUTE}/m`, "-o", "/dev/null"],
  // Not to standard output, which waits until there is more to write.
  ...["-w", "%{stderr}%{time_total}\\n", `${url}?[1-100000]`],
];

async function counters({ server }: Lab, url: string) {
  const { stdout } = await server.run(["curl", "-s", "-f", url]);
  return {
    packets: metric(stdout, PACKETS),
    dropped: metric(stdout, "webstat_capture_dropped_total"),
  };
}

/** Waits until all that was sent is counted. */
async function untilSettled(lab: Lab, url: string) {
  let now = await counters(lab, url);
  for (let before = -1; now.packets > before;) {
    before = now.packets;
    await pause(SETTLE_MILLISECONDS);
    now = await counters(lab, url);
  }
  return now;
}

/** Seconds from the start of webstat until a packet is counted, on an interface with traffic. */
async function firstPacket(bench: Bench): Promise<number> {
  const seconds: number[] = [];
  const { path } = bench.input("small");
  for (let round = 0; round < bench.rounds; round++) {
    await using lab = await Lab.create();
    const { client, server } = lab;
    client.start(["tcpreplay", "-q", "--pps", "200", "-i", client.interface, path]);
    const began = performance.now();
    const capture = ["-i", server.interface, "-c", "1", "--json"];
    await run(server.inside([bench.binary, "sniff", ...capture, "--listen", "127.0.0.1:0"]));
    seconds.push((performance.now() - began) / 1000);
  }
  return median(seconds);
}

if (import.meta.main) {
  const { openBench } = await import("./part.ts");
  const binary = decodeURIComponent(new URL("../../webstat", import.meta.url).pathname);
  const section = await live(openBench({ binary, rounds: 3, captures: null }));
  await Deno.stdout.write(new TextEncoder().encode(`${section?.text ?? ""}\n`));
}
