// HTTP/1.0 and 1.1: requests and their responses, in order; bodies are counted and skipped. RFC 9112.
// After a gap, a side searches for the next start line at the beginning of a segment.

import { sequenceDistance } from "../../bytes.ts";
import {
  CLIENT,
  type Conversation,
  DONE,
  HAND_OVER,
  NEED_MORE,
  SERVER,
  type Side,
} from "../analyser.ts";
import { looksLikeClientHello } from "../tls/tls.ts";
import { Exchanges } from "./exchanges.ts";
import { MessagePart, MessageReader, Unfinished } from "./message_reader.ts";
import { RequestHead } from "./request_head.ts";
import { isInterim, MIN_MESSAGE, type PendingRequest } from "./seen_messages.ts";
import { parseStatusLine } from "./start_lines.ts";
import {
  chunkSize,
  Field,
  fieldOf,
  fieldValue,
  lineEnd,
  lineFeed,
  skipLineBreaks,
} from "./syntax.ts";
import type { TakingTurns } from "./taking_turns.ts";

/** Bytes of memory that a parser takes, with the head that it reads. */
const PARSER_BYTES = 1600;

/** Reads as a StreamAnalyser does; Http1Connection is the one that flows know. */
export class Http1 {
  readonly #client = new MessageReader(CLIENT);
  readonly #server = new MessageReader(SERVER);
  readonly #request = new RequestHead();
  readonly #exchanges = new Exchanges(this.#client, this.#server);
  /** The protocol after CONNECT or an upgrade, "" for any; null before. */
  next: string | null = null;

  get pairing(): TakingTurns {
    return this.#exchanges.pairing;
  }

  /** Whether it is like new: between messages, with all requests answered. */
  get isIdle(): boolean {
    return this.#exchanges.isIdle && this.#client.isIdle && this.#server.isIdle &&
      this.next === null && !this.#request.isOpen;
  }

  get longest(): number {
    return this.#client.longest;
  }

  get held(): number {
    return PARSER_BYTES + this.#exchanges.held;
  }

