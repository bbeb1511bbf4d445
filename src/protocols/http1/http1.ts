// HTTP/1.0 and 1.1: requests and their responses, in order, with bodies counted and passed over.
// RFC 9112. After lost bytes a side waits for the next start line at the beginning of a segment.

import { sequenceDistance } from "../../bytes.ts";
import {
  CLIENT,
  type Conversation,
  DONE,
  HAND_OVER,
  NEED_MORE,
  SERVER,
  type Side,
  type StreamAnalyser,
} from "../analyser.ts";
import {
  chunkSize,
  Field,
  fieldOf,
  fieldValue,
  isIdle,
  lineEnd,
  lineFeed,
  looksLikeRequest,
  looksLikeResponse,
  MAX_LINE,
  mayBecomeRequestLine,
  mayBecomeStatusLine,
  parseRequestLine,
  parseStatusLine,
  requestLine,
  skipLineBreaks,
} from "./syntax.ts";
import { Exchanges, type Request } from "./exchanges.ts";
import { Reading, State } from "./reading.ts";
import { hostName, text } from "../name.ts";
import { looksLikeClientHello } from "../tls/tls.ts";
import type { HttpExchange } from "../transactions.ts";

export { looksLikeRequest, looksLikeResponse };

export class Http1 implements StreamAnalyser {
  readonly #client = new Reading();
  readonly #server = new Reading();
  /** The request whose head is being read. */
  #request: HttpExchange | null = null;
  #hasHost = false;
  readonly #exchanges = new Exchanges((on) => this.#client.counted(on, CLIENT));
  /** What the next bytes are told: that they are of another protocol, or of no interest. */
  #leaving: typeof HAND_OVER | typeof DONE | null = null;

  /** Whether it is as if it had never been used: between messages, with all requests answered. */
  get isIdle(): boolean {
    return this.#client.isIdle && this.#server.isIdle && this.#leaving === null &&
      this.#request === null && this.#exchanges.isIdle;
  }

  data(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): number {
    if (this.#leaving !== null) return this.#leaving;
    const reading = side === CLIENT ? this.#client : this.#server;
    if (reading.state === State.TUNNEL) return this.#tunnelled(on, side, bytes, at, end);
    if (reading.state === State.ANSWERED_BODY) {
      const passed = reading.passAnsweredBody(bytes, at, end);
      if (passed > 0) return passed;
    }
    if (reading.state === State.LOST) {
      const found = side === CLIENT
        ? looksLikeRequest(bytes, at, end)
        : looksLikeResponse(bytes, at, end);
      if (found === NEED_MORE) return NEED_MORE;
      if (found < 0) return end - at;
      on.sink.resynchronised("http1");
      reading.next(State.START_LINE);
    }
    return this.#lines(on, side, reading, bytes, at, end);
  }

  /** Reads line after line until a body begins or bytes run out. */
  #lines(
    on: Conversation,
    side: Side,
    reading: Reading,
    bytes: Uint8Array,
    at: number,
    end: number,
  ): number {
    const sequence = on.sequence(side);
    let cursor = at;
    do {
      if (!reading.begun && reading.state === State.START_LINE) {
        cursor = skipLineBreaks(bytes, cursor, end);
        if (cursor === end) break;
        reading.begin(on, (sequence + cursor - at) | 0);
      }
      const feed = lineFeed(bytes, cursor + reading.searched, end);
      if (feed < 0) {
        if (reading.searched === 0 && !mayBegin(side, reading, bytes, cursor, end)) {
          this.#broken(on, side, side === CLIENT ? "request-line" : "status-line");
          return end - at;
        }
        reading.searched = end - cursor;
        if (reading.searched <= MAX_LINE) break;
        this.#lose(on, side);
        return end - at;
      }
      reading.searched = 0;
      if (reading.state === State.FIELDS && isIdle(bytes[cursor]!)) {
        reading.lastField = Field.OTHER;
        cursor = feed + 1;
        continue;
      }
      reading.sequence = (sequence + feed + 1 - at) | 0;
      this.#line(on, side, reading, bytes, cursor, lineEnd(bytes, cursor, feed));
      cursor = feed + 1;
      // Lost: what is left of this segment can't be told apart.
      if (reading.state === State.LOST) return end - at;
    } while (cursor < end && reading.isInLines && this.#leaving === null);
    return cursor - at;
  }

  #line(
    on: Conversation,
    side: Side,
    reading: Reading,
    bytes: Uint8Array,
    at: number,
    end: number,
  ): void {
    switch (reading.state) {
      case State.START_LINE:
        if (side === CLIENT) this.#requestLine(on, reading, bytes, at, end);
        else this.#statusLine(on, reading, bytes, at, end);
        break;
      case State.FIELDS:
        if (at === end) this.#headDone(on, side, reading);
        else this.#field(on, side, reading, bytes, at, end);
        break;
      case State.CHUNK_SIZE:
        this.#chunk(on, side, reading, chunkSize(bytes, at, end));
        break;
      case State.CHUNK_END:
        if (at === end) reading.state = State.CHUNK_SIZE;
        else this.#broken(on, side, "chunk");
        break;
      case State.TRAILERS:
        if (at === end) this.#messageDone(on, side, reading);
        break;
    }
  }

