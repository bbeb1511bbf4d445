// Tells whether reading a file takes so much of the time that another thread should do it while packets
// are counted. That thread has to be woken for each read, and leaves the bytes in the cache of another
// processor: if the system has the file in memory, this may cost more than it saves.

/** The part of the time from which on it saves some. */
const SHARE = 0.1;
/** Reads that are looked at together. */
const READS = 16;

export class ReadingTime {
  isLong = false;
  #reads = 0;
  /** Milliseconds since `#begun`. */
  #reading = 0;
  #begun = 0;

  /** A read lasted from `begun` to `ended`, by performance.now(). */
  add(begun: number, ended: number): void {
    if (this.#reads === READS) {
      this.isLong = this.#reading > SHARE * (begun - this.#begun);
      this.#reads = 0;
    }
    if (this.#reads++ === 0) {
      this.#begun = begun;
      this.#reading = 0;
    }
    this.#reading += ended - begun;
  }
}
