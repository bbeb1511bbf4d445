// A token bucket.

export class RateLimit {
  readonly #interval: number;
  readonly #burst: number;
  #tokens: number;
  #filledAt = performance.now();

  /** A token each `interval` milliseconds, up to `burst`. */
  constructor(interval: number, burst: number) {
    this.#interval = interval;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /** Takes a token. False if there is none. */
  take(): boolean {
    const now = performance.now();
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#filledAt) / this.#interval);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
