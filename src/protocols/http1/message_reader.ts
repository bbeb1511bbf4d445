// One side of an HTTP/1 connection: which part of a message it is in, and how long the message's
// body is. RFC 9112 section 6.

import { CLIENT, type Conversation, type Side, type Sink } from "../analyser.ts";
import {
  looksLikeRequest,
  looksLikeResponse,
  MAX_REQUEST_LINE,
  mayBecomeRequestLine,
  mayBecomeStatusLine,
} from "./start_lines.ts";
import {
  decimal,
  Field,
  isIgnoredField,
  lists,
  MAX_LINE,
  MAX_PASSED,
  mayBecomeNeededField,
} from "./syntax.ts";

export const MessagePart = {
  START_LINE: 0,
  FIELDS: 1,
  /** A body of known length, or one that ends with the connection. */
  BODY: 2,
  CHUNK_SIZE: 3,
  CHUNK_DATA: 4,
  CHUNK_END: 5,
  TRAILERS: 6,
  /** Bytes are missing: a start line is searched for. */
  LOST: 7,
  /** Of the client after CONNECT, of the server after an early 101: another protocol's bytes follow. */
  TUNNEL: 8,
  /** The rest of a body whose request was answered before its end: the client may or may not send it. */
  ANSWERED_BODY: 9,
} as const;
export type MessagePart = typeof MessagePart[keyof typeof MessagePart];

/** What to do about a line whose end has not come. */
export const Unfinished = {
  /** Keep it. */
  WAIT: 0,
  /** Pass over what there is of it. */
  PASS: 1,
  /** No message has this line. */
  WRONG: 2,
} as const;
export type Unfinished = typeof Unfinished[keyof typeof Unfinished];

export class MessageReader {
  part: MessagePart = MessagePart.START_LINE;
  /** Bytes of the current line that were searched for its end already. */
  searched = 0;
  /** Bytes of the current line that were passed over. */
  #passed = 0;
  /** Whether the message's first byte has come; then when, and at which sequence number. */
  begun = false;
  startTime = 0;
  startSequence = 0;
  startAcknowledged: number | null = null;
  /** When bytes were read last, or the last of those to be skipped came. */
  lastTime = 0;

  /** -1 if none was given. */
  contentLength = -1;
  chunked = false;
  /** Its length cannot be known: servers may understand it differently (RFC 9112 section 6.3). */
  lengthBroken = false;
  lastField: Field = Field.OTHER;
  bodyBytes = 0;
  /** Sequence number of the body's first byte, and its position for lengths. */
  bodySequence = 0;
  bodyPosition = 0;
  /** Bytes of ANSWERED_BODY that may still come. */
  bodyLeft = 0;
  /** Sequence number of the first byte after the current line. */
  sequence = 0;
  readonly #side: Side;

  constructor(side: Side) {
    this.#side = side;
  }

  /** Notes that the message's first byte has come, with this sequence number. */
  begin(on: Conversation, sequence: number): void {
    this.begun = true;
    this.startTime = on.time;
    this.startSequence = sequence;
    this.startAcknowledged = on.acknowledged;
    this.contentLength = -1;
    this.chunked = false;
    this.lengthBroken = false;
    this.lastField = Field.OTHER;
    this.bodyBytes = 0;
  }

  /** Whether it is inside a body that ends with the connection. */
  get isUntilClose(): boolean {
    return this.part === MessagePart.BODY && (this.contentLength < 0 || this.chunked);
  }

  /** Whether it is between messages, going by what has come. */
  get isBetween(): boolean {
    return this.part === MessagePart.START_LINE && !this.begun;
  }

  /** Whether a message's head has begun, and is not complete. */
  get isInHead(): boolean {
    return this.begun && this.part <= MessagePart.FIELDS;
  }

  /** Whether it is between messages, and nothing is kept of the next. */
  get isIdle(): boolean {
    return this.isBetween && this.searched === 0;
  }

  /** Whether the current part is read line by line. */
  get isInLines(): boolean {
    return this.part !== MessagePart.BODY && this.part !== MessagePart.CHUNK_DATA &&
      this.part < MessagePart.LOST;
  }

  /** Bytes of the longest line that may come. */
  get longest(): number {
    const isRequestLine = this.part === MessagePart.START_LINE && this.#side === CLIENT;
    return isRequestLine ? MAX_REQUEST_LINE : MAX_LINE;
  }