  #requestLine(
    on: Conversation,
    reading: Reading,
    bytes: Uint8Array,
    at: number,
    end: number,
  ): void {
    if (!parseRequestLine(bytes, at, end)) return this.#broken(on, CLIENT, "request-line");
    const { methodEnd, targetAt, targetEnd, minor } = requestLine;
    const method = methodOf(bytes, at, methodEnd);
    this.#hasHost = false;
    this.#request = {
      version: minor === 0 ? "1.0" : "1.1",
      method,
      host: targetHost(method, bytes, targetAt, targetEnd),
      target: on.sink.targets ? text(bytes, targetAt, targetEnd) : "",
      status: 0,
      requestBytes: 0,
      responseBytes: 0,
      requestTime: reading.startTime,
      responseTime: 0,
      responseEnd: 0,
      contentType: null,
      userAgent: null,
      grpcStatus: null,
    };
    reading.state = State.FIELDS;
  }

  #statusLine(
    on: Conversation,
    reading: Reading,
    bytes: Uint8Array,
    at: number,
    end: number,
  ): void {
    const status = parseStatusLine(bytes, at, end);
    if (status === 0) return this.#broken(on, SERVER, "status-line");
    this.#exchanges.answer(on, {
      status,
      startSequence: reading.startSequence,
      startTime: reading.startTime,
      endTime: 0,
      bodyBytes: 0,
      contentType: null,
      upgrade: "",
    });
    reading.state = State.FIELDS;
  }

  #field(
    on: Conversation,
    side: Side,
    reading: Reading,
    bytes: Uint8Array,
    at: number,
    end: number,
  ): void {
    let field = fieldOf(bytes, at, end);
    if (field === Field.FOLDED) field = reading.lastField;
    reading.lastField = field;
    const { at: from, end: to } = fieldValue;
    switch (field) {
      case Field.OTHER:
        break;
      case Field.CONTENT_LENGTH:
      case Field.TRANSFER_ENCODING:
        reading.lengthField(field, bytes, from, to);
        break;
      default:
        if (side === CLIENT) this.#requestField(on, field, bytes, from, to);
        else this.#responseField(on, field, bytes, from, to);
    }
  }

  #requestField(on: Conversation, field: Field, bytes: Uint8Array, at: number, end: number): void {
    const request = this.#request!;
    if (field === Field.HOST && !this.#hasHost && end > at) {
      request.host = hostName(bytes, at, end);
      this.#hasHost = true;
    }
    if (field === Field.USER_AGENT && on.sink.detail) request.userAgent = text(bytes, at, end);
  }

  #responseField(on: Conversation, field: Field, bytes: Uint8Array, at: number, end: number): void {
    const response = this.#exchanges.response!;
    if (field === Field.UPGRADE) response.upgrade = text(bytes, at, end).toLowerCase();
    if (field === Field.CONTENT_TYPE && on.sink.detail) {
      response.contentType = text(bytes, at, end);
    }
  }

  #headDone(on: Conversation, side: Side, reading: Reading): void {
    if (side === CLIENT) this.#requestHeadDone(on, reading);
    else this.#responseHeadDone(on, reading);
  }

  #requestHeadDone(on: Conversation, reading: Reading): void {
    const exchange = this.#request!;
    const request = this.#exchanges.ask(on, exchange, reading.startAcknowledged);
    this.#request = null;
    on.sink.hit(on, "http", exchange.host);
    if (exchange.method === "CONNECT") {
      request.bodyDone = true;
      reading.next(State.TUNNEL);
    } else if (reading.chunked) reading.state = State.CHUNK_SIZE;
    else if (reading.lengthBroken) {
      request.bodyDone = true;
      reading.next(State.LOST);
    } else this.#body(on, CLIENT, reading, Math.max(0, reading.contentLength));
    this.#endUntilClose(on, request);
    const early = this.#exchanges.matchEarly(on, request);
    if (early?.status === 101) this.#leaving = leaving(early.upgrade);
  }

  /**
   * A client that asks again has had its answer, whatever that answer said: a body that would last as
   * long as the connection is at its end, and the next answer is looked for.
   */
  #endUntilClose(on: Conversation, { received }: Request): void {
    const server = this.#server;
    if (!server.isUntilClose || received === null || this.#exchanges.answered === null) return;
    if (sequenceDistance(received, server.bodySequence) < 0) return;
    on.skip(SERVER, 0);
    this.#lose(on, SERVER);
  }

  #responseHeadDone(on: Conversation, reading: Reading): void {
    const { status, upgrade } = this.#exchanges.response!;
    const method = this.#exchanges.answered?.exchange.method;
    if (status === 101) return this.#switched(on, upgrade);
    if (status >= 100 && status < 200) {
      this.#exchanges.forgetInterim();
      return reading.next(State.START_LINE);
    }
    if (method === "CONNECT") {
      if (status >= 200 && status < 300) return this.#upgraded(on, "");
      this.#client.next(State.START_LINE);
    }
    if (method === "HEAD" || status === 204 || status === 304) {
      this.#messageDone(on, SERVER, reading);
    } else if (reading.chunked) reading.state = State.CHUNK_SIZE;
    else {
      const { contentLength } = reading;
      this.#body(on, SERVER, reading, contentLength < 0 ? Infinity : contentLength);
    }
  }

  /** The request, which comes late where captures reorder, is read before the connection is left. */
  #switched(on: Conversation, protocol: string): void {
    if (this.#exchanges.answered !== null || this.#client.state === State.LOST) {
      return this.#upgraded(on, protocol);
    }
    this.#messageDone(on, SERVER, this.#server);
    this.#server.state = State.TUNNEL;
  }

  /** From here on the connection speaks something else. */
  #upgraded(on: Conversation, protocol: string): void {
    this.#messageDone(on, SERVER, this.#server);
    this.#leaving = leaving(protocol);
    this.ended(on);
  }

  /**
   * What follows CONNECT waits for the answer. A client that begins TLS after something came from the
   * server has had it, though it was not captured.
   */
  #tunnelled(
    on: Conversation,
    side: Side,
    bytes: Uint8Array,
    at: number,
    end: number,
  ): typeof NEED_MORE | typeof HAND_OVER {
    const received = this.#exchanges.last?.received ?? null;
    if (side !== CLIENT || received === null || on.acknowledged === null) return NEED_MORE;
    if (sequenceDistance(on.acknowledged, received) <= 0) return NEED_MORE;
    if (looksLikeClientHello(bytes, at, end) !== 1) return NEED_MORE;
    this.#leaving = HAND_OVER;
    this.ended(on);
    return HAND_OVER;
  }

  #body(on: Conversation, side: Side, reading: Reading, length: number): void {
    reading.bodySequence = reading.sequence;
    if (length === 0) return this.#messageDone(on, side, reading);
    reading.state = State.BODY;
    on.skip(side, length);
  }

  #chunk(on: Conversation, side: Side, reading: Reading, size: number): void {
    if (size < 0) return this.#broken(on, side, "chunk");
    if (size === 0) {
      reading.state = State.TRAILERS;
      return;
    }
    reading.bodyBytes += size;
    reading.state = State.CHUNK_DATA;
    on.skip(side, size);
  }

  skipped(on: Conversation, side: Side): void {
    const reading = side === CLIENT ? this.#client : this.#server;
    if (reading.state === State.CHUNK_DATA) reading.state = State.CHUNK_END;
    else if (reading.state === State.BODY) {
      reading.bodyBytes = reading.contentLength;
      this.#messageDone(on, side, reading);
    }
  }

  #messageDone(on: Conversation, side: Side, reading: Reading): void {
    const bytes = reading.counted(on, side);
    reading.next(State.START_LINE);
    if (side === SERVER) return this.#responseDone(on, bytes);
    this.#requestBodyDone(bytes);
  }

  #requestBodyDone(bytes: number): void {
    const request = this.#exchanges.last;
    if (request === undefined || request.bodyDone) return;
    request.exchange.requestBytes = bytes;
    request.bodyDone = true;
  }

  #responseDone(on: Conversation, bytes: number): void {
    const request = this.#exchanges.done(on, bytes);
    if (request !== null && !request.bodyDone) this.#bodyAnswered(on, request);
  }

  /**
   * A client that has its answer need not send the rest of the body (RFC 9110 section 10.1.1 says so
   * of Expect): its next request is looked for in what comes.
   */
  #bodyAnswered(on: Conversation, request: Request): void {
    const client = this.#client;
    if (client.state !== State.BODY || !this.#exchanges.areAllAnswered) return;
    request.bodyDone = true;
    client.bodyLeft = on.skipLeft(CLIENT);
    client.next(State.ANSWERED_BODY);
    on.skip(CLIENT, 0);
  }

  gap(on: Conversation, side: Side): void {
    this.#lose(on, side);
  }

  #broken(on: Conversation, side: Side, reason: string): void {
    on.sink.malformed("http", reason);
    this.#lose(on, side);
  }

  /** Reports what is known of the message at hand, and waits for the next. */
  #lose(on: Conversation, side: Side): void {
    const reading = side === CLIENT ? this.#client : this.#server;
    if (side === SERVER) this.#responseDone(on, reading.counted(on, side));
    else this.#requestBroken(on, reading);
    reading.next(State.LOST);
  }

  /** A head that breaks off counts where its host is known. */
  #requestBroken(on: Conversation, reading: Reading): void {
    this.#requestBodyDone(reading.counted(on, CLIENT));
    if (this.#request !== null && this.#hasHost) {
      reading.contentLength = -1;
      reading.chunked = false;
      this.#requestHeadDone(on, reading);
    }
    this.#request = null;
  }

  finished(on: Conversation, side: Side): void {
    const reading = side === CLIENT ? this.#client : this.#server;
    if (reading.state !== State.TUNNEL) this.#lose(on, side);
  }

  ended(on: Conversation): void {
    this.#requestBroken(on, this.#client);
    this.#responseDone(on, this.#server.counted(on, SERVER));
    this.#exchanges.end(on);
  }
}

/** WebSocket's frames are of no interest; another protocol may be. */
const leaving = (protocol: string): typeof DONE | typeof HAND_OVER =>
  protocol === "websocket" ? DONE : HAND_OVER;

/** Whether the beginning of a line may be a start line's, where one is due. */
function mayBegin(
  side: Side,
  reading: Reading,
  bytes: Uint8Array,
  at: number,
  end: number,
): boolean {
  if (reading.state !== State.START_LINE) return true;
  return side === CLIENT
    ? mayBecomeRequestLine(bytes, at, end)
    : mayBecomeStatusLine(bytes, at, end);
}

/** The commonest methods without making a string. */
function methodOf(bytes: Uint8Array, at: number, end: number): string {
  if (end - at === 3 && bytes[at] === 0x47 && bytes[at + 1] === 0x45) return "GET";
  if (end - at === 4 && bytes[at] === 0x50 && bytes[at + 1] === 0x4f && bytes[at + 2] === 0x53) {
    return "POST";
  }
  return text(bytes, at, end);
}

/** The authority of an absolute target, or of CONNECT (RFC 9112 section 3.2): it names a host too. */
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
