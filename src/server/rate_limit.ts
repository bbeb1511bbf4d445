// How often something may happen: a bucket of tokens, which fills as time passes.

export class RateLimit {
  readonly #interval: number;
  readonly #burst: number;
  #tokens: number;
  #filledAt = performance.now();

  /** One each `interval` milliseconds; `burst` at once after a while. */
  constructor(interval: number, burst: number) {
    this.#interval = interval;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /** Whether it may happen now. */
  take(): boolean {
    const now = performance.now();
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#filledAt) / this.#interval);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
