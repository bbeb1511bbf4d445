// An HTTP/1 connection holds a parser only during a message: thousands of connections are kept alive
// without a message, and take 32 bytes each then instead of about 800. Parsers are pooled.

import type { Conversation, Side, StreamAnalyser } from "../analyser.ts";
import { Http1 } from "./http1.ts";

/** Unused parsers that are kept at most. */
const MAX_POOLED = 1024;

const pool: Http1[] = [];

const acquire = (): Http1 => pool.pop() ?? new Http1();

function release(parser: Http1): null {
  if (pool.length < MAX_POOLED) pool.push(parser);
  return null;
}

/** Bytes of memory that a connection takes between messages. */
const IDLE_BYTES = 48;

export class Http1Connection implements StreamAnalyser {
  readonly holder = "http1";
  /** Null between messages. */
  #parser: Http1 | null = null;

  get held(): number {
    return this.#parser === null ? IDLE_BYTES : IDLE_BYTES + this.#parser.held;
  }

  data(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): number {
    const parser = this.#parser ??= acquire();
    const consumed = parser.data(on, side, bytes, at, end);
    if (parser.isIdle) this.#parser = release(parser);
    return consumed;
  }

  skipped(on: Conversation, side: Side): void {
    const parser = this.#parser;
    if (parser === null) return;
    parser.skipped(on, side);
    if (parser.isIdle) this.#parser = release(parser);
  }

  gap(on: Conversation, side: Side): void {
    this.#parser ??= acquire();
    this.#parser.gap(on, side);
  }

  finished(on: Conversation, side: Side): void {
    this.#parser?.finished(on, side);
  }

  ended(on: Conversation): void {
    this.#parser?.ended(on);
  }
}
