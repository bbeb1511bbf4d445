// Requests of an HTTP/2 connection and their answers, by stream (RFC 9113 sections 5.1 and 8).

import { CLIENT, type Conversation, type Side, type Sink } from "../analyser.ts";
import type { FieldReceiver } from "./hpack.ts";
import { cutNames, hostName, text } from "../name.ts";
import type { HttpExchange } from "../transactions.ts";

/** Streams kept open on one connection; servers commonly allow 100 to 250. The oldest has to go. */
export const MAX_STREAMS = 1000;
/** Bytes kept of a field that is only shown. */
const MAX_TEXT = 8192;

/** What `malformed("http2", ...)` says. */
type Reason =
  /** The request's names, or the answer's status, refer to header fields that were not captured. */
  | "unknown-table"
  /** A request without a method, or an answer without a status. */
  | "pseudo-header"
  /** A request on a stream of the server's, or of none. */
  | "stream";

/** The fields of one header block that matter, as byte strings; the first of each name counts. */
export class HeaderFields implements FieldReceiver {
  method: string | null = null;
  authority: string | null = null;
  path: string | null = null;
  host: string | null = null;
  status: string | null = null;
  contentType: string | null = null;
  userAgent: string | null = null;
  grpcStatus: string | null = null;
  /** Whether there are fields that cannot be known. */
  unknown = false;
  /** Whether the block could not be read, for a reason that has been counted. */
  unreadable = false;

  reset(unreadable: boolean): void {
    this.method =
      this.authority =
      this.path =
      this.host =
      this.status =
        null;
    this.contentType = this.userAgent = this.grpcStatus = null;
    this.unknown = false;
    this.unreadable = unreadable;
  }

  field(name: string | null, value: string | null): void {
    switch (name) {
      case null:
        this.unknown = true;
        break;
      case ":method":
        this.method ??= value;
        break;
      case ":authority":
        this.authority ??= value;
        break;
      case ":path":
        this.path ??= value;
        break;
      case "host":
        this.host ??= value;
        break;
      case ":status":
        this.status ??= value;
        break;
      case "content-type":
        this.contentType ??= value;
        break;
      case "user-agent":
        this.userAgent ??= value;
        break;
      case "grpc-status":
        this.grpcStatus ??= value;
        break;
    }
  }

  /** Whether method, host and target of a request are what the client sent; CONNECT has no target. */
  get isRequest(): boolean {
    if (this.method === null) return false;
    if (!this.unknown) return true;
    return this.authority !== null && (this.path !== null || this.method === "CONNECT");
  }
}

interface Stream {
  readonly exchange: HttpExchange;
  /** Whether its request was seen; captures may show an answer before its request. */
  asked: boolean;
  answered: boolean;
  requestEnded: boolean;
  responseEnded: boolean;
}

export class Http2Streams {
  readonly #open = new Map<number, Stream>();
  /** The highest stream on which the client asked. */
  #newest = 0;
  /** How many of the open ones are not asked yet. */
  #unasked = 0;

  /** A header block of the client's: a request, or the trailers of one. */
  request(
    on: Conversation,
    id: number,
    fields: HeaderFields,
    ends: boolean,
    time: number,
  ): void {
    let stream = this.#open.get(id);
    if (stream === undefined || !stream.asked) {
      if (id <= this.#newest) return;
      if (id % 2 === 0) return malformed(on, "stream");
      this.#newest = id;
      stream = this.#ask(on, id, fields, time);
      this.#dropUnasked();
    }
    if (stream === undefined || !ends) return;
    stream.requestEnded = true;
    this.#reportIfDone(on, id, stream);
  }

  #ask(
    on: Conversation,
    id: number,
    fields: HeaderFields,
    time: number,
  ): Stream | undefined {
    if (!fields.isRequest) {
      malformedBlock(on, fields);
      return undefined;
    }
    const stream = this.#open.get(id) ?? this.#add(on, id);
    if (!stream.asked) this.#unasked--;
    stream.asked = true;
    fillRequest(stream.exchange, fields, time, on.sink);
    on.sink.hit(on, "http", stream.exchange.host);
    return stream;
  }

  /** A header block of the server's: an answer, an interim one, or trailers. */
  answer(
    on: Conversation,
    id: number,
    fields: HeaderFields,
    ends: boolean,
    time: number,
  ): void {
    const stream = this.#open.get(id) ?? this.#early(on, id);
    if (stream === undefined) return;
    const status = statusCode(fields.status);
    // 100 and 103 announce the answer, they are not it (RFC 9110 section 15.2).
    if (status >= 100 && status < 200 && !ends) return;
    const { exchange } = stream;
    if (!stream.answered && status === 0) malformedBlock(on, fields);
    if (!stream.answered) exchange.responseTime = time;
    stream.answered = true;
    if (exchange.status === 0) exchange.status = status;
    if (on.sink.detail) exchange.contentType ??= shown(fields.contentType);
    exchange.grpcStatus ??= shown(fields.grpcStatus);
    exchange.responseEnd = on.time;
    if (ends) this.#answerEnded(on, id, stream);
  }

