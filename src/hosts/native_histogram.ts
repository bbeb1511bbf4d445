// Durations as a native histogram: buckets of exponential width, of which only those that counted
// something are told. Prometheus' and OpenTelemetry's exponential histograms are made of it.

import { NATIVE_SCHEMA, ZERO_THRESHOLD } from "./duration_scale.ts";
import type { DurationSnapshot } from "./snapshot.ts";

/** Every system that takes native histograms takes so many buckets (OpenTelemetry's default). */
export const MAX_NATIVE_BUCKETS = 160;

export interface NativeHistogram {
  /** Buckets grow by the factor 2^(2^-schema): at most 3. */
  readonly schema: number;
  /** Seconds; durations up to it are in the zero bucket. */
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  /** Of all durations. */
  readonly count: number;
  /** Seconds, exact. */
  readonly sum: number;
  /**
   * Their indices rise; counts are above 0. Bucket i holds durations from 2^((i - 1) * 2^-schema)
   * seconds, which is not in it, to 2^(i * 2^-schema), which is.
   */
  readonly buckets: readonly NativeBucket[];
}

export interface NativeBucket {
  readonly index: number;
  readonly count: number;
}

/** If there were more than MAX_NATIVE_BUCKETS buckets, each two become one until they are few enough. */
export function nativeHistogram(durations: DurationSnapshot): NativeHistogram {
  const { scale, lowest, counts, count, sum } = durations;
  const byIndex = new Map<number, number>();
  let zeroCount = 0;
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] === 0) continue;
    const index = scale.nativeBucketOf(lowest + i);
    if (index === null) zeroCount += counts[i]!;
    else byIndex.set(index, (byIndex.get(index) ?? 0) + counts[i]!);
  }
  let schema = NATIVE_SCHEMA;
  let buckets = byIndex;
  for (; buckets.size > MAX_NATIVE_BUCKETS; schema--) buckets = halved(buckets);
  return {
    schema,
    zeroThreshold: ZERO_THRESHOLD,
    zeroCount,
    count,
    sum,
    buckets: Array.from(buckets, ([index, count]) => ({ index, count })),
  };
}

/** The buckets of the next lower schema, which hold two each. */
function halved(buckets: ReadonlyMap<number, number>): Map<number, number> {
  const halves = new Map<number, number>();
  for (const [index, count] of buckets) {
    const half = Math.ceil(index / 2);
    halves.set(half, (halves.get(half) ?? 0) + count);
  }
  return halves;
}
