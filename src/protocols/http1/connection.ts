// HTTP/1 between messages: connections are kept alive and idle by the thousand, and what reads them is
// lent to those that have something to say. An idle one takes 32 bytes instead of 800.

import type { Conversation, Side, StreamAnalyser } from "../analyser.ts";
import { Http1 } from "./http1.ts";

/** So many wait for work at most. */
const MAX_SPARE = 1024;

const spare: Http1[] = [];

const borrow = (): Http1 => spare.pop() ?? new Http1();

function giveBack(http: Http1): null {
  if (spare.length < MAX_SPARE) spare.push(http);
  return null;
}

export class Http1Connection implements StreamAnalyser {
  /** Null between messages. */
  #http: Http1 | null = null;

  data(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): number {
    const http = this.#http ??= borrow();
    const consumed = http.data(on, side, bytes, at, end);
    if (http.isIdle) this.#http = giveBack(http);
    return consumed;
  }

  skipped(on: Conversation, side: Side): void {
    const http = this.#http;
    if (http === null) return;
    http.skipped(on, side);
    if (http.isIdle) this.#http = giveBack(http);
  }

  gap(on: Conversation, side: Side): void {
    this.#http ??= borrow();
    this.#http.gap(on, side);
  }

  finished(on: Conversation, side: Side): void {
    this.#http?.finished(on, side);
  }

  ended(on: Conversation): void {
    this.#http?.ended(on);
  }
}
