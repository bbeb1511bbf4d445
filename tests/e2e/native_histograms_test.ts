// A Prometheus that takes native histograms gets them, and its quantiles are those of the packets.

import assert from "node:assert/strict";
import { Lab } from "../lab/lab.ts";
import { until as untilItHolds } from "../lab/process.ts";
import { httpRequest, httpResponse, TcpConnection } from "../packet_builder.ts";
import { type CapturedPacket, FIRST_TIME, pcap } from "../packets/files.ts";
import { Random } from "../packets/random.ts";
import { Prometheus } from "./prometheus.ts";
import { endToEnd, startSniff } from "./webstat.ts";

const REQUESTS = 400;

const STEADY = "steady.test";
/** How far a quantile may be from the truth: if durations are all the same, as far as a bucket is wide. */
const worst = (host: string): number => host === STEADY ? 2 ** (1 / 8) - 1 : 0.07;

/** Microseconds from a request to its answer, on a LAN, in a country, and where servers are slow. */
const HOSTS: Readonly<Record<string, (random: Random) => number>> = {
  "lan.test": (random) => 60 + 500 * random.next() ** 2,
  "near.test": (random) => 2_000 * Math.exp(2 * random.next()),
  "far.test": (random) => random.next() < 0.8 ? 80_000 + 20_000 * random.next() : 400_000,
  "slow.test": (random) => 500_000 + 9_500_000 * random.next(),
  // All at the beginning of a bucket, which is as bad as it gets.
  [STEADY]: () => 62_501,
};

/** Requests on one connection, each answered after so many microseconds. */
function visit(host: string, durations: readonly number[], clientPort: number): CapturedPacket[] {
  const connection = new TcpConnection({ clientPort, mss: 1460 });
  const packets: CapturedPacket[] = [];
  let time = FIRST_TIME;
  const send = (some: readonly Uint8Array[]) => {
    for (const data of some) packets.push({ data, time: time++ });
  };
  send(connection.open());
  for (const duration of durations) {
    time += 1000;
    const [request, ...more] = connection.request(httpRequest({ host }));
    send([request!, ...more]);
    time += duration - 1 - more.length;
    send(connection.answer(httpResponse({ body: "x" })));
  }
  send(connection.close());
  return packets;
}

/** A webstat that has counted REQUESTS requests of each host; their durations in microseconds. */
async function serve(lab: Lab): Promise<{ target: string; durations: Map<string, number[]> }> {
  const random = new Random(7);
  const durations = new Map(
    Object.entries(HOSTS).map(([host, duration]) => [
      host,
      Array.from({ length: REQUESTS }, () => Math.round(duration(random))).sort((a, b) => a - b),
    ]),
  );
  const packets = [...durations]
    .flatMap(([host, micros], i) => visit(host, micros, 50_000 + i))
    .sort((a, b) => a.time! - b.time!);
  const file = `${lab.directory}/known.pcap`;
  await Deno.writeFile(file, pcap(packets));
  const { url } = await startSniff(lab.client, ["-r", file, "-l", "127.0.0.1:0", "--json"]);
  return { target: new URL(url).host, durations };
}

const until = (what: string, holds: () => Promise<boolean>) =>
  untilItHolds(what, holds, { timeout: 30_000, every: 200 });

endToEnd(
  "native histograms: quantiles of Prometheus are within 7% of the truth, 9% at worst",
  async (t) => {
    await using lab = await Lab.create();
    const { target, durations } = await serve(lab);
    const prometheus = await Prometheus.startNative(lab, lab.client, target);
    const all = `sum(histogram_count(webstat_phase_duration_seconds{phase="processing"}))`;
    await until(
      "all is counted",
      async () => await prometheus.value(all) === REQUESTS * durations.size,
    );
    for (const [host, sorted] of durations) {
      const series = `webstat_phase_duration_seconds{host="${host}",phase="processing"}`;
      for (const q of [0.1, 0.5, 0.9, 0.95, 0.99]) {
        await t.step(`${host}: the quantile ${q}`, async () => {
          const truth = sorted[Math.ceil(q * REQUESTS) - 1]! / 1e6;
          const told = await prometheus.value(`histogram_quantile(${q}, ${series})`);
          assert.ok(Math.abs(told / truth - 1) < worst(host), `${told} s, in truth ${truth} s`);
        });
      }
      await t.step(`${host}: the sum is exact`, async () => {
        const truth = sorted.reduce((sum, each) => sum + each) / 1e6;
        const told = await prometheus.value(`histogram_sum(${series})`);
        assert.ok(Math.abs(told - truth) < 1e-9 * truth, `${told} s, in truth ${truth} s`);
      });
    }
    await t.step("Prometheus gets as many series as webstat says", () => isToldOf(prometheus));
  },
  ["prometheus"],
);

endToEnd("a Prometheus that takes none has buckets, and quantiles between them", async (t) => {
  await using lab = await Lab.create();
  const { target, durations } = await serve(lab);
  const prometheus = await Prometheus.start(lab, lab.client, target);
  const count = (labels: string) =>
    prometheus.value(`sum(webstat_phase_duration_seconds_bucket{phase="processing",${labels}})`);
  await until(
    "all is counted",
    async () => await count(`le="+Inf"`) === REQUESTS * durations.size,
  );
  for (const [host, sorted] of durations) {
    await t.step(host, async () => {
      for (const [le, bound] of [["0.0005", 500], ["0.1", 100_000], ["1.0", 1_000_000]] as const) {
        const truth = sorted.filter((micros) => micros <= bound).length;
        assert.equal(await count(`host="${host}",le="${le}"`), truth, le);
      }
    });
  }
  await t.step("since when it is counted", async () => {
    const since = await prometheus.value("webstat_stream_gaps_created");
    assert.ok(Math.abs(since - Date.now() / 1000) < 300, `${since}`);
  });
  await t.step("Prometheus gets as many series as webstat says", () => isToldOf(prometheus));
}, ["prometheus"]);

async function isToldOf(prometheus: Prometheus): Promise<void> {
  const told = await prometheus.value("webstat_series");
  assert.equal(await prometheus.value("scrape_samples_scraped"), told);
  assert.ok(told > 40 && told < 1000, `${told} series`);
}
