// The server side of a TLS connection as a stream of bytes.

import { libc } from "../../ffi/libc.ts";
import { libssl } from "../../ffi/libssl.ts";
import { endSending, hasInput, isFull } from "../../ffi/sockets.ts";
import type { ByteStream } from "./connections.ts";
import type { Readiness } from "./readiness.ts";
import type { TlsContext } from "./tls_context.ts";

/** Results of SSL_get_error, of <openssl/ssl.h>. */
const WANT_READ = 2;
const WANT_WRITE = 3;
const ENDED = 6;

export class TlsStream implements ByteStream {
  readonly #descriptor: number;
  readonly #readiness: Readiness;
  readonly #ssl: Deno.PointerValue;
  #isClosed = false;

  /** `descriptor`: of a non-blocking socket. `close` closes it. */
  constructor(context: TlsContext, descriptor: number, readiness: Readiness) {
    this.#descriptor = descriptor;
    this.#readiness = readiness;
    this.#ssl = libssl().SSL_new(context.pointer);
    libssl().SSL_set_fd(this.#ssl, descriptor);
    libssl().SSL_set_accept_state(this.#ssl);
  }

  async read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    return await this.#repeat(() => libssl().SSL_read(this.#ssl, into, into.length)) || null;
  }

  write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    return this.#repeat(() => libssl().SSL_write(this.#ssl, bytes, bytes.length));
  }

  hasInput(): boolean {
    return hasInput(this.#descriptor);
  }

  isFull(): boolean {
    return isFull(this.#descriptor);
  }

  endSending(): void {
    if (this.#isClosed) return;
    libssl().SSL_shutdown(this.#ssl);
    endSending(this.#descriptor);
  }

  close(): void {
    this.#isClosed = true;
    libssl().SSL_free(this.#ssl);
    this.#readiness.forget(this.#descriptor);
    libc().close(this.#descriptor);
  }

  /** Calls `work` again whenever the socket is ready. Returns the bytes, 0 at the end. */
  async #repeat(work: () => number): Promise<number> {
    while (!this.#isClosed) {
      libssl().ERR_clear_error();
      const count = work();
      if (count > 0) return count;
      const error = libssl().SSL_get_error(this.#ssl, count);
      if (error === ENDED) return 0;
      const isReady = error === WANT_READ
        ? await this.#readiness.readable(this.#descriptor)
        : error === WANT_WRITE && await this.#readiness.writable(this.#descriptor);
      if (!isReady) break;
    }
    throw new Error("The connection is over");
  }
}
