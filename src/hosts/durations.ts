// Durations, counted in the buckets of the Prometheus histogram, and in finer steps for quantiles.

import { BUCKETS } from "./fields.ts";
import type { Distribution, DurationSnapshot } from "./snapshot.ts";

/**
 * The fine scale has eight steps of the same width from one power of two microseconds to the next.
 * The middle of a step is within 1/16 of every duration in it.
 */
const STEPS_PER_OCTAVE = 8;
const STEP_BITS = 3;
/** 2^40 microseconds are twelve days; longer durations count as the longest. */
const MAX_BITS = 40;
const MAX_MICROSECONDS = 2 ** MAX_BITS - 1;

const QUANTILES = [0.5, 0.95, 0.99] as const;

/** So many durations are kept one by one, which is smaller: most hosts never have more. */
const FEW = 8;

/** Index of the first fine count, after those of BUCKETS and of what is above them all. */
const FINE = BUCKETS.length + 1;
/** As many as there are steps; there are fewer buckets. */
const ZEROS: readonly number[] = Array.from({ length: MAX_BITS * STEPS_PER_OCTAVE }, () => 0);

/** Bytes of memory that durations take by themselves, and for each number. */
const OBJECT_BYTES = 180;
const NUMBER_BYTES = 10;

export class Durations {
  /** The first few, in seconds; null once there are more. */
  #few: number[] | null = [];
  #count = 0;
  #sum = 0;
  /**
   * Counts of each of BUCKETS, and from FINE on of each step of the fine scale, beginning with step
   * `#lowest`. One array, no longer than needed: there are thousands of these.
   */
  #counts: number[] = [];
  #lowest = 0;

  /** Bytes of memory, as an estimate. */
  get held(): number {
    return OBJECT_BYTES + NUMBER_BYTES * (this.#few?.length ?? this.#counts.length);
  }

  /** Adds one duration in seconds. */
  observe(seconds: number): void {
    if (this.#few === null) return this.#add(seconds);
    this.#few.push(seconds);
    if (this.#few.length > FEW) this.#spread();
  }

  /** Counts those that were kept one by one, and only counts from now on. */
  #spread(): void {
    const few = this.#few;
    if (few === null) return;
    this.#few = null;
    this.#counts = ZEROS.slice(0, FINE);
    for (const seconds of few) this.#add(seconds);
  }

  #add(seconds: number): void {
    this.#count++;
    this.#sum += seconds;
    let bucket = 0;
    while (bucket < BUCKETS.length && seconds > BUCKETS[bucket]!) bucket++;
    this.#counts[bucket]!++;
    this.#addSteps(stepOf(seconds * 1e6), 1);
  }

  #addSteps(step: number, count: number): void {
    if (this.#counts.length === FINE) this.#lowest = step;
    if (step < this.#lowest || step - this.#lowest >= this.#counts.length - FINE) this.#widen(step);
    this.#counts[FINE + step - this.#lowest]! += count;
  }

  /** Makes room for a step. An array that grows by push would take up to twice the memory. */
  #widen(step: number): void {
    const counts = this.#counts;
    const below = this.#lowest - step;
    if (below > 0) {
      this.#counts = counts.slice(0, FINE).concat(ZEROS.slice(0, below), counts.slice(FINE));
      this.#lowest = step;
    } else {
      const length = FINE + step - this.#lowest + 1;
      this.#counts = counts.concat(ZEROS.slice(0, length - counts.length));
    }
  }

  absorb(other: Durations): void {
    if (other.#few !== null) return other.#few.forEach((seconds) => this.observe(seconds));
    this.#spread();
    this.#count += other.#count;
    this.#sum += other.#sum;
    const counts = other.#counts;
    for (let i = 0; i < FINE; i++) this.#counts[i]! += counts[i]!;
    for (let i = FINE; i < counts.length; i++) {
      if (counts[i]! > 0) this.#addSteps(other.#lowest + i - FINE, counts[i]!);
    }
  }

  snapshot(): DurationSnapshot {
    const counted = this.#counted();
    const [p50, p95, p99] = counted.#quantiles();
    const counts = counted.#counts.slice(0, FINE);
    return { counts, count: counted.#count, sum: counted.#sum, p50, p95, p99 };
  }

  /** The steps of the fine scale that have counts. */
  distribution(): Distribution {
    const counted = this.#counted();
    const rows: { seconds: number; count: number }[] = [];
    for (let i = FINE; i < counted.#counts.length; i++) {
      const count = counted.#counts[i]!;
      if (count > 0) rows.push({ seconds: middleOf(counted.#lowest + i - FINE) / 1e6, count });
    }
    return rows;
  }

  /** With all durations counted: a copy if they are still kept one by one. */
  #counted(): Durations {
    if (this.#few === null) return this;
    const counted = new Durations();
    counted.#few = this.#few;
    counted.#spread();
    return counted;
  }

  /** QUANTILES in one pass, in seconds; 0 if nothing was counted. */
  #quantiles(): [number, number, number] {
    const found: [number, number, number] = [0, 0, 0];
    if (this.#count === 0) return found;
    const counts = this.#counts;
    let at = FINE;
    let seen = counts[at]!;
    for (let i = 0; i < QUANTILES.length; i++) {
      const rank = Math.ceil(QUANTILES[i]! * this.#count);
      while (seen < rank && at < counts.length - 1) seen += counts[++at]!;
      found[i] = middleOf(this.#lowest + at - FINE) / 1e6;
    }
    return found;
  }
}

function stepOf(microseconds: number): number {
  const value = Math.floor(Math.min(Math.max(microseconds, 0), MAX_MICROSECONDS));
  if (value < STEPS_PER_OCTAVE) return value;
  const shift = bitsOf(value) - 1 - STEP_BITS;
  // Up to half an hour a shift does, which is much faster than a power.
  const top = value < 2 ** 31 ? value >>> shift : Math.floor(value / 2 ** shift);
  return (shift + 1) * STEPS_PER_OCTAVE + top % STEPS_PER_OCTAVE;
}

/** The number of bits of an integer, also of more than 32. */
const bitsOf = (value: number): number =>
  value < 2 ** 32 ? 32 - Math.clz32(value) : 64 - Math.clz32(value / 2 ** 32);

/** The middle of a step, in microseconds. */
function middleOf(step: number): number {
  if (step < STEPS_PER_OCTAVE) return step;
  const shift = Math.floor(step / STEPS_PER_OCTAVE) - 1;
  const lowest = (STEPS_PER_OCTAVE + step % STEPS_PER_OCTAVE) * 2 ** shift;
  return lowest + 2 ** shift / 2;
}
