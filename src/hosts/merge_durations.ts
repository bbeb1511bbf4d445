// Merges durations: of several hosts, or of one host in several workers.

import { sum } from "../sums.ts";
import { BUCKETS } from "./fields.ts";
import type { Distribution, DurationSnapshot } from "./snapshot.ts";

/** The sum of several distributions, given as all their rows. */
export function mergeDistributions(rows: Distribution): Distribution {
  const bySeconds = new Map<number, number>();
  for (const { seconds, count } of rows) {
    bySeconds.set(seconds, count + (bySeconds.get(seconds) ?? 0));
  }
  return [...bySeconds]
    .map(([seconds, count]) => ({ seconds, count }))
    .sort((a, b) => a.seconds - b.seconds);
}

/** Null if there are none. */
export function mergeDurations(all: readonly DurationSnapshot[]): DurationSnapshot | null {
  const [first] = all;
  if (first === undefined || all.length === 1) return first ?? null;
  const totals = {
    counts: first.counts.map((_, i) => sum(all.map((each) => each.counts[i]!))),
    count: sum(all.map((each) => each.count)),
    sum: sum(all.map((each) => each.sum)),
  };
  if (all.some((each) => each.distribution === undefined)) {
    return { ...totals, ...estimatedQuantiles(all, totals.counts) };
  }
  const distribution = mergeDistributions(all.flatMap((each) => each.distribution!));
  const at = (q: number) => quantileOf(distribution, q * totals.count);
  return { ...totals, p50: at(0.5), p95: at(0.95), p99: at(0.99), distribution };
}

/** The shortest duration for which at least `rank` are no longer. */
function quantileOf(distribution: Distribution, rank: number): number {
  let seen = 0;
  for (const { seconds, count } of distribution) {
    seen += count;
    if (seen >= rank) return seconds;
  }
  return 0;
}

type Quantiles = Pick<DurationSnapshot, "p50" | "p95" | "p99">;

/** Estimates quantiles from the merged buckets, `counts`. */
function estimatedQuantiles(
  all: readonly DurationSnapshot[],
  counts: readonly number[],
): Quantiles {
  // The true quantile lies between the smallest and the largest of those merged.
  const estimate = (q: number, of: (each: DurationSnapshot) => number) => {
    const least = all.reduce((value, each) => Math.min(value, of(each)), Infinity);
    const most = all.reduce((value, each) => Math.max(value, of(each)), 0);
    return Math.min(Math.max(quantile(q, counts), least), most);
  };
  return {
    p50: estimate(0.5, (each) => each.p50),
    p95: estimate(0.95, (each) => each.p95),
    p99: estimate(0.99, (each) => each.p99),
  };
}

/** Interpolates linearly within a bucket, as PromQL's histogram_quantile does. */
function quantile(q: number, counts: readonly number[]): number {
  const rank = q * sum([...counts]);
  let below = 0;
  for (let i = 0; i < BUCKETS.length; i++) {
    const inside = counts[i]!;
    const from = i === 0 ? 0 : BUCKETS[i - 1]!;
    if (inside > 0 && below + inside >= rank) {
      return from + (BUCKETS[i]! - from) * ((rank - below) / inside);
    }
    below += inside;
  }
  return BUCKETS.at(-1)!;
}
