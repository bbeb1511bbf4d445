// Finds out that the system's clock was set, or stood still for other clocks as the machine slept: then
// the times of packets jump, while their flows are as idle as before.

/** Milliseconds. Less is the clock being adjusted, or a thread that had to wait between two looks. */
const LEAST_JUMP = 2000;

export class ClockWatch {
  #offset: number;

  /** `wall`: milliseconds since 1970; `steady`: of a clock that nobody sets, and that sleeps too. */
  constructor(wall = Date.now(), steady = performance.now()) {
    this.#offset = wall - steady;
  }

  /** By how many milliseconds the clock was set forward since the last call; below 0 for back. */
  jump(wall = Date.now(), steady = performance.now()): number {
    const offset = wall - steady;
    const jump = offset - this.#offset;
    this.#offset = offset;
    return Math.abs(jump) < LEAST_JUMP ? 0 : jump;
  }
}
