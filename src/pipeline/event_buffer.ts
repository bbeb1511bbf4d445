// Lines of events on their way to the main thread: collected, sent in blocks, and limited in how much
// is sent but not yet written.

/** Lines are sent once they have this many characters, and after every batch of packets. */
const BLOCK = 1 << 16;
/** At this many bytes in flight, of all workers, live capture drops lines and reading files waits. */
const MAX_IN_FLIGHT = 16 << 20;

export class EventBuffer {
  dropped = 0;
  #lines = "";
  #inFlight = 0;
  #wake: (() => void) | null = null;
  readonly #send: (lines: Uint8Array<ArrayBuffer>) => void;
  readonly #encoder = new TextEncoder();
  readonly #mayDrop: boolean;
  readonly #maxInFlight: number;

  /**
   * `mayDrop`: whether lines are dropped if they are written too slowly (live), or wait (files);
   * `workers`: how many share the limit.
   */
  constructor(
    mayDrop: boolean,
    send: (lines: Uint8Array<ArrayBuffer>) => void,
    workers = 1,
  ) {
    this.#maxInFlight = MAX_IN_FLIGHT / workers;
    this.#mayDrop = mayDrop;
    this.#send = send;
  }

  add(line: string): void {
    if (this.#mayDrop && this.#inFlight >= this.#maxInFlight) {
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
    this.#inFlight += block.length;
    this.#send(block);
  }

  /** Called when the main thread has written `bytes` bytes. */
  written(bytes: number): void {
    this.#inFlight -= bytes;
    if (this.#inFlight < this.#maxInFlight) this.#wake?.();
  }

  /** Fulfilled when more lines may be added without dropping any. */
  async ready(): Promise<void> {
    if (this.#mayDrop || this.#inFlight < this.#maxInFlight) return;
    await new Promise<void>((resolve) => this.#wake = resolve);
    this.#wake = null;
  }
}
