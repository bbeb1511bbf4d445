// The head of an HTTP/1 request: method, target, host and what events show of it. RFC 9112 section 3.

import { hostName, text } from "../name.ts";
import type { HttpExchange } from "../transactions.ts";
import type { Sink } from "../analyser.ts";
import { Field, parseRequestLine, requestLine } from "./syntax.ts";

/** Reads one request's head after the other. */
export class RequestHead {
  #exchange: HttpExchange | null = null;
  #hasHost = false;

  /** Whether a request line was read, and `take` has not been called since. */
  get isOpen(): boolean {
    return this.#exchange !== null;
  }

  /** Whether a request line and a Host were read, so that the request counts even if it breaks off. */
  get hasHost(): boolean {
    return this.#exchange !== null && this.#hasHost;
  }

  /** Reads the request line `bytes[at..end)`. False if it is none. `time` is that of its first byte. */
  begin(sink: Sink, time: number, bytes: Uint8Array, at: number, end: number): boolean {
    if (!parseRequestLine(bytes, at, end)) return false;
    const { methodEnd, targetAt, targetEnd, minor } = requestLine;
    const method = methodOf(bytes, at, methodEnd);
    this.#hasHost = false;
    this.#exchange = {
      version: minor === 0 ? "1.0" : "1.1",
      method,
      host: targetHost(method, bytes, targetAt, targetEnd),
      target: sink.targets ? text(bytes, targetAt, targetEnd) : "",
      status: 0,
      requestBytes: 0,
      responseBytes: 0,
      requestTime: time,
      responseTime: 0,
      responseEnd: 0,
      contentType: null,
      userAgent: null,
      grpcStatus: null,
    };
    return true;
  }

  /** Takes the value of a header field, `bytes[at..end)`. The first Host counts. */
  field(sink: Sink, field: Field, bytes: Uint8Array, at: number, end: number): void {
    const exchange = this.#exchange!;
    if (field === Field.HOST && !this.#hasHost && end > at) {
      exchange.host = hostName(bytes, at, end);
      this.#hasHost = true;
    }
    if (field === Field.USER_AGENT && sink.detail) exchange.userAgent = text(bytes, at, end);
  }

  /** The request, once its head is complete. */
  take(): HttpExchange {
    const exchange = this.#exchange!;
    this.#exchange = null;
    return exchange;
  }

  drop(): void {
    this.#exchange = null;
  }
}

/** The most common methods without making a string. */
function methodOf(bytes: Uint8Array, at: number, end: number): string {
  if (end - at === 3 && bytes[at] === 0x47 && bytes[at + 1] === 0x45) return "GET";
  if (end - at === 4 && bytes[at] === 0x50 && bytes[at + 1] === 0x4f && bytes[at + 2] === 0x53) {
    return "POST";
  }
  return text(bytes, at, end);
}

/** The host in an absolute target, or in that of CONNECT (RFC 9112 section 3.2); "" for a mere path. */
function targetHost(method: string, bytes: Uint8Array, at: number, end: number): string {
  if (bytes[at] === 0x2f) return "";
  if (method === "CONNECT") return hostName(bytes, at, end);
  for (let i = at; i + 3 < end && i < at + 8; i++) {
    if (bytes[i] !== 0x3a || bytes[i + 1] !== 0x2f || bytes[i + 2] !== 0x2f) continue;
    let stop = i + 3;
    while (stop < end && bytes[stop] !== 0x2f && bytes[stop] !== 0x3f) stop++;
    return hostName(bytes, i + 3, stop);
  }
  return "";
}
