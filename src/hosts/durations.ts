// Durations, counted on a scale (duration_scale.ts).

import { sum } from "../sums.ts";
import type { DurationScale } from "./duration_scale.ts";
import { durationSnapshot } from "./duration_snapshot.ts";
import type { DurationSnapshot } from "./snapshot.ts";

/** So many durations are kept one by one, which is smaller: most hosts never have more. */
const FEW = 8;

const NO_COUNTS: readonly number[] = [];

/** Bytes of memory that durations take by themselves, and for each number. */
const OBJECT_BYTES = 180;
const NUMBER_BYTES = 10;

export class Durations {
  readonly #scale: DurationScale;
  /** The first few, in seconds; null once there are more. */
  #few: number[] | null = [];
  #sum = 0;
  /**
   * Counts of the steps, beginning with step `#lowest`. An array no longer than needed: there are
   * thousands of these.
   */
  #counts = NO_COUNTS as number[];
  #lowest = 0;

  constructor(scale: DurationScale) {
    this.#scale = scale;
  }

  /** Bytes of memory, as an estimate. */
  get held(): number {
    return OBJECT_BYTES + NUMBER_BYTES * (this.#few?.length ?? this.#counts.length);
  }

  /** Of all durations, in seconds. */
  get sum(): number {
    return this.#few === null ? this.#sum : sum(this.#few);
  }

  /** Adds one duration in seconds. */
  observe(seconds: number): void {
    if (this.#few === null) return this.#add(seconds);
    this.#few.push(seconds);
    if (this.#few.length > FEW) this.#spread();
  }

  #observeAll(durations: readonly number[]): void {
    for (let i = 0; i < durations.length; i++) this.observe(durations[i]!);
  }

  /** Counts those that were kept one by one, and only counts from now on. */
  #spread(): void {
    const few = this.#few;
    if (few === null) return;
    this.#few = null;
    for (const seconds of few) this.#add(seconds);
  }

  #add(seconds: number): void {
    this.#sum += seconds;
    this.#addSteps(this.#scale.stepOf(seconds), 1);
  }

  #addSteps(step: number, count: number): void {
    if (this.#counts.length === 0) this.#lowest = step;
    if (step < this.#lowest || step - this.#lowest >= this.#counts.length) this.#widen(step);
    this.#counts[step - this.#lowest]! += count;
  }

  /** Makes room for a step. An array that grows by push would take up to twice the memory. */
  #widen(step: number): void {
    const below = this.#lowest - step;
    if (below > 0) {
      this.#counts = zeros(below).concat(this.#counts);
      this.#lowest = step;
    } else {
      this.#counts = this.#counts.concat(zeros(1 - below - this.#counts.length));
    }
  }

  /** Adds those of `other`, which counts on the same scale. */
  absorb(other: Durations): void {
    if (other.#few !== null) return this.#observeAll(other.#few);
    this.#spread();
    this.#sum += other.#sum;
    other.eachStep((step, count) => this.#addSteps(step, count));
  }

  /** Every step that counted something, and how much; a step may come several times. */
  eachStep(visit: (step: number, count: number) => void): void {
    if (this.#few !== null) {
      for (const seconds of this.#few) visit(this.#scale.stepOf(seconds), 1);
      return;
    }
    for (let i = 0; i < this.#counts.length; i++) {
      const count = this.#counts[i]!;
      if (count > 0) visit(this.#lowest + i, count);
    }
  }

  snapshot(): DurationSnapshot {
    const steps: number[] = [];
    this.eachStep((step, count) => steps.push(step, count));
    return durationSnapshot(this.#scale, steps, this.sum);
  }
}

/** More than any scale has steps. */
const ZEROS: readonly number[] = Array.from({ length: 1000 }, () => 0);
const zeros = (count: number): number[] => ZEROS.slice(0, count);