  #reader(side: Side): MessageReader {
    return side === CLIENT ? this.#client : this.#server;
  }

  data(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): number {
    // Nothing is read of WebSocket's frames; any other protocol may be one that is known.
    if (this.next !== null) return this.next === "websocket" ? DONE : HAND_OVER;
    const reader = this.#reader(side);
    reader.lastTime = on.time;
    if (reader.part === MessagePart.TUNNEL) return this.#tunnelled(on, side, bytes, at, end);
    if (reader.part === MessagePart.ANSWERED_BODY) {
      const passed = reader.passAnsweredBody(bytes, at, end);
      if (passed > 0) return passed;
    }
    if (reader.part === MessagePart.LOST) {
      const found = reader.mayBegin(bytes, at, end);
      if (found === NEED_MORE) return NEED_MORE;
      if (found < 0) return end - at;
      on.sink.resynchronised("http1");
      reader.next(MessagePart.START_LINE);
    }
    return this.#lines(on, side, reader, bytes, at, end);
  }

  /** Reads line after line until a body begins or the bytes end. Returns how many it has read. */
  #lines(
    on: Conversation,
    side: Side,
    reader: MessageReader,
    bytes: Uint8Array,
    at: number,
    end: number,
  ): number {
    const sequence = on.sequence(side);
    let cursor = at;
    do {
      if (!reader.begun && reader.part === MessagePart.START_LINE) {
        cursor = skipLineBreaks(bytes, cursor, end);
        if (cursor === end) break;
        reader.begin(on, (sequence + cursor - at) | 0);
      }
      const feed = lineFeed(bytes, cursor + reader.searched, end);
      if (feed < 0) {
        const unfinished = reader.unfinishedLine(on.sink, bytes, cursor, end);
        if (unfinished === Unfinished.WAIT) break;
        if (unfinished === Unfinished.WRONG) this.#malformed(on, side, reader.lineName);
        return end - at;
      }
      reader.searched = 0;
      if (reader.isPassed(bytes[cursor]!)) {
        cursor = feed + 1;
        continue;
      }
      reader.sequence = (sequence + feed + 1 - at) | 0;
      this.#line(on, side, reader, bytes, cursor, lineEnd(bytes, cursor, feed));
      cursor = feed + 1;
      // After an error, the rest of this segment cannot be understood.
      if (reader.part === MessagePart.LOST) return end - at;
    } while (cursor < end && reader.isInLines && this.next === null);
    return cursor - at;
  }

  #line(
    on: Conversation,
    side: Side,
    reader: MessageReader,
    bytes: Uint8Array,
    at: number,
    end: number,
  ): void {
    switch (reader.part) {
      case MessagePart.START_LINE:
        this.#startLine(on, side, reader, bytes, at, end);
        break;
      case MessagePart.FIELDS:
        if (at < end) this.#field(on, side, reader, bytes, at, end);
        else if (side === CLIENT) this.#requestHeadDone(on, reader);
        else this.#responseHeadDone(on, reader);
        break;
      case MessagePart.CHUNK_SIZE:
        this.#chunk(on, side, reader, chunkSize(bytes, at, end));
        break;
      case MessagePart.CHUNK_END:
        if (at === end) reader.part = MessagePart.CHUNK_SIZE;
        else this.#malformed(on, side, "chunk");
        break;
      case MessagePart.TRAILERS:
        if (at === end) this.#messageDone(on, side, reader);
        break;
    }
  }

  #startLine(
    on: Conversation,
    side: Side,
    reader: MessageReader,
    bytes: Uint8Array,
    at: number,
    end: number,
  ): void {
    if (side === CLIENT) {
      const isRequest = this.#request.begin(on.sink, reader.startTime, bytes, at, end);
      if (!isRequest) return this.#malformed(on, CLIENT, reader.lineName);
    } else {
      const status = parseStatusLine(bytes, at, end);
      if (status === 0) return this.#malformed(on, SERVER, reader.lineName);
      this.#exchanges.beginResponse(on, status, reader);
    }
    reader.part = MessagePart.FIELDS;
  }

  #field(
    on: Conversation,
    side: Side,
    reader: MessageReader,
    bytes: Uint8Array,
    at: number,
    end: number,
  ): void {
    let field = fieldOf(bytes, at, end);
    if (field === Field.FOLDED) field = reader.lastField;
    reader.lastField = field;
    const { at: from, end: to } = fieldValue;
    switch (field) {
      case Field.OTHER:
        break;
      case Field.CONTENT_LENGTH:
      case Field.TRANSFER_ENCODING:
        reader.lengthField(field, bytes, from, to);
        break;
      default:
        if (side === CLIENT) this.#request.field(on.sink, field, bytes, from, to);
        else this.#exchanges.responseField(on.sink, field, bytes, from, to);
    }
  }

  #requestHeadDone(on: Conversation, reader: MessageReader): void {
    if (!this.#request.isValid) return this.#malformed(on, CLIENT, "request-line");
    const exchange = this.#request.take();
    const request = this.#exchanges.addRequest(on, exchange, reader);
    on.sink.hit(on, "http", exchange.host);
    if (exchange.method === "CONNECT") {
      request.bodyDone = true;
      reader.next(MessagePart.TUNNEL);
    } else if (reader.chunked) reader.part = MessagePart.CHUNK_SIZE;
    else if (reader.lengthBroken) {
      request.bodyDone = true;
      reader.next(MessagePart.LOST);
      this.pairing.requestsLost(on, reader.sequence, false);
    } else this.#body(on, CLIENT, reader, Math.max(0, reader.contentLength));
    this.#endUntilClose(on, request);
    const early = this.pairing.matchEarly(on);
    if (early?.status === 101) this.next = early.upgrade;
  }

  /**
   * A client that sends another request has received the response before it. If that response's body
   * seemed to last until the connection ends, it is over all the same: searches for the next response.
   */
  #endUntilClose(on: Conversation, { received }: PendingRequest): void {
    const server = this.#server;
    if (!server.isUntilClose || received === null) return;
    if (sequenceDistance(received, server.bodySequence) < 0) return;
    on.skip(SERVER, 0);
    this.#lose(on, SERVER);
  }

  #responseHeadDone(on: Conversation, reader: MessageReader): void {
    const { status, upgrade } = this.#exchanges.response!;
    if (status === 101) return this.#switchProtocols(on, upgrade);
    if (isInterim(status)) {
      this.#exchanges.dropInterim();
      return reader.next(MessagePart.START_LINE);
    }
    const method = this.pairing.answeredMethod;
    if (method === null) return this.#lose(on, SERVER);
    if (method === "CONNECT") {
      if (status >= 200 && status < 300) return this.#upgraded(on, "");
      this.#client.next(MessagePart.START_LINE);
      on.wakeOther();
    }
    if (method === "HEAD" || status === 204 || status === 304) {
      this.#messageDone(on, SERVER, reader);
    } else if (reader.chunked) reader.part = MessagePart.CHUNK_SIZE;
    else {
      const { contentLength } = reader;
      this.#body(on, SERVER, reader, contentLength < 0 ? Infinity : contentLength);
    }
  }

  /** 101: its request is read first, even if it is captured after this. */
  #switchProtocols(on: Conversation, protocol: string): void {
    if (!this.pairing.areAllAnswered || this.#client.part === MessagePart.LOST) {
      return this.#upgraded(on, protocol);
    }
    this.#messageDone(on, SERVER, this.#server);
    this.#server.part = MessagePart.TUNNEL;
  }

  /** From here on the connection speaks another protocol. */
  #upgraded(on: Conversation, protocol: string): void {
    this.#messageDone(on, SERVER, this.#server);
    this.next = protocol;
    this.ended(on);
  }

  /**
   * What follows CONNECT waits for the response. If the client begins TLS after it has received
   * something from the server, that was the response, though it was not captured.
   */
  #tunnelled(
    on: Conversation,
    side: Side,
    bytes: Uint8Array,
    at: number,
    end: number,
  ): typeof NEED_MORE | typeof HAND_OVER {
    const received = this.pairing.last?.received ?? null;
    if (side !== CLIENT || received === null || on.acknowledged === null) return NEED_MORE;
    if (sequenceDistance(on.acknowledged, received) <= 0) return NEED_MORE;
    if (looksLikeClientHello(bytes, at, end) !== 1) return NEED_MORE;
    this.next = "";
    this.ended(on);
    return HAND_OVER;
  }

  #body(on: Conversation, side: Side, reader: MessageReader, length: number): void {
    reader.bodySequence = reader.sequence;
    reader.bodyPosition = (on.position(side) + reader.sequence - on.sequence(side)) | 0;
    if (length === 0) return this.#messageDone(on, side, reader);
    reader.part = MessagePart.BODY;
    on.skip(side, length);
  }

  #chunk(on: Conversation, side: Side, reader: MessageReader, size: number): void {
    if (size < 0) return this.#malformed(on, side, "chunk");
    if (size === 0) {
      reader.part = MessagePart.TRAILERS;
      return;
    }
    reader.bodyBytes += size;
    reader.part = MessagePart.CHUNK_DATA;
    on.skip(side, size);
  }

  skipped(on: Conversation, side: Side): void {
    const reader = this.#reader(side);
    reader.lastTime = on.time;
    if (reader.part === MessagePart.CHUNK_DATA) reader.part = MessagePart.CHUNK_END;
    else if (reader.part === MessagePart.BODY) {
      reader.bodyBytes = reader.contentLength;
      this.#messageDone(on, side, reader);
    }
  }

  #messageDone(on: Conversation, side: Side, reader: MessageReader): void {
    const bytes = reader.bodySoFar(on);
    reader.next(MessagePart.START_LINE);
    if (side === SERVER) return this.#responseDone(on, bytes);
    this.#requestBodyDone(bytes);
  }

  #requestBodyDone(bytes: number): void {
    const request = this.pairing.last;
    if (request === undefined || request.bodyDone) return;
    request.exchange.requestBytes = bytes;
    request.bodyDone = true;
  }

  #responseDone(on: Conversation, bytes: number): void {
    const client = this.#client;
    if (client.part !== MessagePart.BODY) return this.#exchanges.endResponse(on, bytes);
    const request = this.pairing.answered;
    this.#exchanges.endResponse(on, bytes);
    if (request !== null && !request.bodyDone) this.#bodyAnswered(on, request);
  }

  /**
   * A request was answered before its body ended. The client need not send the rest of it (RFC 9110
   * section 10.1.1 says so of Expect): its next request is searched for in what comes.
   */
  #bodyAnswered(on: Conversation, request: PendingRequest): void {
    const client = this.#client;
    if (!this.pairing.areAllAnswered) return;
    request.bodyDone = true;
    client.bodyLeft = on.skipLeft(CLIENT);
    client.next(MessagePart.ANSWERED_BODY);
    on.skip(CLIENT, 0);
  }

  gap(on: Conversation, side: Side, length: number): void {
    this.#lose(on, side, length);
  }

  #malformed(on: Conversation, side: Side, reason: string): void {
    on.sink.malformed("http", reason);
    this.#lose(on, side);
  }

  /** The side has lost its place, and the `length` bytes before it. */
  #lose(on: Conversation, side: Side, length = 0): void {
    const { isBetween, isInHead, startSequence } = this.#reader(side);
    const from = isInHead ? startSequence : (on.sequence(side) - length) | 0;
    this.#breakOff(on, side);
    const areWhole = isBetween && length >= MIN_MESSAGE;
    if (side === SERVER) this.pairing.responsesLost(on, areWhole);
    else this.pairing.requestsLost(on, from, areWhole);
  }

  /** Reports what is known of the current message, and searches for the next. */
  #breakOff(on: Conversation, side: Side): void {
    const reader = this.#reader(side);
    if (side === SERVER) this.#responseDone(on, reader.bodySoFar(on));
    else this.#endRequest(on);
    reader.next(MessagePart.LOST);
  }

  /** Ends a request that breaks off. If only its head has begun, it counts if its host is known. */
  #endRequest(on: Conversation): void {
    const client = this.#client;
    this.#requestBodyDone(client.bodySoFar(on));
    if (this.#request.hasHost) {
      client.contentLength = -1;
      client.chunked = false;
      this.#requestHeadDone(on, client);
    }
    this.#request.drop();
  }

  finished(on: Conversation, side: Side): void {
    if (this.#reader(side).part !== MessagePart.TUNNEL) this.#breakOff(on, side);
  }

  ended(on: Conversation): void {
    this.#endRequest(on);
    this.#responseDone(on, this.#server.bodySoFar(on));
    this.pairing.end(on);
  }
}
