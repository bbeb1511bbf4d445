// What TCP and TLS connections have in common: a socket that is watched and closed.

import { libc } from "../../ffi/libc.ts";
import { endSending, hasInput, isFull } from "../../ffi/sockets.ts";
import type { Readiness } from "./readiness.ts";

export abstract class SocketStream {
  protected readonly descriptor: number;
  readonly #readiness: Readiness;
  #isClosed = false;

  /** `descriptor`: of a non-blocking socket. `close` closes it. */
  constructor(descriptor: number, readiness: Readiness) {
    this.descriptor = descriptor;
    this.#readiness = readiness;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  hasInput(): boolean {
    return hasInput(this.descriptor);
  }

  isFull(): boolean {
    return isFull(this.descriptor);
  }

  endSending(): void {
    if (!this.#isClosed) endSending(this.descriptor);
  }

  close(): void {
    this.#isClosed = true;
    this.#readiness.forget(this.descriptor);
    libc().close(this.descriptor);
  }

  /**
   * Calls `work` until it returns a number of bytes, and waits in between for what it returns instead.
   * Rejects if the connection is over.
   */
  protected async repeat(work: () => number | "readable" | "writable" | "over"): Promise<number> {
    while (!this.#isClosed) {
      const result = work();
      if (typeof result === "number") return result;
      if (result === "over" || !await this.#readiness[result](this.descriptor)) break;
    }
    throw new Error("The connection is over");
  }
}
