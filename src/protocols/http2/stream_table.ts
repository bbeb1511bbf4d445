// Matches the requests of an HTTP/2 connection with their responses, by stream (RFC 9113 sections
// 5.1 and 8).

import { CLIENT, type Conversation, type Side, type Sink } from "../analyser.ts";
import type { HttpExchange } from "../transactions.ts";
import { type HeaderFields, hostOf, shown } from "./header_fields.ts";
import { malformed } from "./malformed.ts";

/**
 * Open streams that are kept of one connection; beyond it the oldest is reported as it is. Servers
 * usually allow 100 to 250.
 */
export const MAX_STREAMS = 1000;
/** Responses that were captured before their request: captures reorder a few packets. */
const MAX_EARLY = 64;
/** GOAWAYs of a connection that are looked at. */
const MAX_GOAWAYS = 8;
/** Bytes of memory that a stream takes, beside its texts. */
const STREAM_BYTES = 260;

interface Stream {
  readonly exchange: HttpExchange;
  answered: boolean;
  requestEnded: boolean;
  responseEnded: boolean;
}

export class StreamTable {
  /** "2" or "3". */
  readonly #version: string;
  /** Whether requests come in the order of their ids. */
  readonly #isOrdered: boolean;
  /** Those with a request, in the order of their ids. */
  readonly #open = new Map<number, Stream>();
  /** Those of which only a response was captured yet. */
  readonly #early = new Map<number, Stream>();
  /** The highest stream with a request. */
  #newest = 0;
  #goAways = 0;
  /** Bytes of memory, see MemoryUser. */
  held = 0;

  /** HTTP/3 has the same streams, but in any order: its caller sees to it that each asks once. */
  constructor(version: "2" | "3" = "2") {
    this.#version = version;
    this.#isOrdered = version === "2";
  }

  /** Takes a header block of the client: a request, or its trailers. `ends` ends the stream's side. */
  request(
    on: Conversation,
    id: number,
    fields: HeaderFields,
    ends: boolean,
    time: number,
  ): void {
    let stream = this.#open.get(id);
    if (stream === undefined) {
      if (this.#isOrdered && id <= this.#newest) return;
      if (id % 2 === 0) return malformed(on, "stream");
      this.#newest = Math.max(id, this.#newest);
      stream = this.#ask(on, id, fields, time);
      if (this.#isOrdered) this.#dropEarly();
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
    const stream = this.#early.get(id) ?? emptyStream(this.#version);
    if (!this.#early.delete(id)) this.held += STREAM_BYTES;
    if (this.#open.size >= MAX_STREAMS) this.#dropOldest(on);
    this.#open.set(id, stream);
    const before = textLength(stream.exchange);
    fillRequest(stream.exchange, fields, time, on.sink);
    this.held += textLength(stream.exchange) - before;
    on.sink.hit(on, "http", stream.exchange.host);
    return stream;
  }

  /** Takes a header block of the server: a response, an interim one, or trailers. */
  answer(
    on: Conversation,
    id: number,
    fields: HeaderFields,
    ends: boolean,
    time: number,
  ): void {
    const stream = this.#open.get(id) ?? this.#early.get(id) ?? this.#addEarly(id);
    if (stream === undefined) return;
    const status = statusCode(fields.status);
    // Interim responses, as 100 and 103: the final one follows (RFC 9110 section 15.2).
    if (status >= 100 && status < 200 && !ends) return;
    const { exchange } = stream;
    if (!stream.answered && status === 0) malformedBlock(on, fields);
    if (!stream.answered) exchange.responseTime = time;
    stream.answered = true;
    if (exchange.status === 0) exchange.status = status;
    const before = textLength(exchange);
    if (on.sink.detail) exchange.contentType ??= shown(fields.contentType);
    exchange.grpcStatus ??= shown(fields.grpcStatus);
    this.held += textLength(exchange) - before;
    exchange.responseEnd = on.time;
    if (ends) this.#answerEnded(on, id, stream);
  }

  /** Counts `length` bytes of a body; with `ends` they are the last ones. */
  body(on: Conversation, side: Side, id: number, length: number, ends: boolean): void {
    const stream = this.#open.get(id) ?? this.#early.get(id);
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

  /** RST_STREAM, from either side: no more of the stream will come. */
  reset(on: Conversation, id: number): void {
    const stream = this.#open.get(id) ?? this.#early.get(id);
    if (stream !== undefined) this.#report(on, id, stream);
  }

  /**
   * GOAWAY from the server: it will not answer on streams after `last`. Servers send one or two; looking
   * at all streams for each of many would cost too much.
   */
  goAway(on: Conversation, last: number): void {
    if (last >= this.#newest || ++this.#goAways > MAX_GOAWAYS) return;
    for (const [id, stream] of this.#open) {
      if (id > last) this.#report(on, id, stream);
    }
  }

  /** No more responses will come. */
  reportAll(on: Conversation): void {
    for (const [id, stream] of this.#open) this.#report(on, id, stream);
  }

  /** A stream for a response whose request may come later; none for pushed ones (section 8.4). */
  #addEarly(id: number): Stream | undefined {
    if (this.#isOrdered && id <= this.#newest) return undefined;
    if (id % 2 === 0 || this.#early.size >= MAX_EARLY) return undefined;
    const stream = emptyStream(this.#version);
    this.#early.set(id, stream);
    this.held += STREAM_BYTES;
    return stream;
  }

  #dropOldest(on: Conversation): void {
    const [oldest, stream] = this.#open.entries().next().value!;
    on.sink.evicted("http2");
    this.#report(on, oldest, stream);
  }

  /** Clients use streams in order (section 5.1.1): older requests that have not come were lost. */
  #dropEarly(): void {
    for (const [id, stream] of this.#early) {
      if (id > this.#newest) continue;
      this.#early.delete(id);
      this.#release(stream);
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
    this.#release(stream);
    if (this.#open.delete(id)) on.sink.http(on, stream.exchange);
    else this.#early.delete(id);
  }

  #release({ exchange }: Stream): void {
    this.held -= STREAM_BYTES + textLength(exchange);
  }
}

/** Reports why a header block lacks what it has to have. */
function malformedBlock(on: Conversation, fields: HeaderFields): void {
  if (!fields.unreadable) malformed(on, fields.unknown ? "unknown-table" : "pseudo-header");
}

const emptyStream = (version: string): Stream => ({
  exchange: emptyExchange(version),
  answered: false,
  requestEnded: false,
  responseEnded: false,
});

/** Of the texts that a request and its response bring. */
const textLength = (exchange: HttpExchange): number =>
  exchange.host.length + exchange.target.length + exchange.method.length +
  (exchange.userAgent?.length ?? 0) + (exchange.contentType?.length ?? 0) +
  (exchange.grpcStatus?.length ?? 0);

const emptyExchange = (version: string): HttpExchange => ({
  version,
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

/** 0 if it is not three digits. */
const statusCode = (status: string | null): number =>
  status !== null && /^\d{3}$/.test(status) ? Number(status) : 0;
