// What is known of durations from the counts of the steps of their scale: how many there are,
// quantiles, and the counts of buckets.

import type { DurationScale } from "./duration_scale.ts";
import type { Distribution, DurationSnapshot } from "./snapshot.ts";

export interface StepCount {
  readonly step: number;
  readonly count: number;
}

const QUANTILES = [0.5, 0.95, 0.99] as const;

/** Steps may come in any order, and several times. `sum`: seconds. */
export function durationSnapshot(
  scale: DurationScale,
  steps: readonly StepCount[],
  sum: number,
): DurationSnapshot {
  const first = steps.reduce((least, { step }) => Math.min(least, step), Infinity);
  const last = steps.reduce((most, { step }) => Math.max(most, step), -1);
  const lowest = last < 0 ? 0 : first;
  const counts = Array.from({ length: last < 0 ? 0 : last - lowest + 1 }, () => 0);
  let count = 0;
  for (const each of steps) {
    counts[each.step - lowest]! += each.count;
    count += each.count;
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
  const sum = all.reduce((total, each) => total + each.sum, 0);
  return durationSnapshot(first.scale, all.flatMap(stepsOf), sum);
}

const stepsOf = ({ lowest, counts }: DurationSnapshot): StepCount[] =>
  counts.map((count, i) => ({ step: lowest + i, count }));

/** The same durations on another scale: within the width of a step. */
export function onScale(durations: DurationSnapshot, scale: DurationScale): DurationSnapshot {
  const steps = stepsOf(durations).filter(({ count }) => count > 0)
    .map(({ step, count }) => ({ step: scale.stepOf(durations.scale.middleOf(step)), count }));
  return durationSnapshot(scale, steps, durations.sum);
}

/** How many durations are in each bucket of the scale's bounds, and above them all: not cumulative. */
export function bucketCounts({ scale, lowest, counts }: DurationSnapshot): number[] {
  const { bounds } = scale;
  const buckets = Array.from({ length: bounds.length + 1 }, () => 0);
  let bucket = 0;
  for (let i = 0; i < counts.length; i++) {
    const edge = scale.edgeOf(lowest + i);
    while (bucket < bounds.length && edge > bounds[bucket]!) bucket++;
    buckets[bucket]! += counts[i]!;
  }
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
