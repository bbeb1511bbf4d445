// Part "metrics": how long a page of /metrics takes when there are 1000 hosts.

import { flowsName } from "./inputs.ts";
import { PAGE_FORMATS } from "../../src/outputs/page_format.ts";
import { median } from "./measure.ts";
import type { Part } from "./part.ts";
import { atMost, significant } from "./results.ts";
import { metric, page, startServing, untilCounted } from "./server.ts";

/** Enough for more hosts than webstat keeps, with all that a host can have. */
const PACKETS_READ = 100_000;
const SCRAPES = 25;

export const scrape: Part = async (bench) => {
  const input = bench.input(flowsName(1000));
  const count = `${PACKETS_READ}`;
  const { daemon, url } = await startServing(bench.binary, [
    "-r",
    input.path,
    "-c",
    count,
    "--json",
  ]);
  await using _ = daemon;
  await untilCounted(url, PACKETS_READ);
  const text = await scrapes(url, PAGE_FORMATS.text.contentType);
  const protobuf = await scrapes(url, PAGE_FORMATS.protobuf.contentType);
  const hosts = metric(await page(url), "webstat_hosts");
  const samples = (await page(url)).split("\n").filter((line) => !line.startsWith("#")).length;
  return {
    title: "/metrics with 1000 hosts",
    text: `${hosts} hosts. Text: ${samples} samples, ${described(text)}. Protobuf, with
native histograms: ${described(protobuf)}.`,
    bars: [
      atMost("/metrics with 1000 hosts", 60, median(text.milliseconds), " ms"),
      atMost("the same as protobuf", 40, median(protobuf.milliseconds), " ms"),
    ],
  };
};

interface Scrapes {
  readonly bytes: number;
  readonly milliseconds: readonly number[];
}

/** Asks again and again for the page in a format. */
async function scrapes(url: string, accept: string): Promise<Scrapes> {
  const milliseconds: number[] = [];
  let bytes = 0;
  while (milliseconds.length < SCRAPES) {
    const began = performance.now();
    const response = await fetch(url, { headers: { accept } });
    bytes = (await response.bytes()).length;
    milliseconds.push(performance.now() - began);
  }
  return { bytes, milliseconds };
}

const described = ({ bytes, milliseconds }: Scrapes): string =>
  `${(bytes / 1e6).toFixed(1)} MB, median of ${SCRAPES} scrapes ` +
  `${significant(median(milliseconds))} ms, slowest ${significant(Math.max(...milliseconds))} ms`;
