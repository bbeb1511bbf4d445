// What is known of durations from the counts of the steps of their scale: how many there are,
// quantiles, and the counts of buckets.

import type { DurationScale } from "./duration_scale.ts";
import type { Distribution, DurationSnapshot } from "./snapshot.ts";

const QUANTILES = [0.5, 0.95, 0.99] as const;

/**
 * `steps`: a step, its count, another step, its count, and so on from index `from` to `to`; in any
 * order, and some may come several times. They are kept, not copied. `sum`: seconds.
 */
export const durationSnapshot = (
  scale: DurationScale,
  steps: ArrayLike<number>,
  sum: number,
  from = 0,
  to = steps.length,
): DurationSnapshot => new CountedSteps(scale, steps, sum, from, to);

/** The counts of steps in turn. */
interface Dense {
  readonly lowest: number;
  readonly counts: readonly number[];
  readonly count: number;
}

/** Indexed as QUANTILES. */
type Quantiles = readonly [number, number, number];

/** Nothing is made of the steps before it is asked for: a page of /metrics only adds them up. */
class CountedSteps implements DurationSnapshot {
  #dense: Dense | null = null;
  #quantiles: Quantiles | null = null;

  constructor(
    readonly scale: DurationScale,
    readonly steps: ArrayLike<number>,
    readonly sum: number,
    readonly from: number,
    readonly to: number,
  ) {}

  get lowest(): number {
    return this.#inTurn().lowest;
  }

  get counts(): readonly number[] {
    return this.#inTurn().counts;
  }

  get count(): number {
    return this.#inTurn().count;
  }

  get p50(): number {
    return this.#estimated()[0];
  }

  get p95(): number {
    return this.#estimated()[1];
  }

  get p99(): number {
    return this.#estimated()[2];
  }

  #inTurn(): Dense {
    return this.#dense ??= denseOf(this);
  }

  #estimated(): Quantiles {
    return this.#quantiles ??= quantiles(this.scale, this.#inTurn());
  }
}

function denseOf({ steps, from, to }: CountedSteps): Dense {
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
  return { lowest, counts, count };
}

/** QUANTILES in one pass, in seconds; 0 if nothing was counted. */
function quantiles(scale: DurationScale, { lowest, counts, count }: Dense): Quantiles {
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
  const counts = new Float64Array(first.scale.steps);
  let sum = 0;
  for (const each of all) {
    sum += each.sum;
    for (let at = each.from; at < each.to; at += 2) counts[each.steps[at]!]! += each.steps[at + 1]!;
  }
  const steps: number[] = [];
  for (let step = 0; step < counts.length; step++) {
    if (counts[step]! > 0) steps.push(step, counts[step]!);
  }
  return durationSnapshot(first.scale, steps, sum);
}

/** The same durations on another scale: within the width of a step. */
export function onScale(durations: DurationSnapshot, scale: DurationScale): DurationSnapshot {
  const steps = distributionOf(durations)
    .flatMap(({ seconds, count }) => [scale.stepOf(seconds), count]);
  return durationSnapshot(scale, steps, durations.sum);
}

/** How many durations are in each bucket of the scale's bounds, and above them all: not cumulative. */
export function bucketCounts(durations: DurationSnapshot): number[] {
  const buckets: number[] = [];
  for (let i = 0; i <= durations.scale.bounds.length; i++) buckets.push(0);
  addToBuckets(durations, buckets);
  return buckets;
}

/** Adds them to the counts of such buckets. */
export function addToBuckets(
  { scale, steps, from, to }: DurationSnapshot,
  buckets: number[] | Float64Array,
): void {
  for (let at = from; at < to; at += 2) buckets[scale.bucketOf(steps[at]!)]! += steps[at + 1]!;
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