  /** Whether a line that begins with `first` need not be read. To be called for each, once it is complete. */
  isPassed(first: number): boolean {
    if (this.#passed > 0) {
      this.#passed = 0;
      return true;
    }
    if (this.part !== MessagePart.FIELDS || !isIgnoredField(first)) return false;
    this.lastField = Field.OTHER;
    return true;
  }

  /** What the current line is called in counts of malformed ones. */
  get lineName(): string {
    if (this.part === MessagePart.FIELDS) return "header-too-long";
    if (this.part !== MessagePart.START_LINE) return "chunk";
    return this.#side === CLIENT ? "request-line" : "status-line";
  }

  /** What to do about the line `bytes[at..end)`, whose end has not come. */
  unfinishedLine(sink: Sink, bytes: Uint8Array, at: number, end: number): Unfinished {
    const length = end - at;
    if (this.#passed > 0) return this.#pass(length);
    if (this.part === MessagePart.FIELDS) {
      if (!this.#mayBeNeeded(bytes, at, end)) return this.#pass(length);
      if (length > MAX_LINE) {
        sink.malformed("http", "header-too-long");
        return this.#pass(length);
      }
    }
    if (length > this.longest || !this.#mayBecomeLine(bytes, at, end)) return Unfinished.WRONG;
    this.searched = length;
    return Unfinished.WAIT;
  }

  #pass(length: number): Unfinished {
    this.lastField = Field.OTHER;
    this.searched = 0;
    this.#passed += length;
    return this.#passed > MAX_PASSED ? Unfinished.WRONG : Unfinished.PASS;
  }

  #mayBeNeeded(bytes: Uint8Array, at: number, end: number): boolean {
    return !isIgnoredField(bytes[at]!) && mayBecomeNeededField(bytes, at, end);
  }

  /** Whether an incomplete line can become one that may stand here. Looks at it once. */
  #mayBecomeLine(bytes: Uint8Array, at: number, end: number): boolean {
    if (this.part !== MessagePart.START_LINE || this.searched > 0) return true;
    return this.#side === CLIENT
      ? mayBecomeRequestLine(bytes, at, end)
      : mayBecomeStatusLine(bytes, at, end);
  }

  /** Goes on to `part`, outside of any message. */
  next(part: MessagePart): void {
    this.part = part;
    this.begun = false;
    this.searched = 0;
    this.#passed = 0;
  }

  /** Bytes of the body that have come so far. */
  bodySoFar(on: Conversation): number {
    if (this.part !== MessagePart.BODY) return this.bodyBytes;
    return this.isUntilClose
      ? (on.position(this.#side) - this.bodyPosition) >>> 0
      : this.contentLength - on.skipLeft(this.#side);
  }

  /**
   * When the last byte of the message came, which is complete, or of which no more will come. Of a body of known
   * length that breaks off only the time of its end is known.
   */
  endTime(on: Conversation): number {
    if (this.isUntilClose) return Math.max(this.lastTime, on.skippedTime);
    const isInside = this.part === MessagePart.BODY || this.part === MessagePart.CHUNK_DATA;
    return isInside ? on.time : this.lastTime;
  }

  /** Whether a message begins at `at`, for a side that has lost its place: 1, NEED_MORE or NOT_MINE. */
  mayBegin(bytes: Uint8Array, at: number, end: number): number {
    return this.#side === CLIENT
      ? looksLikeRequest(bytes, at, end)
      : looksLikeResponse(bytes, at, end);
  }

  /** Takes the value of Content-Length or Transfer-Encoding, `bytes[at..end)`. */
  lengthField(field: Field, bytes: Uint8Array, at: number, end: number): void {
    if (field === Field.CONTENT_LENGTH) this.#takeLength(decimal(bytes, at, end));
    else if (lists(bytes, at, end, "chunked")) this.chunked = true;
    else this.lengthBroken = true;
  }

  /** Of several lengths the first is taken; if they differ, none can be relied on. */
  #takeLength(length: number): void {
    if (this.contentLength < 0) this.contentLength = length;
    if (length < 0 || length !== this.contentLength) this.lengthBroken = true;
  }

  /** How many bytes belong to ANSWERED_BODY; 0 if a request begins, or if the body is over. */
  passAnsweredBody(bytes: Uint8Array, at: number, end: number): number {
    const passed = looksLikeRequest(bytes, at, end) === 1 ? 0 : Math.min(this.bodyLeft, end - at);
    this.bodyLeft -= passed;
    if (passed === 0 || this.bodyLeft === 0) this.next(MessagePart.START_LINE);
    return passed;
  }
}
