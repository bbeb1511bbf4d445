// A TCP connection as a stream of bytes.

import { libc } from "../../ffi/libc.ts";
import { endSending, hasInput, isFull, receive, transmit } from "../../ffi/sockets.ts";
import type { ByteStream } from "./connections.ts";
import type { Readiness } from "./readiness.ts";

export class TcpStream implements ByteStream {
  readonly #descriptor: number;
  readonly #readiness: Readiness;
  #isClosed = false;

  /** `close` closes `descriptor`. */
  constructor(descriptor: number, readiness: Readiness) {
    this.#descriptor = descriptor;
    this.#readiness = readiness;
  }

  async read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    while (!this.#isClosed) {
      const count = receive(this.#descriptor, into);
      if (count >= 0) return count === 0 ? null : count;
      if (!await this.#readiness.readable(this.#descriptor)) break;
    }
    throw new Error("The connection is over");
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    while (!this.#isClosed) {
      const count = transmit(this.#descriptor, bytes);
      if (count >= 0) return count;
      if (!await this.#readiness.writable(this.#descriptor)) break;
    }
    throw new Error("The connection is over");
  }

  hasInput(): boolean {
    return hasInput(this.#descriptor);
  }

  isFull(): boolean {
    return isFull(this.#descriptor);
  }

  endSending(): void {
    if (!this.#isClosed) endSending(this.#descriptor);
  }

  close(): void {
    this.#isClosed = true;
    this.#readiness.forget(this.#descriptor);
    libc().close(this.#descriptor);
  }
}
