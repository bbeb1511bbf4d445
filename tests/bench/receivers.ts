// The programs that part "live" compares: how each is started, and what it says it has received.

import type { Lab } from "../lab/lab.ts";
import { run } from "../lab/process.ts";
import { Terminal } from "../lab/terminal.ts";
import { flowsName, type Input } from "./inputs.ts";
import { usageOf } from "./measure.ts";
import type { Bench } from "./part.ts";
import { metric, metricsUrl, PACKETS } from "./server.ts";

/** All are given the same room in the kernel for packets that wait. */
export const BUFFER_MIB = 32;
/** Packets of *flows* sent first, gently: they bring more hosts than webstat keeps. */
const PRELUDE = { packets: 60_000, perSecond: 60_000 };
const SCRAPES_PER_MINUTE = 600;
const ANALYZE_ADDRESS = "127.0.0.1:8001";
const TERMINAL = { columns: 160, rows: 50 };

export interface Received {
  readonly packets: number;
  readonly dropped: number;
  /** Seconds that the slowest scrape took; 0 where nobody scraped. */
  readonly slowestScrape: number;
}

/** A program that captures at the server. */
export interface Receiver {
  readonly pid: number;
  /** Called when all is sent, before it is waited until all is received. */
  sent(): Promise<void>;
  /** What came since it was started, or since its prelude. Ends it. */
  finish(): Promise<Received>;
}

export type Starter = (lab: Lab, bench: Bench) => Promise<Receiver>;

export const startTcpdump: Starter = async ({ server }) => {
  const capture = ["tcpdump", "-n", "-Z", "root", "-B", `${BUFFER_MIB * 1024}`];
  const daemon = server.start([...capture, "-i", server.interface, "-w", "/dev/null"]);
  await daemon.waitFor(/listening on/);
  return {
    pid: daemon.pid,
    sent: () => Promise.resolve(),
    finish: async () => {
      const { stderr } = await daemon.stop("SIGINT");
      const counted = (what: string) =>
        Number(new RegExp(`(\\d+) packets? ${what}`).exec(stderr)?.[1]);
      const dropped = counted("dropped by kernel");
      return { packets: counted("captured"), dropped, slowestScrape: 0 };
    },
  };
};

export const startCaptureAlone: Starter = async ({ server }) => {
  const program = decodeURIComponent(new URL("capture_alone.ts", import.meta.url).pathname);
  const command = [Deno.execPath(), "run", "-A", program, server.interface, `${BUFFER_MIB}`];
  const daemon = server.start(command);
  await daemon.waitFor(/listening/);
  return {
    pid: daemon.pid,
    sent: () => Promise.resolve(),
    finish: async () => {
      const { stdout } = await daemon.stop("SIGINT");
      return { ...JSON.parse(stdout.split("\n")[1]!), slowestScrape: 0 };
    },
  };
};

export const startSniff: Starter = async (lab, bench) => {
  const { daemon, url } = await sniffing(lab, bench);
  const count = await countFromHere(lab, bench, url);
  return {
    pid: daemon.pid,
    sent: () => Promise.resolve(),
    finish: async () => ({ ...await count(), slowestScrape: 0 }),
  };
};

/** Its /metrics is asked for ten times a second, until a second after all was sent. */
export const startScraped: Starter = async (lab, bench) => {
  const { daemon, url } = await sniffing(lab, bench);
  const count = await countFromHere(lab, bench, url);
  const scraper = lab.server.start(scraping(url));
  return {
    pid: daemon.pid,
    sent: async () => {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      await scraper.stop();
    },
    finish: async () => {
      const seconds = scraper.stderr.split("\n").map(Number);
      return { ...await count(), slowestScrape: Math.max(...seconds) };
    },
  };
};

