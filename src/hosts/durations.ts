// Durations, counted on a scale (duration_scale.ts).

import { sum } from "../sums.ts";
import type { DurationScale } from "./duration_scale.ts";
import { durationSnapshot } from "./duration_snapshot.ts";
import type { DurationSnapshot } from "./snapshot.ts";

/** So many durations are kept one by one, which is smaller: most hosts never have more. */
const FEW = 8;

/**
 * Durations wait until there are so many, of all hosts, and are then counted in one loop: each host's counts
 * are in another place of memory, and the CPU waits for many places at once if nothing else comes between.
 */
const MOST_WAITING = 64;
const waitingFor: Durations[] = [];
const waitingSeconds = new Float64Array(MOST_WAITING);
let waiting = 0;

/** Has to come before anything else than `observe`. */
function countWaiting(): void {
  const count = waiting;
  waiting = 0;
  for (let i = 0; i < count; i++) waitingFor[i]!.count(waitingSeconds[i]!);
}

const NONE: readonly number[] = [];
/** Where the counts begin in `#numbers`, behind the sum. */
const COUNTS = 1;

/** Bytes of memory that durations take by themselves, and for each number. */
const OBJECT_BYTES = 100;
const NUMBER_BYTES = 10;

export class Durations {
  readonly #scale: DurationScale;
  #areFew = true;
  /**
   * The few in seconds; once there are more, the sum of all, and counts of the steps, beginning with step
   * `#lowest`. In one array, so that less memory is looked at, and no longer than needed: there are
   * thousands of these.
   */
  #numbers = NONE as number[];
  #lowest = 0;

  constructor(scale: DurationScale) {
    this.#scale = scale;
  }

  /** Bytes of memory, as an estimate. */
  get held(): number {
    countWaiting();
    return OBJECT_BYTES + NUMBER_BYTES * this.#numbers.length;
  }

  /** Of all durations, in seconds. */
  get sum(): number {
    countWaiting();
    return this.#areFew ? sum(this.#numbers) : this.#numbers[0]!;
  }

  /** Adds one duration in seconds: it waits, see MOST_WAITING. */
  observe(seconds: number): void {
    waitingFor[waiting] = this;
    waitingSeconds[waiting] = seconds;
    if (++waiting === MOST_WAITING) countWaiting();
  }

  /** Counts one that has waited. */
  count(seconds: number): void {
    if (this.#areFew) this.#keep(seconds);
    else this.#add(seconds);
  }

  #observeAll(durations: readonly number[]): void {
    for (let i = 0; i < durations.length; i++) this.count(durations[i]!);
  }

  #keep(seconds: number): void {
    // The first one by itself, as most have no second.
    this.#numbers = this.#numbers.length === 0 ? [seconds] : [...this.#numbers, seconds];
    if (this.#numbers.length > FEW) this.#spread();
  }

  /** Counts those that were kept one by one, and only counts from now on. */
  #spread(): void {
    if (!this.#areFew) return;
    const few = this.#numbers;
    this.#areFew = false;
    this.#numbers = [0];
    for (const seconds of few) this.#add(seconds);
  }

  #add(seconds: number): void {
    this.#addSteps(this.#scale.stepOf(seconds), 1);
    this.#numbers[0]! += seconds;
  }

  #addSteps(step: number, count: number): void {
    let at = COUNTS + step - this.#lowest;
    if (at < COUNTS || at >= this.#numbers.length) {
      this.#widen(step);
      at = COUNTS + step - this.#lowest;
    }
    this.#numbers[at]! += count;
  }

  /** Makes room for a step. An array that grows by push would take up to twice the memory. */
  #widen(step: number): void {
    const numbers = this.#numbers;
    if (numbers.length === COUNTS) this.#lowest = step;
    const below = this.#lowest - step;
    if (below > 0) {
      this.#numbers = numbers.slice(0, COUNTS).concat(zeros(below), numbers.slice(COUNTS));
      this.#lowest = step;
    } else {
      this.#numbers = numbers.concat(zeros(COUNTS + 1 - below - numbers.length));
    }
  }

  /** Adds those of `other`, which counts on the same scale. */
  absorb(other: Durations): void {
    countWaiting();
    if (other.#areFew) return this.#observeAll(other.#numbers);
    this.#spread();
    other.eachStep((step, count) => this.#addSteps(step, count));
    this.#numbers[0]! += other.#numbers[0]!;
  }

  /** Every step that counted something, and how much; a step may come several times. */
  eachStep(visit: (step: number, count: number) => void): void {
    countWaiting();
    const numbers = this.#numbers;
    if (this.#areFew) {
      for (const seconds of numbers) visit(this.#scale.stepOf(seconds), 1);
      return;
    }
    for (let at = COUNTS; at < numbers.length; at++) {
      const count = numbers[at]!;
      if (count > 0) visit(this.#lowest + at - COUNTS, count);
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
