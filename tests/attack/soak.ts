// deno task soak [--minutes N] [--rate N]: ordinary traffic for long, of which all is known. Nothing may be
// dropped, every request, handshake and query has to be counted, and memory must not grow. Needs root.

import { parseArgs } from "node:util";
import { writeFlows } from "../bench/inputs/flows.ts";
import { PcapWriter } from "../bench/inputs/pcap_writer.ts";
import type { Truth } from "../bench/inputs/truth.ts";
import { untilQuiet } from "../bench/receivers.ts";
import { metric } from "../bench/server.ts";
import { WEBSTAT } from "../e2e/webstat.ts";
import { Lab } from "../lab/lab.ts";
import type { Daemon } from "../lab/process.ts";

const HELP = `deno task soak [options]

  --minutes <n>   how long (60)
  --rate <n>      packets a second (50000)
`;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    rate: { type: "string", default: "50000" },
    help: { type: "boolean", default: false },
  },
});

/** Open at any time; each lives for 50 seconds of the file's time, a moment at this rate. */
const CONCURRENT = 1000;
/** Resident memory may differ by so much between the second and the last quarter. */
const GROWTH = 0.05;
/** So long a piece of traffic is sent again and again, from other addresses each time; it lies in memory. */
const SECONDS = 20;
/** How often memory is looked at and /metrics is asked for, in milliseconds. */
const INTERVAL = 5000;

function say(line: string): void {
  // deno-lint-ignore no-console
  console.log(line);
}

interface Load {
  readonly path: string;
  readonly truth: Truth;
  readonly packets: number;
}

function write(path: string, connections: number): Load {
  using writer = new PcapWriter(path);
  const truth = writeFlows(writer, CONCURRENT, connections);
  return { path, truth, packets: writer.packets };
}

/** About as many packets as are sent in this many seconds. */
function writeFor(path: string, seconds: number, rate: number): Load {
  const probe = write(path, CONCURRENT);
  return write(path, Math.round(CONCURRENT * seconds * rate / probe.packets));
}

const residentBytes = (pid: number): number =>
  Number(/^VmRSS:\s*(\d+)/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1]) * 1024;

/** Looks at a process until the sender has ended: resident bytes, again and again. */
async function watch(sender: Promise<unknown>, pid: number, scrape: () => Promise<unknown>) {
  const resident: number[] = [];
  let hasEnded = false;
  sender.finally(() => hasEnded = true);
  while (!hasEnded) {
    await new Promise((resolve) => setTimeout(resolve, INTERVAL));
    await scrape();
    resident.push(residentBytes(pid));
  }
  return resident;
}

const mean = (numbers: readonly number[]): number =>
  numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

/** How much more memory there was in the last quarter than in the second. */
function growth(resident: readonly number[]): number {
  const quarter = Math.floor(resident.length / 4);
  return mean(resident.slice(-quarter)) / mean(resident.slice(quarter, 2 * quarter)) - 1;
}

/** Hits that were counted, by source. */
const hitsOf = (page: string): Record<string, number> =>
  Object.fromEntries(
    ["http", "tls", "quic", "dns"].map((source) => {
      const lines = page.matchAll(
        new RegExp(`^webstat_hits_total\\{[^}]*source="${source}"[^}]*\\} (\\d+)$`, "gm"),
      );
      return [source, [...lines].reduce((sum, [, count]) => sum + Number(count), 0)];
    }),
  );

async function main(): Promise<number> {
  if (values.help) return say(HELP), 0;
  const rate = Number(values.rate);
  const seconds = Number(values.minutes) * 60;
  await using lab = await Lab.create();
  const load = writeFor(`${lab.directory}/soak.pcap`, Math.min(seconds, SECONDS), rate);
  const loops = Math.max(1, Math.round(seconds * rate / load.packets));
  const { client, server } = lab;
  const daemon: Daemon = server.start(
    [WEBSTAT, "sniff", "-i", server.interface, "--listen", "127.0.0.1:0"],
  );
  const [url] = await daemon.waitFor(/http:\/\/[^\s/]+/, 15_000);
  const scrape = async () => (await server.run(["curl", "-sS", `${url}/metrics`])).stdout;
  say(`${loops} times ${load.packets} packets at ${rate} a second`);
  const sender = client.run(
    [
      "tcpreplay",
      "-q",
      "--preload-pcap",
      "--pps",
      `${rate}`,
      "--loop",
      `${loops}`,
      "--unique-ip",
      "-i",
      client.interface,
      load.path,
    ],
    { timeout: (seconds * 2 + 120) * 1000 },
  );
  const resident = await watch(sender, daemon.pid, scrape);
  await sender;
  await untilQuiet(daemon.pid);
  const page = await scrape();
  const counted = hitsOf(page);
  const dropped = metric(page, "webstat_capture_dropped_total");
  // The second query of a flow of DNS comes a moment later under the same id: mostly it is a retry.
  const { dns, ...exact } = load.truth.hits;
  const sent = Object.entries(exact).map(([source, count]) => [source, count * loops] as const);
  const isDnsRight = counted.dns! >= dns / 2 * loops && counted.dns! <= dns * loops;
  const grown = growth(resident);
  say(`counted ${JSON.stringify(counted)} of ${loops} times ${JSON.stringify(load.truth.hits)}`);
  say(`${dropped} packets dropped`);
  say(
    `resident ${(Math.max(...resident) / 1e6).toFixed(0)} MB at most, grown by ${
      (grown * 100).toFixed(1)
    } %`,
  );
  const faults = [
    ...dropped === 0 ? [] : ["packets were dropped"],
    ...sent.filter(([source, count]) => counted[source] !== count)
      .map(([source]) => `${source} differs`),
    ...isDnsRight ? [] : ["dns differs"],
    ...grown <= GROWTH || resident.length < 40 ? [] : ["memory has grown"],
  ];
  say(faults.length === 0 ? "It held." : `It did not hold: ${faults.join(", ")}.`);
  return faults.length === 0 ? 0 : 1;
}

Deno.exit(await main());