/** The live report, open in a terminal. */
export const startAnalyze: Starter = async (lab, bench) => {
  const { server } = lab;
  const terminal = await Terminal.open(TERMINAL, server.inside([]));
  const pid = Number(await terminal.variable("pane_pid"));
  await terminal.command(
    `exec ${bench.binary} analyze --no-state -i ${server.interface} -l ${ANALYZE_ADDRESS} ` +
      `--buffer-size ${BUFFER_MIB} --extract ${lab.directory}/picked.csv`,
  );
  await terminal.waitFor(/req\+tls▼/);
  const count = await countFromHere(lab, bench, `http://${ANALYZE_ADDRESS}/metrics`);
  return {
    pid,
    sent: () => Promise.resolve(),
    finish: async () => {
      const received = await count();
      await terminal[Symbol.asyncDispose]();
      return { ...received, slowestScrape: 0 };
    },
  };
};

async function sniffing({ server }: Lab, bench: Bench) {
  const capture = ["-i", server.interface, "--buffer-size", `${BUFFER_MIB}`];
  const command = [bench.binary, "sniff", ...capture, "--listen", "127.0.0.1:0", "--json"];
  const daemon = server.start(command);
  return { daemon, url: await metricsUrl(daemon) };
}

/** Brings more hosts than are kept, and begins to count from there on. */
async function countFromHere(lab: Lab, bench: Bench, url: string) {
  await send(lab, bench.input(flowsName(1000)), ["--pps", `${PRELUDE.perSecond}`], PRELUDE.packets);
  const first = await settledCounters(lab, url);
  return async () => {
    const last = await settledCounters(lab, url);
    return { packets: last.packets - first.packets, dropped: last.dropped - first.dropped };
  };
}

/** curl asks again and again at a given rate, and prints the seconds that each answer took. */
const scraping = (url: string): string[] => [
  ...["curl", "-s", "--rate", `${SCRAPES_PER_MINUTE}/m`, "-o", "/dev/null"],
  // Not to standard output, which waits until there is more to write.
  ...["-w", "%{stderr}%{time_total}\\n", `${url}?[1-100000]`],
];

/** When they stand still: analyze serves numbers of up to a second ago. */
async function settledCounters(lab: Lab, url: string) {
  for (let before = await counters(lab, url);;) {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const now = await counters(lab, url);
    if (now.packets === before.packets) return now;
    before = now;
  }
}

async function counters({ server }: Lab, url: string) {
  const { stdout } = await server.run(["curl", "-s", "-f", url]);
  return {
    packets: metric(stdout, PACKETS),
    dropped: metric(stdout, "webstat_capture_dropped_total"),
  };
}

/** Sends the first packets of `input` from the client to the server; returns how many, how fast. */
export async function send(
  { client }: Lab,
  input: Input,
  speed: readonly string[],
  limit = Infinity,
): Promise<{ readonly sent: number; readonly perSecond: number }> {
  const most = limit === Infinity ? [] : ["--limit", `${limit}`];
  const { stdout } = await client.run(
    ["tcpreplay", "-q", ...speed, ...most, "-i", client.interface, input.path],
    { timeout: 300_000 },
  );
  const rate = /([\d.]+) pps/.exec(stdout)?.[1];
  const sent = /Successful packets:\s+(\d+)/.exec(stdout)?.[1];
  return { sent: Number(sent), perSecond: Number(rate) };
}

/** Waits until a process has next to nothing to do. */
export async function untilQuiet(pid: number): Promise<void> {
  for (let before = -Infinity;;) {
    const now = usageOf(pid).cpuSeconds;
    if (now - before <= QUIET.cpuSeconds) return;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, QUIET.milliseconds));
  }
}

const QUIET = { milliseconds: 500, cpuSeconds: 0.05 };

/** The most memory that a process had resident so far, in MB (10^6 bytes). */
export function mostMegabytes(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^VmHWM:\s*(\d+)/m.exec(status)?.[1] ?? 0) * 1024 / 1e6;
}

/** Seconds from the start of webstat until a packet is counted, on an interface with traffic. */
export async function firstPacket(lab: Lab, bench: Bench): Promise<number> {
  const { client, server } = lab;
  const sender = ["tcpreplay", "-q", "--pps", "200", "-i", client.interface];
  client.start([...sender, bench.input("small").path]);
  const began = performance.now();
  const capture = ["-i", server.interface, "-c", "1", "--json"];
  await run(server.inside([bench.binary, "sniff", ...capture, "--listen", "127.0.0.1:0"]));
  return (performance.now() - began) / 1000;
}
