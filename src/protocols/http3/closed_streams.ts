// Which of the client's streams are over: QUIC may send what is lost again, long after.

/** Streams that are remembered one by one. */
const MAX_APART = 4096;
/** So many of them are given up at once, as those with the lowest numbers have to be looked for. */
const AT_ONCE = 256;

export class ClosedStreams {
  /** All streams before this one are over. */
  #next = 0;
  readonly #others = new Set<number>();

  has(id: number): boolean {
    return id < this.#next || this.#others.has(id);
  }

  add(id: number): void {
    if (id < this.#next) return;
    this.#others.add(id);
    if (this.#others.size > MAX_APART) this.#giveUp();
    for (; this.#others.delete(this.#next); this.#next += 4);
  }

  /** Streams that were never seen, before the lowest ones that are over, are taken for over. */
  #giveUp(): void {
    const lowest = Float64Array.from(this.#others).sort().subarray(0, AT_ONCE);
    for (const id of lowest) this.#others.delete(id);
    this.#next = lowest.at(-1)! + 4;
  }
}
