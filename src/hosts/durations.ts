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
const FINE_STEPS = (MAX_BITS - STEP_BITS + 1) * STEPS_PER_OCTAVE;

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

  #counted(): Histogram {
    if (this.#many !== null) return this.#many;
    const histogram = new Histogram();
    this.#few!.forEach((seconds) => histogram.observe(seconds));
    return histogram;
  }
}

class Histogram {
  #count = 0;
  #sum = 0;
  readonly #buckets = new Float64Array(BUCKETS.length + 1);
  readonly #fine = new Uint32Array(FINE_STEPS);

  observe(seconds: number): void {
    this.#count++;
    this.#sum += seconds;
    let bucket = 0;
    while (bucket < BUCKETS.length && seconds > BUCKETS[bucket]!) bucket++;
    this.#buckets[bucket]!++;
    this.#fine[stepOf(seconds * 1e6)]!++;
  }

  absorb(other: Histogram): void {
    this.#count += other.#count;
    this.#sum += other.#sum;
    for (let i = 0; i < this.#buckets.length; i++) this.#buckets[i]! += other.#buckets[i]!;
    for (let i = 0; i < FINE_STEPS; i++) this.#fine[i]! += other.#fine[i]!;
  }

  snapshot(): DurationSnapshot {
    return {
      // Plain numbers: they cross threads faster than many small typed arrays.
      counts: [...this.#buckets],
      count: this.#count,
      sum: this.#sum,
      p50: this.#quantile(0.5),
      p95: this.#quantile(0.95),
      p99: this.#quantile(0.99),
    };
  }

  distribution(): Distribution {
    return Array.from(this.#fine, (count, step) => ({ seconds: middleOf(step) / 1e6, count }))
      .filter(({ count }) => count > 0);
  }

  #quantile(q: number): number {
    const rank = Math.ceil(q * this.#count);
    let seen = 0;
    for (let step = 0; step < FINE_STEPS; step++) {
      seen += this.#fine[step]!;
      if (seen >= rank) return middleOf(step) / 1e6;
    }
    return 0;
  }
}

function stepOf(microseconds: number): number {
  const value = Math.floor(Math.min(Math.max(microseconds, 0), MAX_MICROSECONDS));
  if (value < STEPS_PER_OCTAVE) return value;
  const shift = bitsOf(value) - 1 - STEP_BITS;
  return (shift + 1) * STEPS_PER_OCTAVE + Math.floor(value / 2 ** shift) % STEPS_PER_OCTAVE;
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
