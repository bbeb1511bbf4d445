// The durations of a phase in a packed host: the index of the phase, count, sum and quantiles, and
// the counts of the buckets.

import { BUCKETS } from "./fields.ts";
import { readNumbers, writeNumbers } from "./packed_numbers.ts";
import type { DurationSnapshot } from "./snapshot.ts";

const FIGURES = 6;

/** How many values there are. */
export const DURATIONS_SIZE = FIGURES + BUCKETS.length + 1;

export function writeDurations(
  values: Float64Array,
  at: number,
  phase: number,
  durations: DurationSnapshot,
): void {
  values[at] = phase;
  values[at + 1] = durations.count;
  values[at + 2] = durations.sum;
  values[at + 3] = durations.p50;
  values[at + 4] = durations.p95;
  values[at + 5] = durations.p99;
  writeNumbers(values, at + FIGURES, durations.counts);
}

export function readDurations(values: Float64Array, at: number): DurationSnapshot {
  return {
    counts: readNumbers(values, at + FIGURES, DURATIONS_SIZE - FIGURES),
    count: values[at + 1]!,
    sum: values[at + 2]!,
    p50: values[at + 3]!,
    p95: values[at + 4]!,
    p99: values[at + 5]!,
  };
}
