import assert from "node:assert/strict";
import { Random } from "../../tests/packets/random.ts";
import fc from "fast-check";
import { DEFAULT_SCALE, DurationScale } from "./duration_scale.ts";
import { bucketCounts } from "./duration_snapshot.ts";
import { Durations } from "./durations.ts";

/** Distributions of durations in seconds, as real phases have them. */
const SHAPES: Record<string, (random: Random) => number> = {
  constant: () => 0.0123,
  uniform: (random) => 0.001 + random.next(),
  exponential: (random) => -0.05 * Math.log(1 - random.next()),
  lognormal: (random) => 0.02 * Math.exp(gauss(random)),
  pareto: (random) => 0.001 / (1 - random.next()) ** 1.2,
  twoPeaks: (random) => random.next() < 0.9 ? 0.002 + random.next() / 1e3 : 3 + random.next(),
  microseconds: (random) => (10 + random.below(50)) / 1e6,
  hours: (random) => 1800 + random.next() * 80_000,
};

const gauss = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());

/** The smallest value that a share of `q` of all does not exceed. */
const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]!;

Deno.test("quantiles are within 5% of the truth", () => {
  for (const [name, shape] of Object.entries(SHAPES)) {
    for (const count of [1, 2, 3, 10, 10_000]) {
      const random = new Random(count);
      const values = Array.from({ length: count }, () => Math.round(shape(random) * 1e6) / 1e6);
      const durations = new Durations(DEFAULT_SCALE);
      for (const value of values) durations.observe(value);
      values.sort((a, b) => a - b);
      const { p50, p95, p99 } = durations.snapshot();
      for (const [q, found] of [[0.5, p50], [0.95, p95], [0.99, p99]] as const) {
        const truth = quantile(values, q);
        const message = `${name}: ${found} for ${truth}, ${q} of ${count}`;
        assert.ok(Math.abs(found - truth) <= 0.05 * truth, message);
      }
    }
  }
});

Deno.test("every duration is in the first bucket whose bound it does not exceed, whatever the bounds", () => {
  const bound = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
  const bounds = fc.uniqueArray(bound, { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(bounds, fc.array(fc.double({ min: 0, max: 2e6, noNaN: true })), (some, more) => {
      const sorted = some.toSorted((a, b) => a - b);
      const seconds = [...some, ...more];
      const durations = new Durations(new DurationScale(sorted));
      for (const each of seconds) durations.observe(each);
      const inside = (least: number, most: number) =>
        seconds.filter((each) => each > least && each <= most).length;
      assert.deepEqual(
        bucketCounts(durations.snapshot()),
        [...sorted, Infinity].map((most, i) => inside(sorted[i - 1] ?? -1, most)),
      );
    }),
  );
});

Deno.test("merged durations equal those that one has counted alone", () => {
  const [one, other, both] = [
    new Durations(DEFAULT_SCALE),
    new Durations(DEFAULT_SCALE),
    new Durations(DEFAULT_SCALE),
  ];
  const random = new Random(3);
  for (let i = 0; i < 1000; i++) {
    // Multiples of 2^-20, whose sums are exact in any order.
    const value = Math.round(SHAPES["lognormal"]!(random) * 2 ** 20) / 2 ** 20;
    (i % 3 === 0 ? one : other).observe(value);
    both.observe(value);
  }
  one.absorb(other);
  assert.deepEqual(one.snapshot(), both.snapshot());
});

Deno.test("extreme durations are counted; without any, quantiles are 0", () => {
  const durations = new Durations(DEFAULT_SCALE);
  durations.observe(1e12);
  const snapshot = durations.snapshot();
  assert.equal(bucketCounts(snapshot).at(-1), 1);
  assert.ok(snapshot.p50 > 80_000);
  assert.equal(new Durations(DEFAULT_SCALE).snapshot().p99, 0);
});

Deno.test("a snapshot does not change with what is counted later", () => {
  const durations = new Durations(DEFAULT_SCALE);
  durations.observe(1);
  const before = durations.snapshot();
  durations.observe(1);
  assert.equal(before.count, 1);
  assert.equal([...before.counts].reduce((sum, count) => sum + count), 1);
});

Deno.test("a duration is counted whatever is asked first", () => {
  const observed = (seconds: number, durations = new Durations(DEFAULT_SCALE)) => {
    durations.observe(seconds);
    return durations;
  };
  assert.equal(observed(2).sum, 2);
  assert.ok(observed(2).held > new Durations(DEFAULT_SCALE).held);
  assert.equal(observed(2).snapshot().count, 1);
  const [taking, taken] = [observed(1), observed(2)];
  taking.absorb(taken);
  assert.equal(taking.sum, 3);
  // Nothing is counted twice that was observed after others were merged.
  assert.equal(observed(4, taking).sum, 7);
  assert.equal(taken.sum, 2);
});
