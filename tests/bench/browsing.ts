// Part "page": the page for people, with 50 hosts. The capture goes on, so that each is made anew.

import { median } from "./measure.ts";
import { haveAll, type Part } from "./part.ts";
import { atMost, significant, table } from "./results.ts";
import { SCRAPES, type Scrapes, scrapes } from "./scrape.ts";
import { startServing, untilCounted } from "./server.ts";

const BYTES = "the page at /, 50 hosts: gzip";
const TIME = "the page at /, 50 hosts: processor time, beside an empty answer's";

export const browsing: Part = async (bench) => {
  if (!haveAll(bench, ["curl"])) return null;
  const { path, packets } = bench.input("hosts");
  const { daemon, pid, url } = await startServing(bench.binary, ["-r", "-", "--max-hosts", "50"]);
  await using _ = daemon;
  // Standard input stays open: webstat waits for more.
  await daemon.write(await Deno.readFile(path));
  await untilCounted(url, packets);
  const asked = (path: string, encoding: string) =>
    scrapes(new URL(path, url).href, pid, { accept: "text/html", encoding });
  const plain = await asked("/", "identity");
  const packed = await asked("/", "gzip");
  const empty = await asked("/healthz", "gzip");
  return {
    title: "The page at /",
    text: `50 hosts, with their lines; by curl, medians of ${SCRAPES}. A page also waits for the ` +
      "numbers of the thread that counts. An empty answer (/healthz) tells what a connection takes.\n\n" +
      table(["page", "kB", "ms", "CPU ms of the thread that makes it"], [
        rowOf("plain", plain),
        rowOf("gzip", packed),
        rowOf("an empty answer", empty),
      ]),
    bars: [
      atMost(BYTES, 15, packed.bytes / 1000, " kB"),
      atMost(TIME, 2, median(packed.cpu) - median(empty.cpu), " ms"),
    ],
  };
};

const rowOf = (name: string, { bytes, milliseconds, cpu }: Scrapes): string[] => [
  name,
  (bytes / 1000).toFixed(1),
  significant(median(milliseconds)),
  significant(median(cpu)),
];
