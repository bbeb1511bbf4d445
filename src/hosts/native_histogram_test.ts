import assert from "node:assert/strict";
import fc from "fast-check";
import { sum } from "../sums.ts";
import { DEFAULT_SCALE, DurationScale } from "./duration_scale.ts";
import { Durations } from "./durations.ts";
import { MAX_NATIVE_BUCKETS, type NativeHistogram, nativeHistogram } from "./native_histogram.ts";

function histogramOf(seconds: readonly number[], scale = DEFAULT_SCALE): NativeHistogram {
  const durations = new Durations(scale);
  for (const each of seconds) durations.observe(each);
  return nativeHistogram(durations.snapshot());
}

/** The bounds of a bucket in seconds. */
const boundsOf = ({ schema }: NativeHistogram, index: number) =>
  [2 ** ((index - 1) * 2 ** -schema), 2 ** (index * 2 ** -schema)] as const;

const someSeconds = fc.array(fc.double({ min: 0, max: 2 ** 20, noNaN: true }), { maxLength: 300 });

Deno.test("every duration is in the bucket whose bounds it lies between, with any bounds asked for", () => {
  const scales = fc.uniqueArray(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), { maxLength: 20 })
    .map((bounds) => new DurationScale(bounds.sort((a, b) => a - b)));
  fc.assert(fc.property(someSeconds, scales, (seconds, scale) => {
    const histogram = histogramOf(seconds, scale);
    const { zeroThreshold, zeroCount, count, buckets } = histogram;
    assert.equal(count, seconds.length);
    assert.equal(zeroCount, seconds.filter((each) => each <= zeroThreshold).length);
    assert.equal(zeroCount + sum(buckets.map((bucket) => bucket.count)), count);
    for (const [i, bucket] of buckets.entries()) {
      assert.ok(i === 0 || bucket.index > buckets[i - 1]!.index, "indices rise");
      const [above, most] = boundsOf(histogram, bucket.index);
      const inside = seconds.filter((each) => each > zeroThreshold && each > above && each <= most);
      assert.equal(bucket.count, inside.length, `bucket ${bucket.index}`);
    }
  }));
});

Deno.test("powers of two are at the end of their bucket", () => {
  const { schema, buckets } = histogramOf([0.25, 1, 2]);
  assert.equal(schema, 3);
  assert.deepEqual(buckets.map(({ index }) => index), [-16, 0, 8]);
});

Deno.test("the widest range of durations has as many buckets as are allowed", () => {
  const seconds = Array.from({ length: 400 }, (_, i) => 2 ** (-20 + i / 10));
  const { schema, buckets, count } = histogramOf(seconds);
  assert.equal(schema, 2);
  assert.equal(count, 400);
  assert.ok(buckets.length <= MAX_NATIVE_BUCKETS, `${buckets.length} buckets`);
});

Deno.test("the sum is exact", () => {
  assert.equal(histogramOf([0.1, 0.2, 0.7]).sum, 0.1 + 0.2 + 0.7);
  assert.equal(histogramOf(Array(1000).fill(1 / 1024)).sum, 1000 / 1024);
});
