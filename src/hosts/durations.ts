// How long things took: counted in the buckets that Prometheus is given, and more finely for quantiles.

import type { Distribution } from "./history.ts";
import { BUCKETS, type DurationSnapshot } from "./snapshot.ts";

/**
 * Steps of the fine scale: eight to each power of two of microseconds, so that a value read back is
 * within 1/16 of what was counted.
 */
const STEPS_PER_OCTAVE = 8;
const STEP_BITS = 3;
/** Twelve days; what takes longer counts as this. */
const MAX_BITS = 40;
const MAX_MICROSECONDS = 2 ** MAX_BITS - 1;

const NO_BUCKETS: readonly number[] = [...BUCKETS.map(() => 0), 0];

const QUANTILES = [0.5, 0.95, 0.99] as const;

/** So many are kept as they are: most hosts of a flood of names never have more. */
const FEW = 8;

export class Durations {
  /** The first few, in seconds; null once there are more. */
  #few: number[] | null = [];
  #many: Histogram | null = null;

  /** Adds one duration in seconds. */
  observe(seconds: number): void {
    if (this.#few === null) return this.#many!.observe(seconds);
    this.#few.push(seconds);
    if (this.#few.length > FEW) this.#spread();
  }

  /** From now on durations are only counted by their size. */
  #spread(): Histogram {
    const few = this.#few;
    const histogram = this.#many ??= new Histogram();
    this.#few = null;
    few?.forEach((seconds) => histogram.observe(seconds));
    return histogram;
  }

  absorb(other: Durations): void {
    if (other.#few !== null) other.#few.forEach((seconds) => this.observe(seconds));
    else this.#spread().absorb(other.#many!);
  }

  snapshot(): DurationSnapshot {
    return this.#counted().snapshot();
  }

  /** The steps of the fine scale that are in use. */
  distribution(): Distribution {
    return this.#counted().distribution();
  }

  /** Valid until the next call for any host. */
  #counted(): Histogram {
    if (this.#many !== null) return this.#many;
    forFew.clear();
    this.#few!.forEach((seconds) => forFew.observe(seconds));
    return forFew;
  }
}

/** Plain arrays, and no longer than needed: typed ones would take 2 KB, six times for each host. */
class Histogram {
  #count = 0;
  #sum = 0;
  readonly #buckets: number[] = [...NO_BUCKETS];
  /** Counts of the steps of the fine scale, from `#lowest` on. */
  #fine: number[] = [];
  #lowest = 0;

  observe(seconds: number): void {
    this.#count++;
    this.#sum += seconds;
    let bucket = 0;
    while (bucket < BUCKETS.length && seconds > BUCKETS[bucket]!) bucket++;
    this.#buckets[bucket]!++;
    this.#add(stepOf(seconds * 1e6), 1);
  }

  #add(step: number, count: number): void {
    const fine = this.#fine;
    if (fine.length === 0) this.#lowest = step;
    for (; step < this.#lowest; this.#lowest--) fine.unshift(0);
    const at = step - this.#lowest;
    while (at >= fine.length) fine.push(0);
    fine[at]! += count;
  }

  absorb(other: Histogram): void {
    this.#count += other.#count;
    this.#sum += other.#sum;
    for (let i = 0; i < this.#buckets.length; i++) this.#buckets[i]! += other.#buckets[i]!;
    for (let i = 0; i < other.#fine.length; i++) this.#add(other.#lowest + i, other.#fine[i]!);
  }

  clear(): void {
    this.#count = 0;
    this.#sum = 0;
    this.#buckets.fill(0);
    this.#fine.length = 0;
  }

  snapshot(): DurationSnapshot {
    const [p50, p95, p99] = this.#quantiles();
    // Array.from takes ten times as long, and there may be thousands of these a second.
    const counts: number[] = [];
    for (let i = 0; i < this.#buckets.length; i++) counts.push(this.#buckets[i]!);
    return { counts, count: this.#count, sum: this.#sum, p50, p95, p99 };
  }

  distribution(): Distribution {
    const rows: { seconds: number; count: number }[] = [];
    for (let i = 0; i < this.#fine.length; i++) {
      const count = this.#fine[i]!;
      if (count > 0) rows.push({ seconds: middleOf(this.#lowest + i) / 1e6, count });
    }
    return rows;
  }

  /** Those of QUANTILES in one pass, in seconds; 0 where nothing was counted. */
  #quantiles(): [number, number, number] {
    const found: [number, number, number] = [0, 0, 0];
    if (this.#count === 0) return found;
    let at = 0;
    let seen = this.#fine[0]!;
    for (let i = 0; i < QUANTILES.length; i++) {
      const rank = Math.ceil(QUANTILES[i]! * this.#count);
      while (seen < rank && at < this.#fine.length - 1) seen += this.#fine[++at]!;
      found[i] = middleOf(this.#lowest + at) / 1e6;
    }
    return found;
  }
}

/** Where the first few of a host are counted when they are asked for. */
const forFew = new Histogram();

function stepOf(microseconds: number): number {
  const value = Math.floor(Math.min(Math.max(microseconds, 0), MAX_MICROSECONDS));
  if (value < STEPS_PER_OCTAVE) return value;
  const shift = bitsOf(value) - 1 - STEP_BITS;
  // Half an hour and less: without a power, which costs more than all the rest.
  const top = value < 2 ** 31 ? value >>> shift : Math.floor(value / 2 ** shift);
  return (shift + 1) * STEPS_PER_OCTAVE + top % STEPS_PER_OCTAVE;
}

/** How many bits a whole number takes, beyond 32 too. */
const bitsOf = (value: number): number =>
  value < 2 ** 32 ? 32 - Math.clz32(value) : 64 - Math.clz32(value / 2 ** 32);

/** The middle of what a step stands for, in microseconds. */
function middleOf(step: number): number {
  if (step < STEPS_PER_OCTAVE) return step;
  const shift = Math.floor(step / STEPS_PER_OCTAVE) - 1;
  const lowest = (STEPS_PER_OCTAVE + step % STEPS_PER_OCTAVE) * 2 ** shift;
  return lowest + 2 ** shift / 2;
}
