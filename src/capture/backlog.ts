// The queue of packets that wait to be decoded, in a ring of memory.

import type { Format } from "./handle.ts";

/** Packets of one interface that were copied together. */
export interface Waiting {
  readonly interface: number;
  readonly format: Format;
  /** Where the first one begins, and where the last one ends. */
  readonly at: number;
  readonly end: number;
  readonly count: number;
}

/** The beginning of the ring, which is never given back to the system. */
export const KEPT_BYTES = 4 << 20;
/** The rest is given back in pieces of this size, each in a fraction of a millisecond. */
export const STEP_BYTES = 4 << 20;

/**
 * A queue in a ring of `size` bytes. An empty queue starts again at the beginning of the ring: as long as
 * packets need not wait, they use the same few pages of memory. Memory beyond these is passed to `release`
 * when its packets were taken.
 */
export class Backlog {
  readonly #size: number;
  readonly #release: (from: number, to: number) => void;
  readonly #queue: Waiting[] = [];
  /** Where the next packets are written: behind the first of the queue, or in front of it after wrapping. */
  #tail = 0;
  #isWrapped = false;
  /** Memory in use is below KEPT_BYTES, between these two, or in front of them after wrapping. */
  #from = KEPT_BYTES;
  #to = KEPT_BYTES;

  constructor(size: number, release: (from: number, to: number) => void) {
    this.#size = size;
    this.#release = release;
  }

  /** Where the next packets may be written, and for how many bytes there is room. */
  place(): { readonly at: number; readonly room: number } {
    const head = this.#queue[0]?.at;
    if (head === undefined) this.#restart();
    else if (!this.#isWrapped) this.#wrapIfBetter(Math.min(head, this.#from));
    const end = this.#isWrapped ? Math.min(head!, this.#from) : this.#size;
    return { at: this.#tail, room: end - this.#tail };
  }

  /** Adds packets that were written to the last `place`. */
  add(packets: Waiting): void {
    const { end } = packets;
    this.#queue.push(packets);
    this.#tail = end;
    if (!this.#isWrapped) this.#to = Math.max(this.#to, end);
  }

  /** Removes the packets that were added first. */
  take(): void {
    const first = this.#queue.shift();
    if (first === undefined) return;
    const { end } = first;
    const head = this.#queue[0]?.at ?? -1;
    if (this.#isWrapped && head < end) this.#unwrap();
    else this.#releaseUpTo(end - end % STEP_BYTES);
  }

  /** Whether there is an eighth of the ring behind the tail: packets copied together rarely need more. */
  #wrapIfBetter(front: number): void {
    const behind = this.#size - this.#tail;
    if (behind >= this.#size / 8 || behind >= front) return;
    this.#tail = 0;
    this.#isWrapped = true;
  }

  /** Everything behind was taken: memory in use is in front only. */
  #unwrap(): void {
    this.#releaseUpTo(this.#to);
    this.#isWrapped = false;
    this.#from = KEPT_BYTES;
    this.#to = Math.max(KEPT_BYTES, this.#tail);
  }

  /** Nothing is in use. */
  #restart(): void {
    this.#tail = 0;
    this.#unwrap();
  }

  #releaseUpTo(end: number): void {
    if (end <= this.#from) return;
    this.#release(this.#from, end);
    this.#from = end;
  }
}
