// Lines of events on their way to the main thread: gathered, sent in blocks, and never more under way
// than their reader can take.

/** Lines are sent when there are so many characters of them, and at least after every batch of packets. */
const BLOCK = 1 << 16;
/** Bytes sent but not yet written by all workers, from which on live lines are dropped, and files wait. */
const MAX_UNDER_WAY = 16 << 20;

export class EventBuffer {
  dropped = 0;
  #lines = "";
  #underWay = 0;
  #wake: (() => void) | null = null;
  readonly #send: (lines: Uint8Array<ArrayBuffer>) => void;
  readonly #encoder = new TextEncoder();
  readonly #mayDrop: boolean;
  readonly #maxUnderWay: number;

  /**
   * `mayDrop`: whether a reader that is too slow loses lines (live), or is waited for (files);
   * `workers`: how many share what may be under way.
   */
  constructor(
    mayDrop: boolean,
    send: (lines: Uint8Array<ArrayBuffer>) => void,
    workers = 1,
  ) {
    this.#maxUnderWay = MAX_UNDER_WAY / workers;
    this.#mayDrop = mayDrop;
    this.#send = send;
  }

  add(line: string): void {
    if (this.#mayDrop && this.#underWay >= this.#maxUnderWay) {
      this.dropped++;
      return;
    }
    this.#lines += line;
    if (this.#lines.length >= BLOCK) this.flush();
  }

  flush(): void {
    if (this.#lines === "") return;
    const block = this.#encoder.encode(this.#lines);
    this.#lines = "";
    this.#underWay += block.length;
    this.#send(block);
  }

  /** The main thread has written so many bytes. */
  written(bytes: number): void {
    this.#underWay -= bytes;
    if (this.#underWay < this.#maxUnderWay) this.#wake?.();
  }

  /** Waits, where lines are not to be dropped, until more may be sent. */
  async ready(): Promise<void> {
    if (this.#mayDrop || this.#underWay < this.#maxUnderWay) return;
    await new Promise<void>((resolve) => this.#wake = resolve);
    this.#wake = null;
  }
}
