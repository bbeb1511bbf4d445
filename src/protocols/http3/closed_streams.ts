// Which of the client's streams are over: QUIC may send what is lost again, long after.

/** Streams that are remembered one by one. */
const MAX_APART = 4096;

export class ClosedStreams {
  /** All streams before this one are over. */
  #next = 0;
  readonly #others = new Set<number>();

  has(id: number): boolean {
    return id < this.#next || this.#others.has(id);
  }

  add(id: number): void {
    this.#others.add(id);
    // A stream that was never seen is given up at some time.
    if (this.#others.size > MAX_APART) this.#next = Math.min(...this.#others);
    for (; this.#others.delete(this.#next); this.#next += 4);
  }
}
