// An HTTP/1 connection holds a parser only during a message: thousands of connections are kept alive
// without a message, and take 32 bytes each then instead of about 800. Parsers are pooled.

import { HOLDER_INDEX } from "../../memory_ledger.ts";
import { type Conversation, HAND_OVER, type Side, type StreamAnalyser } from "../analyser.ts";
import { Http2 } from "../http2/http2.ts";
import { Http1 } from "./http1.ts";

/** Unused parsers that are kept at most. */
const MAX_POOLED = 1024;

const pool: Http1[] = [];

const acquire = (): Http1 => pool.pop() ?? new Http1();

function release(parser: Http1): null {
  parser.pairing.reset();
  if (pool.length < MAX_POOLED) pool.push(parser);
  return null;
}

/** Bytes of memory that a connection takes between messages. */
const IDLE_BYTES = 48;

export class Http1Connection implements StreamAnalyser {
  /** Null between messages, undefined before the first. */
  #parser: Http1 | null | undefined = undefined;

  #open(on: Conversation): Http1 {
    const parser = this.#parser ?? acquire();
    if (this.#parser === undefined && on.isMidway) parser.pairing.beginMidway();
    return this.#parser = parser;
  }

  get holder(): number {
    return HOLDER_INDEX.http1;
  }

  get longest(): number {
    return this.#parser?.longest ?? 0;
  }

  get held(): number {
    return IDLE_BYTES + (this.#parser?.held ?? 0);
  }

  data(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): number {
    const parser = this.#open(on);
    const consumed = parser.data(on, side, bytes, at, end);
    // Not left to detection, which takes whole frames: the first ones may come in pieces.
    if (consumed === HAND_OVER && parser.next === "h2c") on.become(new Http2());
    if (parser.isIdle) this.#parser = release(parser);
    return consumed;
  }

  skipped(on: Conversation, side: Side): void {
    const parser = this.#parser;
    if (!parser) return;
    parser.skipped(on, side);
    if (parser.isIdle) this.#parser = release(parser);
  }

  gap(on: Conversation, side: Side, length: number): void {
    this.#open(on).gap(on, side, length);
  }

  finished(on: Conversation, side: Side): void {
    this.#parser?.finished(on, side);
  }

  ended(on: Conversation): void {
    this.#parser?.ended(on);
  }
}
