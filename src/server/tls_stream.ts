// The server side of a TLS connection as a stream of bytes.

import { libssl } from "../../ffi/libssl.ts";
import type { ByteStream } from "./connections.ts";
import type { Readiness } from "./readiness.ts";
import { SocketStream } from "./socket_stream.ts";
import type { TlsContext } from "./tls_context.ts";

/** Results of SSL_get_error, of <openssl/ssl.h>. */
const WANT_READ = 2;
const WANT_WRITE = 3;
const ENDED = 6;

export class TlsStream extends SocketStream implements ByteStream {
  readonly #ssl: Deno.PointerValue;

  constructor(context: TlsContext, descriptor: number, readiness: Readiness) {
    super(descriptor, readiness);
    this.#ssl = libssl().SSL_new(context.pointer);
    libssl().SSL_set_fd(this.#ssl, descriptor);
    libssl().SSL_set_accept_state(this.#ssl);
  }

  async read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    const read = () => libssl().SSL_read(this.#ssl, into, into.length);
    return await this.repeat(() => this.#try(read)) || null;
  }

  write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    const write = () => libssl().SSL_write(this.#ssl, bytes, bytes.length);
    return this.repeat(() => this.#try(write));
  }

  override endSending(): void {
    if (!this.isClosed) libssl().SSL_shutdown(this.#ssl);
    super.endSending();
  }

  override close(): void {
    libssl().SSL_free(this.#ssl);
    super.close();
  }

  /** The handshake is part of the first calls of `work`. */
  #try(work: () => number): number | "readable" | "writable" | "over" {
    libssl().ERR_clear_error();
    const count = work();
    if (count > 0) return count;
    switch (libssl().SSL_get_error(this.#ssl, count)) {
      case WANT_READ:
        return "readable";
      case WANT_WRITE:
        return "writable";
      case ENDED:
        return 0;
      default:
        return "over";
    }
  }
}
