// A record of application data that is read as it comes: what nobody wants of it is passed over, and a hole costs
// its bytes only. How its content is decrypted is up to the mode of its cipher.

import { type Conversation, type InnerStream, NEED_MORE, type Side } from "../analyser.ts";
import type { RecordCipher } from "./record_cipher.ts";

/** Bytes that are decrypted at a time: a message's head is often shorter. */
export const CHUNK = 512;

/** How much content was lost, if it was from `least` to `most` bytes: the rest of a body, if it may be. */
export function likelyLoss(inner: InnerStream, side: Side, least: number, most: number): number {
  const rest = inner.skipLeft(side);
  return rest >= least && rest < most ? rest : most;
}

/** The records of one side, one after the other. */
export abstract class StreamedRecord {
  protected readonly side: Side;
  /** Content to come, and what is behind it: the end of the content, in which padding may be, and the tag. */
  protected bodyLeft = 0;
  protected tail = 0;
  /** Bytes of the content that are being skipped. */
  #passing = 0;
  /** Bytes that have come, and wait for those behind them. */
  #waiting = 0;
  /** Whether records had more padding than they must: then they are only read whole. */
  isPadded = false;

  constructor(side: Side) {
    this.side = side;
  }

  /** Whether some of the record is still to come. */
  get isOpen(): boolean {
    return this.bodyLeft > 0 || this.tail > 0;
  }

  /** Begins the record at `at`, with `length` bytes behind its header, of which the prefix has come. */
  begin(
    cipher: RecordCipher,
    sequence: number,
    bytes: Uint8Array,
    at: number,
    length: number,
  ): void {
    this.#waiting = 0;
    this.open(cipher, sequence, bytes, at, length);
  }

  protected abstract open(
    cipher: RecordCipher,
    sequence: number,
    bytes: Uint8Array,
    at: number,
    length: number,
  ): void;

  /** How many of `available` bytes of the body can be read now. */
  protected abstract readable(available: number): number;
  /** How many of the next `wanted` bytes of the body, all to be skipped, need not be seen. */
  protected abstract skippable(wanted: number): number;
  /** So much of the body was passed or lost. */
  protected abstract advance(length: number): void;
  /** Gives `bytes[at..at + size)`, of the body, to the inner stream. Returns how many bytes it has taken. */
  protected abstract give(
    on: Conversation,
    inner: InnerStream,
    bytes: Uint8Array,
    at: number,
    size: number,
  ): number;
  /** The whole tail is at `at`: gives what is content of it. */
  protected abstract giveTail(
    on: Conversation,
    inner: InnerStream,
    bytes: Uint8Array,
    at: number,
  ): void;
  /** Bytes of content that the tail has, as a guess. */
  protected abstract tailContent(inner: InnerStream): number;
  /** After a hole: how many of the next bytes of the body cannot be read. */
  protected abstract unreadable(): number;

  /** Takes bytes of the record as analysers do. */
  data(on: Conversation, inner: InnerStream, bytes: Uint8Array, at: number, end: number): number {
    if (this.bodyLeft === 0) return this.#end(on, inner, bytes, at, end);
    const available = Math.min(end - at, this.bodyLeft);
    const skipped = this.skippable(Math.min(inner.skipLeft(this.side), this.bodyLeft));
    if (skipped > 0) {
      const here = Math.min(skipped, available);
      this.advance(here);
      inner.pass(on, this.side, here);
      this.#passing = skipped - here;
      if (this.#passing > 0) on.skip(this.side, this.#passing);
      return here;
    }
    const size = Math.min(this.readable(available), CHUNK);
    this.#waiting = size === 0 ? available : 0;
    return size === 0 ? NEED_MORE : this.give(on, inner, bytes, at, size);
  }

  /** The last bytes of the record. */
  #end(on: Conversation, inner: InnerStream, bytes: Uint8Array, at: number, end: number): number {
    const length = this.tail;
    if (end - at < length) {
      this.#waiting = end - at;
      return NEED_MORE;
    }
    this.giveTail(on, inner, bytes, at);
    this.tail = this.#waiting = 0;
    inner.settle(on, this.side, length);
    return length;
  }

  /** The last of the bytes to skip has come. */
  skipped(on: Conversation, inner: InnerStream | null): void {
    this.#pass(on, inner, this.#passing);
  }

  #pass(on: Conversation, inner: InnerStream | null, length: number): void {
    this.#passing = 0;
    if (length <= 0) return;
    this.advance(length);
    inner?.pass(on, this.side, length);
  }

  /** The connection ends: what has come of bytes that were to be skipped is passed. */
  cut(on: Conversation, inner: InnerStream | null): void {
    if (this.#passing > 0) this.#pass(on, inner, this.#passing - on.skipLeft(this.side));
  }

  /** `length` bytes were not captured. Returns how many of them are behind the record. */
  gap(on: Conversation, inner: InnerStream, length: number): number {
    const lost = this.#waiting + length;
    this.#waiting = 0;
    const inBody = Math.min(lost, this.bodyLeft);
    if (inBody > 0) this.#loseBody(on, inner, inBody);
    const rest = lost - inBody;
    if (rest === 0) return 0;
    const left = this.tail;
    const content = this.tailContent(inner);
    this.tail = 0;
    if (content > 0) inner.gap(on, this.side, content);
    if (rest < left) on.skip(this.side, left - rest);
    return Math.max(0, rest - left);
  }

  #loseBody(on: Conversation, inner: InnerStream, length: number): void {
    this.advance(length);
    const more = this.unreadable();
    this.advance(more);
    inner.gap(on, this.side, length + more);
    if (more > 0) on.skip(this.side, more);
  }
}
