// Which packets wait for being decoded, and where in a ring of memory they and the next ones lie.

/** Packets of one interface, one after the other. */
export interface Waiting {
  readonly interface: number;
  /** Where the first of them begins, and where the last ends. */
  readonly at: number;
  readonly end: number;
  readonly count: number;
}

/** What is used again and again without going back to the system. */
export const KEPT_BYTES = 4 << 20;
/** The rest goes back in pieces of this size: seldom enough, and each in a fraction of 1 ms. */
export const STEP_BYTES = 4 << 20;

/**
 * A queue through a ring of `size` bytes. The packets of an empty queue go to the ring's beginning:
 * where nothing has to wait, all pass through the same few pages. What is used beyond these is given
 * to `release` once it is taken.
 */
export class Backlog {
  readonly #size: number;
  readonly #release: (from: number, to: number) => void;
  readonly #queue: Waiting[] = [];
  /** Where the next packets go: behind the first of the queue or, wrapped, in front of it. */
  #tail = 0;
  #isWrapped = false;
  /** All that is in use lies below KEPT_BYTES, between these two or, wrapped, in front of them. */
  #from = KEPT_BYTES;
  #to = KEPT_BYTES;

  constructor(size: number, release: (from: number, to: number) => void) {
    this.#size = size;
    this.#release = release;
  }

  /** Where the next packets may be written, and how many bytes of them. */
  place(): { readonly at: number; readonly room: number } {
    const head = this.#queue[0]?.at;
    if (head === undefined) this.#restart();
    else if (!this.#isWrapped) this.#wrapIfBetter(Math.min(head, this.#from));
    const end = this.#isWrapped ? Math.min(head!, this.#from) : this.#size;
    return { at: this.#tail, room: end - this.#tail };
  }

  /** The last place holds these packets now. */
  add(packets: Waiting): void {
    const { end } = packets;
    this.#queue.push(packets);
    this.#tail = end;
    if (!this.#isWrapped) this.#to = Math.max(this.#to, end);
  }

  /** Those that were added first are done with. */
  take(): void {
    const first = this.#queue.shift();
    if (first === undefined) return;
    const { end } = first;
    const head = this.#queue[0]?.at ?? -1;
    if (this.#isWrapped && head < end) this.#unwrap();
    else this.#releaseUpTo(end - end % STEP_BYTES);
  }

  /** Room of an eighth will do behind the tail, as the packets of one dispatch seldom need it. */
  #wrapIfBetter(front: number): void {
    const behind = this.#size - this.#tail;
    if (behind >= this.#size / 8 || behind >= front) return;
    this.#tail = 0;
    this.#isWrapped = true;
  }

  /** What was behind is taken: all that is in use is in front. */
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