  /** `length` bytes of a body came, and with `ends` all of it. */
  body(on: Conversation, side: Side, id: number, length: number, ends: boolean): void {
    const stream = this.#open.get(id);
    if (stream === undefined) return;
    if (side === CLIENT) {
      stream.exchange.requestBytes += length;
      if (!ends) return;
      stream.requestEnded = true;
      return this.#reportIfDone(on, id, stream);
    }
    stream.exchange.responseBytes += length;
    stream.exchange.responseEnd = on.time;
    if (ends) this.#answerEnded(on, id, stream);
  }

  /** RST_STREAM, from either side: there will be no more of it. */
  reset(on: Conversation, id: number): void {
    const stream = this.#open.get(id);
    if (stream !== undefined) this.#report(on, id, stream);
  }

  /** GOAWAY from the server: it has not looked at streams after `last`, and will not. */
  goAway(on: Conversation, last: number): void {
    for (const [id, stream] of this.#open) {
      if (id > last) this.#report(on, id, stream);
    }
  }

  /** There will be no more answers. */
  reportAll(on: Conversation): void {
    for (const [id, stream] of this.#open) this.#report(on, id, stream);
  }

  /** A stream for an answer whose request may yet come. Pushed answers nobody asked for (8.4). */
  #early(on: Conversation, id: number): Stream | undefined {
    return id > this.#newest && id % 2 === 1 ? this.#add(on, id) : undefined;
  }

  #add(on: Conversation, id: number): Stream {
    if (this.#open.size >= MAX_STREAMS) {
      const [oldest, stream] = this.#open.entries().next().value!;
      this.#report(on, oldest, stream);
    }
    const stream: Stream = {
      exchange: emptyExchange(),
      asked: false,
      answered: false,
      requestEnded: false,
      responseEnded: false,
    };
    this.#unasked++;
    this.#open.set(id, stream);
    return stream;
  }

  /** Clients use streams in order (section 5.1.1): requests before the newest were missed. */
  #dropUnasked(): void {
    if (this.#unasked === 0) return;
    for (const [id, stream] of this.#open) {
      if (stream.asked || id > this.#newest) continue;
      this.#open.delete(id);
      this.#unasked--;
    }
  }

  #answerEnded(on: Conversation, id: number, stream: Stream): void {
    stream.responseEnded = true;
    this.#reportIfDone(on, id, stream);
  }

  #reportIfDone(on: Conversation, id: number, stream: Stream): void {
    if (stream.requestEnded && stream.responseEnded) this.#report(on, id, stream);
  }

  #report(on: Conversation, id: number, stream: Stream): void {
    this.#open.delete(id);
    if (stream.asked) on.sink.http(on, stream.exchange);
    else this.#unasked--;
  }
}

/** What a header block should say and does not. */
function malformedBlock(on: Conversation, fields: HeaderFields): void {
  if (!fields.unreadable) malformed(on, fields.unknown ? "unknown-table" : "pseudo-header");
}

function malformed(on: Conversation, reason: Reason): void {
  on.sink.malformed("http2", reason);
}

const emptyExchange = (): HttpExchange => ({
  version: "2",
  method: "",
  host: "",
  target: "",
  status: 0,
  requestBytes: 0,
  responseBytes: 0,
  requestTime: 0,
  responseTime: 0,
  responseEnd: 0,
  contentType: null,
  userAgent: null,
  grpcStatus: null,
});

function fillRequest(
  exchange: HttpExchange,
  fields: HeaderFields,
  time: number,
  sink: Sink,
): void {
  exchange.method = shown(fields.method) ?? "";
  exchange.host = hostOf(fields.authority ?? fields.host ?? "");
  exchange.requestTime = time;
  if (sink.targets) exchange.target = shown(fields.path) ?? "";
  if (sink.detail) exchange.userAgent = shown(fields.userAgent);
}

/** 0 for what is not three digits. */
const statusCode = (status: string | null): number =>
  status !== null && /^\d{3}$/.test(status) ? Number(status) : 0;

/** Authorities repeat, as the same string where they are from a table. */
let lastAuthority = "";
let lastHost = "";

function hostOf(authority: string): string {
  if (authority === lastAuthority) return lastHost;
  const cut = cutNames();
  const host = hostName(bytesOf(authority), 0, authority.length);
  // A name that was cut is counted each time.
  if (cutNames() !== cut) return host;
  lastAuthority = authority;
  return lastHost = host;
}

/** Bytes as text, cut where they are far longer than anything sensible. */
function shown(bytes: string | null): string | null {
  if (bytes === null) return null;
  const part = bytes.length > MAX_TEXT ? bytes.slice(0, MAX_TEXT) : bytes;
  return isAscii(part) ? part : text(bytesOf(part), 0, part.length);
}

// deno-lint-ignore no-control-regex
const isAscii = (bytes: string): boolean => /^[\x00-\x7f]*$/.test(bytes);

const bytesOf = (bytes: string): Uint8Array =>
  Uint8Array.from(bytes, (character) => character.charCodeAt(0));
