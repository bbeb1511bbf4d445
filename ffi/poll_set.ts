// poll() over a few descriptors.

import { POLL } from "./layout.ts";
import { libc } from "./libc.ts";

/** Descriptors to wait for. A descriptor of -1 is never ready. */
export class PollSet {
  readonly #libc = libc();
  readonly #entries: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #count: bigint;

  constructor(descriptors: readonly number[]) {
    this.#entries = new Uint8Array(descriptors.length * POLL.size);
    this.#view = new DataView(this.#entries.buffer);
    this.#count = BigInt(descriptors.length);
    for (const [i, descriptor] of descriptors.entries()) {
      this.#view.setInt32(i * POLL.size + POLL.descriptor, descriptor, true);
      this.#view.setInt16(i * POLL.size + POLL.events, POLL.POLLIN, true);
    }
  }

  /** Waits for at most `milliseconds`, and blocks this thread. Returns whether one is ready. */
  wait(milliseconds: number): boolean {
    return this.#libc.poll_here(this.#entries, this.#count, milliseconds) > 0;
  }

  /** Returns whether one is ready, without waiting. */
  look(): boolean {
    return this.wait(0);
  }

  /** Whether descriptor `i` was ready, or in error, at the last poll. */
  isReady(i: number): boolean {
    return this.#view.getInt16(i * POLL.size + POLL.happened, true) !== 0;
  }
}
