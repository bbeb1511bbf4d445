// Where one side of an HTTP/1 connection is in its current message, and what that message said of its
// length. RFC 9112 section 6.

import type { Conversation, Side } from "../analyser.ts";
import { decimal, Field, lists, looksLikeRequest } from "./syntax.ts";

export const State = {
  START_LINE: 0,
  FIELDS: 1,
  /** A body of known length, or one that ends with the connection. */
  BODY: 2,
  CHUNK_SIZE: 3,
  CHUNK_DATA: 4,
  CHUNK_END: 5,
  TRAILERS: 6,
  /** Bytes were lost: waiting for a start line. */
  LOST: 7,
  /** After CONNECT, the client; after an early 101, the server: what comes is for another protocol. */
  TUNNEL: 8,
  /** The rest of a body that was answered before its end: whether the client sends it is open. */
  ANSWERED_BODY: 9,
} as const;
export type State = typeof State[keyof typeof State];

/** One side. */
export class Reading {
  state: State = State.START_LINE;
  /** How far the line at hand has been searched for its end. */
  searched = 0;
  /** When and where the message began. */
  begun = false;
  startTime = 0;
  startSequence = 0;
  startAcknowledged: number | null = null;

  /** -1 where none was given. */
  contentLength = -1;
  chunked = false;
  /** Its length can't be known: another server may read it otherwise (RFC 9112 section 6.3). */
  lengthBroken = false;
  lastField: Field = Field.OTHER;
  bodyBytes = 0;
  bodySequence = 0;
  /** Of ANSWERED_BODY. */
  bodyLeft = 0;
  /** Sequence number behind the line at hand. */
  sequence = 0;

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
    return this.state === State.BODY && (this.contentLength < 0 || this.chunked);
  }

  /** Whether it is between messages. */
  get isIdle(): boolean {
    return this.state === State.START_LINE && !this.begun && this.searched === 0;
  }

  next(state: State): void {
    this.state = state;
    this.begun = false;
    this.searched = 0;
  }

  /** Body bytes so far. */
  counted(on: Conversation, side: Side): number {
    if (this.state !== State.BODY) return this.bodyBytes;
    return this.isUntilClose
      ? (on.sequence(side) - this.bodySequence) >>> 0
      : this.contentLength - on.skipLeft(side);
  }

  /** Takes a field that tells the body's length; its value is `bytes[at..end)`. */
  lengthField(field: Field, bytes: Uint8Array, at: number, end: number): void {
    if (field === Field.CONTENT_LENGTH) this.#takeLength(decimal(bytes, at, end));
    else if (lists(bytes, at, end, "chunked")) this.chunked = true;
    else this.lengthBroken = true;
  }

  /** Of several lengths the first is taken; that they differ is told. */
  #takeLength(length: number): void {
    if (this.contentLength < 0) this.contentLength = length;
    if (length < 0 || length !== this.contentLength) this.lengthBroken = true;
  }

  /**
   * How many bytes are of the body that was answered early; 0 where a request begins, or the body is
   * over.
   */
  passAnsweredBody(bytes: Uint8Array, at: number, end: number): number {
    const passed = looksLikeRequest(bytes, at, end) === 1 ? 0 : Math.min(this.bodyLeft, end - at);
    this.bodyLeft -= passed;
    if (passed === 0 || this.bodyLeft === 0) this.next(State.START_LINE);
    return passed;
  }

  /** Whether what comes is read line by line. */
  get isInLines(): boolean {
    return this.state !== State.BODY && this.state !== State.CHUNK_DATA && this.state < State.LOST;
  }
}
