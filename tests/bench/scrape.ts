// Part "metrics": how long a page of /metrics takes when there are 1000 hosts.

import { flowsName } from "./inputs.ts";
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
  const first = performance.now();
  let text = await page(url);
  const milliseconds: number[] = [performance.now() - first];
  while (milliseconds.length < SCRAPES) {
    const began = performance.now();
    text = await page(url);
    milliseconds.push(performance.now() - began);
  }
  const hosts = metric(text, "webstat_hosts");
  const lines = text.split("\n").filter((line) => !line.startsWith("#")).length;
  const typical = median(milliseconds);
  return {
    title: "/metrics with 1000 hosts",
    text: `${hosts} hosts, ${lines} samples, ${
      (text.length / 1e6).toFixed(1)
    } MB: median of ${SCRAPES}
scrapes ${significant(typical)} ms, slowest ${significant(Math.max(...milliseconds))} ms.`,
    bars: [atMost("/metrics with 1000 hosts", 100, typical, " ms")],
  };
};
