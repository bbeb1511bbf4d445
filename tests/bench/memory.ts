// Part "memory": what webstat holds with many connections open, and after they have ended. It reads
// from standard input, so that it can be looked at in the middle of a file.

import type { Daemon } from "../lab/process.ts";
import { flowsName, type Input } from "./inputs.ts";
import { usageOf } from "./measure.ts";
import type { Bench, Part } from "./part.ts";
import { atMost, type Bar, table } from "./results.ts";
import { metric, page, type Serving, startServing, untilCounted } from "./server.ts";

/** Connections open at once, and the MB that webstat may take. */
const CASES = [[100_000, 200], [1_000_000, 700]] as const;
/** After the end: of what was there at the start. */
const MAX_LEFT = 1.2;

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const CHUNK = 1 << 18;
/** In *flows*: all that may be open at once have begun, and none has ended. */
const FIRST_ENDS = 1_700_000_050;
/** Between two scrapes: each page of 1000 hosts is 8 MB. */
const SCRAPE_INTERVAL = 1000;
/** Until what is measured at rest: webstat gives back what pages took when no more are asked for. */
const REST = 5000;

/** Packet time over which the quiet traffic at the end is spread: longer than any time-out. */
const QUIET_SECONDS = 1200;

export const memory: Part = async (bench) => {
  const rows: (string | number)[][] = [];
  const bars: Bar[] = [];
  for (const [count, limit] of CASES) {
    const sample = await follow(bench, bench.input(flowsName(count)));
    rows.push([
      `${count}`,
      sample.openAtPeak,
      sample.start.toFixed(0),
      sample.peak.toFixed(0),
      sample.end.toFixed(0),
      sample.openAtEnd,
    ]);
    bars.push(
      atMost(`memory, 1000 hosts and ${count} open flows`, limit, sample.peak, " MB"),
      atMost(
        `memory after ${count} flows ended / at the start`,
        MAX_LEFT,
        sample.end / sample.start,
      ),
    );
  }
  const head = ["connections open", "flows open at the peak", "MB at the start", "MB at the peak"];
  return {
    title: "Memory",
    text:
      `Resident memory of \`webstat sniff -r -\`: before the first packet, when so many connections
of *flows* are open (and scraped each second), and after all have ended and ${QUIET_SECONDS} seconds of
other packets have passed. About 45 MB of each are pages of the executable file.

${table([...head, "MB at the end", "flows open at the end"], rows)}`,
    bars,
  };
};

interface Sample {
  readonly start: number;
  readonly peak: number;
  readonly end: number;
  readonly openAtPeak: number;
  readonly openAtEnd: number;
}

async function follow(bench: Bench, input: Input): Promise<Sample> {
  bench.say(`Memory with ${input.name} ...`);
  const serving = await startServing(bench.binary, ["-r", "-", "--json"]);
  await using daemon = serving.daemon;
  await page(serving.url);
  await rest();
  const start = usageOf(serving.pid).megabytes;
  const feeder = new Feeder(daemon);
  await feeder.feed(input.path, (record) => record.seconds < FIRST_ENDS);
  const peak = await look(serving, feeder.packets);
  const open = await openFlows(serving);
  await feeder.rest();
  // The same connections again and again: what keeps webstat busy without opening any.
  const quiet = bench.input("small");
  const step = QUIET_SECONDS / quiet.packets;
  const from = feeder.lastSeconds;
  let packet = 0;
  await feeder.feed(quiet.path, () => true, () => from + step * packet++);
  await look(serving, feeder.packets);
  await rest();
  const end = usageOf(serving.pid).megabytes;
  return { start, peak, end, openAtPeak: open, openAtEnd: await openFlows(serving) };
}

const rest = () => new Promise((resolve) => setTimeout(resolve, REST));

/** Megabytes once so many packets are counted. */
async function look({ url, pid }: Serving, packets: number): Promise<number> {
  await untilCounted(url, packets, { every: SCRAPE_INTERVAL });
  return usageOf(pid).megabytes;
}

const openFlows = async ({ url }: Serving): Promise<number> =>
  metric(await page(url), "webstat_flows_open");

interface Header {
  readonly seconds: number;
}

/** Writes capture files to a program's standard input, as if they were one. */
class Feeder {
  packets = 0;
  lastSeconds = 0;
  readonly #daemon: Daemon;
  #file: Deno.FsFile | null = null;
  #buffer = new Uint8Array(CHUNK * 2);
  #start = 0;
  #end = 0;
  #began = false;

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  /** Writes packets of the file until `goOn` says no; `time` gives them other times. */
  async feed(
    path: string,
    goOn: (header: Header) => boolean,
    time: (() => number) | null = null,
  ): Promise<void> {
    this.#file = Deno.openSync(path);
    this.#start = this.#end = 0;
    this.#fill();
    if (!this.#began) await this.#daemon.write(this.#buffer.slice(0, FILE_HEADER));
    this.#began = true;
    this.#start = FILE_HEADER;
    await this.#records(goOn, time);
  }

  /** Writes what is left of the file that was stopped. */
  async rest(): Promise<void> {
    await this.#records(() => true, null);
  }

  async #records(goOn: (header: Header) => boolean, time: (() => number) | null): Promise<void> {
    for (;;) {
      const from = this.#start;
      const more = this.#passOver(goOn, time);
      if (this.#start > from) await this.#daemon.write(this.#buffer.slice(from, this.#start));
      if (!more) return;
      if (!this.#fill()) return this.#file!.close();
    }
  }

  /** Moves over the records in the buffer; false where it is told to stop. */
  #passOver(goOn: (header: Header) => boolean, time: (() => number) | null): boolean {
    const view = new DataView(this.#buffer.buffer);
    while (this.#start + RECORD_HEADER <= this.#end) {
      const at = this.#start;
      const length = RECORD_HEADER + view.getUint32(at + 8, true);
      if (at + length > this.#end) return true;
      if (!goOn({ seconds: view.getUint32(at, true) })) return false;
      if (time !== null) {
        const now = time();
        view.setUint32(at, Math.floor(now), true);
        view.setUint32(at + 4, Math.floor(now % 1 * 1e6), true);
      }
      this.lastSeconds = view.getUint32(at, true);
      this.packets++;
      this.#start += length;
    }
    return true;
  }

  #fill(): boolean {
    this.#buffer.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    const count = this.#file!.readSync(this.#buffer.subarray(this.#end)) ?? 0;
    this.#end += count;
    return count > 0;
  }
}
