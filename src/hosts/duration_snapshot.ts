// What is known of durations from the counts of the steps of their scale: how many there are,
// quantiles, and the counts of buckets.

import type { DurationScale } from "./duration_scale.ts";
import type { Distribution, DurationSnapshot } from "./snapshot.ts";

const QUANTILES = [0.5, 0.95, 0.99] as const;

/**
 * `steps`: a step, its count, another step, its count, and so on from index `from` to `to`; in any
 * order, and some may come several times. `sum`: seconds.
 */
export function durationSnapshot(
  scale: DurationScale,
  steps: ArrayLike<number>,
  sum: number,
  from = 0,
  to = steps.length,
): DurationSnapshot {
  let lowest = Infinity;
  let highest = -1;
  for (let at = from; at < to; at += 2) {
    lowest = Math.min(lowest, steps[at]!);
    highest = Math.max(highest, steps[at]!);
  }
  if (highest < 0) lowest = 0;
  const counts: number[] = [];
  for (let step = lowest; step <= highest; step++) counts.push(0);
  let count = 0;
  for (let at = from; at < to; at += 2) {
    counts[steps[at]! - lowest]! += steps[at + 1]!;
    count += steps[at + 1]!;
  }
  const [p50, p95, p99] = quantiles(scale, lowest, counts, count);
  return { scale, lowest, counts, count, sum, p50, p95, p99 };
}

/** QUANTILES in one pass, in seconds; 0 if nothing was counted. */
function quantiles(
  scale: DurationScale,
  lowest: number,
  counts: readonly number[],
  count: number,
): [number, number, number] {
  const found: [number, number, number] = [0, 0, 0];
  if (count === 0) return found;
  let at = 0;
  let seen = counts[0]!;
  for (let i = 0; i < QUANTILES.length; i++) {
    const rank = Math.ceil(QUANTILES[i]! * count);
    while (seen < rank && at < counts.length - 1) seen += counts[++at]!;
    found[i] = scale.middleOf(lowest + at);
  }
  return found;
}

/** Those of the same scale as one; null if there are none. */
export function mergeDurations(all: readonly DurationSnapshot[]): DurationSnapshot | null {
  const [first] = all;
  if (first === undefined || all.length === 1) return first ?? null;
  const counted = all.filter(({ counts }) => counts.length > 0);
  let [lowest, end, count, sum] = [Infinity, 0, 0, 0];
  for (const each of counted) {
    lowest = Math.min(lowest, each.lowest);
    end = Math.max(end, each.lowest + each.counts.length);
    count += each.count;
    sum += each.sum;
  }
  if (counted.length === 0) lowest = 0;
  const counts: number[] = [];
  for (let step = lowest; step < end; step++) counts.push(0);
  for (const each of counted) {
    const from = each.lowest - lowest;
    for (let i = 0; i < each.counts.length; i++) counts[from + i]! += each.counts[i]!;
  }
  const [p50, p95, p99] = quantiles(first.scale, lowest, counts, count);
  return { scale: first.scale, lowest, counts, count, sum, p50, p95, p99 };
}

/** The same durations on another scale: within the width of a step. */
export function onScale(durations: DurationSnapshot, scale: DurationScale): DurationSnapshot {
  const steps = distributionOf(durations)
    .flatMap(({ seconds, count }) => [scale.stepOf(seconds), count]);
  return durationSnapshot(scale, steps, durations.sum);
}

/** How many durations are in each bucket of the scale's bounds, and above them all: not cumulative. */
export function bucketCounts({ scale, lowest, counts }: DurationSnapshot): number[] {
  const buckets: number[] = [];
  for (let i = 0; i <= scale.bounds.length; i++) buckets.push(0);
  for (let i = 0; i < counts.length; i++) buckets[scale.bucketOf(lowest + i)]! += counts[i]!;
  return buckets;
}

/** The steps that have counts, by their middles. */
export function distributionOf({ scale, lowest, counts }: DurationSnapshot): Distribution {
  const rows: { seconds: number; count: number }[] = [];
  for (let i = 0; i < counts.length; i++) {
    if (counts[i]! > 0) rows.push({ seconds: scale.middleOf(lowest + i), count: counts[i]! });
  }
  return rows;
}

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
