// The server side of a TLS connection as a stream of bytes.

import { readCString } from "../../ffi/library.ts";
import { libssl } from "../../ffi/libssl.ts";
import { receive, transmit } from "../../ffi/sockets.ts";
import type { ByteStream } from "./connections.ts";
import type { Readiness } from "./readiness.ts";
import { SocketStream } from "./socket_stream.ts";
import type { TlsContext } from "./tls_context.ts";

/** Results of SSL_get_error, of <openssl/ssl.h>. */
const WANT_READ = 2;
const WANT_WRITE = 3;
const ENDED = 6;

/** OpenSSL's words for a client that does not speak TLS but HTTP. */
const HTTP_REQUEST = "http request";
const TO_HTTP = new TextEncoder().encode(
  "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n\r\n" +
    "webstat speaks HTTPS here: ask https:// instead of http://\n",
);

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
        this.#answerHttp();
        return "over";
    }
  }

  /** People who forget the "s" of "https" are told. What they sent is read, else the answer may be lost. */
  #answerHttp(): void {
    const c = libssl();
    if (readCString(c.ERR_reason_error_string(c.ERR_get_error())) !== HTTP_REQUEST) return;
    receive(this.descriptor, new Uint8Array(8192));
    transmit(this.descriptor, TO_HTTP);
    super.endSending();
  }
}
