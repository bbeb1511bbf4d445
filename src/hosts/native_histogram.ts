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
  let schema = NATIVE_SCHEMA;
  let buckets: Bucket[] = [];
  let zeroCount = 0;
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] === 0) continue;
    const index = scale.nativeBucketOf(lowest + i);
    if (index === null) zeroCount += counts[i]!;
    else add(buckets, index, counts[i]!);
  }
  for (; buckets.length > MAX_NATIVE_BUCKETS; schema--) buckets = halved(buckets);
  return { schema, zeroThreshold: ZERO_THRESHOLD, zeroCount, count, sum, buckets };
}

type Bucket = { -readonly [Key in keyof NativeBucket]: NativeBucket[Key] };

/** Adds to the last bucket, or to a new one after it. */
function add(buckets: Bucket[], index: number, count: number): void {
  const last = buckets.at(-1);
  if (last?.index === index) last.count += count;
  else buckets.push({ index, count });
}

/** The buckets of the next lower schema, which hold two each. */
function halved(buckets: readonly NativeBucket[]): Bucket[] {
  const halves: Bucket[] = [];
  for (const { index, count } of buckets) add(halves, Math.ceil(index / 2), count);
  return halves;
}
