// The head of an HTTP/1 request: method, target, host and what events show of it. RFC 9112 section 3.

import { hostName, text } from "../name.ts";
import type { HttpExchange } from "../transactions.ts";
import type { Sink } from "../analyser.ts";
import { parseBareRequestLine, parseRequestLine, requestLine } from "./start_lines.ts";
import { Field, isToken } from "./syntax.ts";

/** More bytes than the name of any scheme that requests have. */
const SCHEME_LENGTH = 16;
const SLASH = 0x2f;
const COLON = 0x3a;
const QUESTION_MARK = 0x3f;

/** That of requests without one. */
const BARE_VERSION = "0.9";

/** Reads one request's head after the other. */
export class RequestHead {
  #exchange: HttpExchange | null = null;
  /** Whether a Host, or an absolute target, has named the host. */
  #hasHost = false;

  /** Whether a request line was read, and `take` has not been called since. */
  get isOpen(): boolean {
    return this.#exchange !== null;
  }

  /** Whether a request line and the host were read, so that the request counts even if it breaks off. */
  get hasHost(): boolean {
    return this.#exchange !== null && this.#hasHost;
  }

  /** Whether it is a request: without a version it is one only if it has a Host. */
  get isValid(): boolean {
    return this.#hasHost || this.#exchange?.version !== BARE_VERSION;
  }

  /** Reads the request line `bytes[at..end)`. False if it is none. `time` is that of its first byte. */
  begin(sink: Sink, time: number, bytes: Uint8Array, at: number, end: number): boolean {
    const isLine = parseRequestLine(bytes, at, end) || parseBareRequestLine(bytes, at, end);
    if (!isLine) return false;
    const { methodEnd, targetAt, targetEnd, minor } = requestLine;
    const method = methodOf(bytes, at, methodEnd);
    const host = targetHost(method, bytes, targetAt, targetEnd);
    this.#hasHost = host !== "";
    this.#exchange = {
      version: minor < 0 ? BARE_VERSION : minor === 0 ? "1.0" : "1.1",
      method,
      host,
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

  /**
   * Takes the value of a header field, `bytes[at..end)`. The first Host counts, unless the target names
   * another (RFC 9112 sections 3.2.2 and 3.2.3).
   */
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
  if (bytes[at] === SLASH) return "";
  if (method === "CONNECT") return hostName(bytes, at, end);
  const authority = authorityAt(bytes, at, end);
  if (authority < 0) return "";
  let stop = authority;
  while (stop < end && bytes[stop] !== SLASH && bytes[stop] !== QUESTION_MARK) stop++;
  return hostName(bytes, authority, stop);
}

/** Where the authority of `scheme://authority` is; -1 if the target is none. */
function authorityAt(bytes: Uint8Array, at: number, end: number): number {
  let colon = at;
  while (colon < end && colon < at + SCHEME_LENGTH && isToken(bytes[colon]!)) colon++;
  const isAbsolute = colon > at && bytes[colon] === COLON && bytes[colon + 1] === SLASH &&
    bytes[colon + 2] === SLASH && colon + 3 <= end;
  return isAbsolute ? colon + 3 : -1;
}
