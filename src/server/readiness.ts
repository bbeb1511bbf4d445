// Waits until sockets are readable or writable, with one poll() for all of them in another thread.

import { POLL } from "../../ffi/layout.ts";
import { libc } from "../../ffi/libc.ts";
import { openPipe } from "../../ffi/sockets.ts";

const BROKEN = POLL.POLLERR | POLL.POLLNVAL;

interface Wait {
  readonly descriptor: number;
  readonly events: number;
  readonly resolve: (isReady: boolean) => void;
}

export class Readiness {
  readonly #waits = new Set<Wait>();
  /** A byte in this pipe interrupts poll(), when the set of sockets changes. */
  readonly #pipe = openPipe();
  #isWoken = false;
  #isClosed = false;
  /** Fulfilled after the last poll(). */
  readonly #done = this.#run();

  /** False if the connection broke, or `forget` was called. */
  readable(descriptor: number): Promise<boolean> {
    return this.#wait(descriptor, POLL.POLLIN);
  }

  /** As `readable`; false also if the client has closed the connection. */
  writable(descriptor: number): Promise<boolean> {
    return this.#wait(descriptor, POLL.POLLOUT);
  }

  /**
   * Ends all waits for a descriptor. Must be called before the descriptor is closed: the kernel does not
   * close a connection while poll() uses it.
   */
  forget(descriptor: number): void {
    for (const wait of this.#waits) {
      if (wait.descriptor !== descriptor) continue;
      this.#settle(wait, false);
      this.#wake();
    }
  }

  /** Ends all waits. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const wait of this.#waits) this.#settle(wait, false);
    this.#wake();
    await this.#done;
    for (const end of this.#pipe) libc().close(end);
  }

  #wait(descriptor: number, events: number): Promise<boolean> {
    if (this.#isClosed) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#waits.add({ descriptor, events, resolve });
    this.#wake();
    return promise;
  }

  #settle(wait: Wait, isReady: boolean): void {
    // `forget` may have settled it during poll().
    if (this.#waits.delete(wait)) wait.resolve(isReady);
  }

  #wake(): void {
    if (this.#isWoken) return;
    this.#isWoken = true;
    libc().write(this.#pipe[1], new Uint8Array(1), 1n);
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      const waits = [...this.#waits];
      const entries = entriesFor([{ descriptor: this.#pipe[0], events: POLL.POLLIN }, ...waits]);
      await libc().poll(new Uint8Array(entries.buffer), BigInt(waits.length + 1), -1);
      if (happened(entries, 0) !== 0) {
        libc().read(this.#pipe[0], new Uint8Array(1), 1n);
        this.#isWoken = false;
      }
      for (const [i, wait] of waits.entries()) {
        const what = happened(entries, i + 1);
        const broken = wait.events === POLL.POLLOUT ? BROKEN | POLL.POLLHUP : BROKEN;
        if (what !== 0) this.#settle(wait, (what & broken) === 0);
      }
    }
  }
}

/** An array of struct pollfd. */
function entriesFor(waits: readonly Pick<Wait, "descriptor" | "events">[]): DataView<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(waits.length * POLL.size));
  for (const [i, { descriptor, events }] of waits.entries()) {
    view.setInt32(i * POLL.size + POLL.descriptor, descriptor, true);
    view.setInt16(i * POLL.size + POLL.events, events, true);
  }
  return view;
}

function happened(entries: DataView, i: number): number {
  return entries.getInt16(i * POLL.size + POLL.happened, true);
}
