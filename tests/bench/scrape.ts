// Part "metrics": how long a page of /metrics takes when there are 1000 hosts. The capture goes on, so
// that each page is made anew.

import { PAGE_FORMATS } from "../../src/outputs/page_format.ts";
import { run } from "../lab/process.ts";
import { median } from "./measure.ts";
import { haveAll, type Part } from "./part.ts";
import { atMost, significant, table } from "./results.ts";
import { metric, page, startServing, untilCounted } from "./server.ts";

export const SCRAPES = 25;
/** Pages before those that are measured: V8 compiles what runs often. */
const WARM_UP = 15;
/** Milliseconds between two, as no scraper asks without a pause. */
const PAUSE = 50;

interface Kind {
  readonly name: string;
  readonly accept: string;
  readonly encoding: string;
  /** Milliseconds. */
  readonly bar: number;
}

const TEXT = PAGE_FORMATS.text.contentType;
const PROTOBUF = PAGE_FORMATS.protobuf.contentType;
const KINDS: readonly Kind[] = [
  { name: "/metrics, 1000 hosts: text", accept: TEXT, encoding: "identity", bar: 60 },
  { name: "/metrics, 1000 hosts: gzip", accept: TEXT, encoding: "gzip", bar: 20 },
  { name: "/metrics, 1000 hosts: protobuf", accept: PROTOBUF, encoding: "identity", bar: 40 },
];

export const scrape: Part = async (bench) => {
  if (!haveAll(bench, ["curl"])) return null;
  const { path, packets } = bench.input("hosts");
  const { daemon, pid, url } = await startServing(bench.binary, ["-r", "-"]);
  await using _ = daemon;
  // Standard input stays open: webstat waits for more.
  await daemon.write(await Deno.readFile(path));
  await untilCounted(url, packets);
  const text = await page(url);
  const all: Scrapes[] = [];
  for (const kind of KINDS) all.push(await scrapes(url, pid, kind));
  return {
    title: "/metrics with 1000 hosts",
    text: `${metric(text, "webstat_hosts")} hosts, each with HTTP and TLS, ` +
      `${metric(text, "webstat_series")} series; by curl, medians of ${SCRAPES}.\n\n` +
      table(
        ["page", "MB", "ms", "fastest", "slowest", "CPU ms of the thread that makes it"],
        KINDS.map(({ name }, i) => rowOf(name, all[i]!)),
      ),
    bars: KINDS.map(({ name, bar }, i) => atMost(name, bar, median(all[i]!.milliseconds), " ms")),
  };
};

export interface Scrapes {
  readonly bytes: number;
  readonly milliseconds: readonly number[];
  readonly cpu: readonly number[];
}

/** Asks again and again for a page in a format. */
export async function scrapes(
  url: string,
  pid: number,
  { accept, encoding }: Pick<Kind, "accept" | "encoding">,
): Promise<Scrapes> {
  const head = ["-H", `Accept: ${accept}`, "-H", `Accept-Encoding: ${encoding}`];
  const curl = ["curl", "-sf", "-o", "/dev/null", "-w", "%{time_total} %{size_download}", ...head];
  const milliseconds: number[] = [];
  const cpu: number[] = [];
  let bytes = 0;
  for (let i = 0; i < WARM_UP + SCRAPES; i++) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    const before = mainThreadTime(pid);
    const [seconds, size] = (await run([...curl, url])).stdout.split(" ").map(Number);
    if (i < WARM_UP) continue;
    milliseconds.push(seconds! * 1000);
    cpu.push(mainThreadTime(pid) - before);
    bytes = size!;
  }
  return { bytes, milliseconds, cpu };
}

/** Milliseconds that the first thread of a process has run, which serves pages. Not that of the packets. */
function mainThreadTime(pid: number): number {
  const [nanoseconds] = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/schedstat`).split(" ");
  return Number(nanoseconds) / 1e6;
}

const rowOf = (name: string, { bytes, milliseconds, cpu }: Scrapes): (string | number)[] => [
  name,
  (bytes / 1e6).toFixed(2),
  ...[median(milliseconds), Math.min(...milliseconds), Math.max(...milliseconds), median(cpu)]
    .map(significant),
];
