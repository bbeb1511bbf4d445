// The records that one side of a decrypted connection sends. Of application data only what somebody wants is
// decrypted, as it comes: a hole costs its bytes, and not the record. After a larger hole the next record is
// found by trying which sequence number its tag fits.

import { u16, u24 } from "../../bytes.ts";
import type { Bytes } from "../../crypto/cipher.ts";
import { type Conversation, NEED_MORE, NOT_MINE, type Side } from "../analyser.ts";
import { HandshakeMessages } from "./handshake_messages.ts";
import { CIPHER_BYTES, type RecordCipher } from "./record_cipher.ts";
import { Epoch, type SideCipher } from "./session_ciphers.ts";
import { CbcRecord } from "./cbc_record.ts";
import { contentLength, CounterRecord, LAST_CONTENT } from "./counter_record.ts";
import { beginsMessage } from "./message_start.ts";
import { CHUNK, likelyLoss, type StreamedRecord } from "./streamed_record.ts";
import { LostPlace, type ReadRecords, type RecordSession } from "./lost_place.ts";
import { APPLICATION_DATA, looksLikeRecord, MAX_RECORD, RECORD_HEADER } from "./records.ts";

/** Shorter records are read when they are whole. */
const MIN_STREAMED = 1024;
const NEW_SESSION_TICKET = 4;

/** Bytes of memory that a reader takes by itself. */
const READER_BYTES = 400;

/** Whom the reader tells of records. */
export interface RecordOwner extends RecordSession {
  /** Takes the whole record at `at`; false to read no more. */
  record(
    on: Conversation,
    reader: RecordReader,
    bytes: Uint8Array,
    at: number,
    length: number,
  ): boolean;
}

export class RecordReader implements ReadRecords {
  readonly side: Side;
  readonly #owner: RecordOwner;
  readonly messages = new HandshakeMessages();
  epoch = Epoch.PLAIN;
  cipher: RecordCipher | null = null;
  /** Traffic secret of `cipher`, for the next one. */
  secret: Bytes | null = null;
  sequence = 0;
  /** Other than 0 if the number was not needed to read the last record. */
  uncertain = 0;
  isVerified = false;
  /** How many of the next bytes the reader of hellos has seen already. */
  seen = 0;
  isHelloDone = false;
  /** The record that is read as it comes. */
  #streamed: StreamedRecord;
  /** Kept while a record is read: inside it, others may be. */
  readonly #nonce: Bytes = new Uint8Array(12);
  /** Bytes that were not enough to read, and how many more would be. */
  #carried = 0;
  #awaited = 0;
  #awaitedLength = 0;
  readonly #lost: LostPlace;
  hasContent = false;

  constructor(side: Side, owner: RecordOwner) {
    this.side = side;
    this.#owner = owner;
    this.#streamed = new CounterRecord(side);
    this.#lost = new LostPlace(this, owner);
  }

  get held(): number {
    return READER_BYTES + this.messages.held + (this.cipher === null ? 0 : CIPHER_BYTES);
  }

  get current(): SideCipher | null {
    return this.cipher === null ? null : { cipher: this.cipher, secret: this.secret };
  }

  change(epoch: Epoch, { cipher, secret }: SideCipher): void {
    this.epoch = epoch;
    this.cipher = cipher;
    this.secret = secret;
    this.sequence = 0;
    this.uncertain = 0;
    this.isVerified = false;
    this.messages.clear();
    this.#lost.keysChanged();
    if (cipher.hasParts !== this.#streamed instanceof CounterRecord) {
      this.#streamed = cipher.hasParts ? new CounterRecord(this.side) : new CbcRecord(this.side);
    }
  }

  /** Takes bytes as analysers do; NOT_MINE if no more can be read. */
  data(on: Conversation, bytes: Uint8Array, at: number, end: number): number {
    if (this.#streamed.isOpen) return this.#streamed.data(on, this.#owner.inner!, bytes, at, end);
    if (this.#lost.isLost) return this.#search(on, bytes, at, end);
    if (end - at < RECORD_HEADER) return this.#await(end - at, 0, 0);
    if (!looksLikeRecord(bytes, at)) return NOT_MINE;
    const length = u16(bytes, at + 3);
    const missing = RECORD_HEADER + length - (end - at);
    if (missing > 0) {
      return this.#mayStream(bytes, at, end, length)
        ? this.#begin(bytes, at, length)
        : this.#await(end - at, missing, length);
    }
    this.#awaited = this.#carried = 0;
    return this.#record(on, bytes, at, length, 0);
  }

  /** Has the whole record at `at` read, which is so far `ahead` of what was taken. */
  #record(on: Conversation, bytes: Uint8Array, at: number, length: number, ahead: number): number {
    if (!this.#owner.record(on, this, bytes, at, length)) return NOT_MINE;
    const whole = RECORD_HEADER + length;
    this.#owner.inner?.settle(on, this.side, ahead + whole);
    return whole;
  }

  #await(carried: number, missing: number, length: number): typeof NEED_MORE {
    this.#carried = carried;
    this.#awaited = missing;
    this.#awaitedLength = length;
    return NEED_MORE;
  }

  /** Opens the whole record at `at`. Returns the length of its content in `out`, -1 if it does not fit. */
  open(bytes: Uint8Array, at: number, length: number, out: Bytes): number {
    const cipher = this.cipher!;
    for (let ahead = 0; ahead <= this.uncertain; ahead++) {
      const size = cipher.open(bytes, at, length, this.sequence + ahead, out);
      if (size < 0) continue;
      this.sequence += ahead + 1;
      this.uncertain = 0;
      this.isVerified = true;
      if (cipher.isPadded(length, size)) this.#streamed.isPadded = true;
      return size;
    }
    return -1;
  }

  /**
   * The type of a record that was opened into `out[0..size)`, with its content in `out[0..contentSize)`; -1 if
   * it has none.
   */
  openedType(outerType: number, out: Bytes, size: number): number {
    const { hidesType } = this.cipher!;
    this.contentSize = hidesType ? this.contentLength(out, size) : size;
    const type = hidesType ? out[this.contentSize] ?? -1 : outerType;
    if (type === APPLICATION_DATA) this.hasContent = true;
    return type;
  }

  /** Of a record of TLS 1.3, the length of its content in `out[0..size)`: in front of type and padding. */
  contentLength(out: Bytes, size: number): number {
    const length = contentLength(out, size);
    if (length < size - 1) this.#streamed.isPadded = true;
    return length;
  }

  /**
   * Gives the content of the whole record at `at` to the inner stream, without looking at its tag. Returns
   * the record's true type; if it is not APPLICATION_DATA, the content is in `out[0..contentSize)`.
   */
  content(on: Conversation, bytes: Uint8Array, at: number, length: number, out: Bytes): number {
    const cipher = this.cipher!;
    const text = at + RECORD_HEADER + cipher.prefix;
    const nonce = this.#takeNonce(bytes, at);
    this.contentSize = length - cipher.prefix - cipher.tag;
    const type = cipher.hidesType ? this.#hiddenType(bytes, text) : bytes[at]!;
    if (type === APPLICATION_DATA) this.#deliver(on, bytes, text, this.contentSize, out);
    else cipher.part(nonce, 0, bytes, text, text + this.contentSize, out);
    return type;
  }

  /** The type behind the content at `text`, which may be followed by padding; `contentSize` is without both. */
  #hiddenType(bytes: Uint8Array, text: number): number {
    const size = this.contentSize;
    for (let from = Math.max(0, size - LAST_CONTENT); from >= 0; from = from > 0 ? 0 : -1) {
      this.cipher!.part(this.#nonce, from, bytes, text + from, text + size, trial);
      const length = this.contentLength(trial, size - from);
      this.contentSize = from + Math.max(0, length);
      if (length >= 0) return trial[length]!;
    }
    return APPLICATION_DATA;
  }

  contentSize = 0;

  #takeNonce(bytes: Uint8Array, at: number): Bytes {
    this.#nonce.set(this.cipher!.nonce(this.sequence++, bytes, at));
    return this.#nonce;
  }

  /** Gives `size` bytes of ciphertext at `text` to the inner stream, and decrypts what it wants of them. */
  #deliver(on: Conversation, bytes: Uint8Array, text: number, size: number, out: Bytes): void {
    const inner = this.#owner.inner!;
    for (let at = 0; at < size && !inner.isLeft;) {
      const skipped = Math.min(inner.skipLeft(this.side), size - at);
      if (skipped > 0) {
        inner.pass(on, this.side, skipped);
        at += skipped;
        continue;
      }
      const length = Math.min(size - at, CHUNK);
      this.cipher!.part(this.#nonce, at, bytes, text + at, text + at + length, out);
      inner.bytes(on, this.side, out, 0, length);
      at += length;
    }
  }

  isLong(bytes: Uint8Array, at: number, length: number): boolean {
    return bytes[at] === APPLICATION_DATA && length >= MIN_STREAMED && !this.#streamed.isPadded;
  }

  #mayStream(
    bytes: Uint8Array,
    at: number,
    end: number,
    length: number,
  ): boolean {
    const { cipher, epoch } = this;
    if (epoch !== Epoch.APPLICATION || !this.isLong(bytes, at, length)) return false;
    if (cipher === null || !cipher.mayStream(length)) return false;
    const { inner } = this.#owner;
    if (inner === null) return false;
    this.isVerified ||= beginsMessage(inner, cipher, this.sequence, bytes, at, end);
    if (!this.isVerified) return false;
    const text = at + RECORD_HEADER + cipher.prefix;
    return end >= text + 4 && !(cipher.hidesType && this.#beginsTicket(bytes, at, text, length));
  }

  /** Whether a record of TLS 1.3 looks like a ticket, whose type is told only at its end. */
  #beginsTicket(bytes: Uint8Array, at: number, text: number, length: number): boolean {
    if (this.#owner.inner!.skipLeft(this.side) > 0) return false;
    const nonce = this.cipher!.nonce(this.sequence, bytes, at);
    this.cipher!.part(nonce, 0, bytes, text, text + 4, start);
    return start[0] === NEW_SESSION_TICKET && 4 + u24(start, 1) <= length;
  }

  /** Begins to read a record of which only the beginning has come. */
  #begin(bytes: Uint8Array, at: number, length: number): number {
    const cipher = this.cipher!;
    this.#streamed.begin(cipher, this.sequence++, bytes, at, length);
    this.hasContent = true;
    this.#awaited = this.#carried = 0;
    return RECORD_HEADER + cipher.prefix;
  }

  skipped(on: Conversation): void {
    this.#streamed.skipped(on, this.#owner.inner);
  }

  /** The connection ends: what has come of bytes that were to be skipped is passed. */
  cut(on: Conversation): void {
    this.#streamed.cut(on, this.#owner.inner);
  }

  /** `length` bytes were not captured. */
  gap(on: Conversation, length: number): void {
    const carried = this.#carried;
    const awaited = this.#awaited;
    this.#carried = this.#awaited = 0;
    const inner = this.#owner.inner;
    const rest = this.#streamed.isOpen ? this.#streamed.gap(on, inner!, length) : length;
    if (rest === 0) return;
    if (this.#lost.isLost) this.#lost.add(carried + rest);
    else if (awaited >= rest && this.#canMiss) this.#missRecord(on, awaited - rest);
    else this.#lost.lose(on, carried + rest);
  }

  /** Whether a record can be missing, so that the next one is still known. */
  get #canMiss(): boolean {
    return this.epoch === Epoch.APPLICATION || this.epoch === Epoch.PLAIN;
  }

  /** A part of the record at hand is missing, but it is known where the next one begins. */
  #missRecord(on: Conversation, left: number): void {
    this.#breakMessages();
    if (left > 0) on.skip(this.side, left);
    if (this.epoch === Epoch.PLAIN) return;
    this.sequence++;
    this.tellLoss(on, this.#awaitedLength - this.cipher!.leastLength);
  }

  tellLoss(on: Conversation, most: number, less = this.cipher!.mostPadding, told = 0): void {
    const { inner } = this.#owner;
    if (this.epoch !== Epoch.APPLICATION || inner === null) return;
    const content = likelyLoss(inner, this.side, most - less - told, most - told);
    if (content > 0) inner.gap(on, this.side, content);
  }

  /** A part of a handshake message may be missing; after the handshake each has a record of its own. */
  #breakMessages(): void {
    this.messages.clear();
    this.messages.isBroken = this.epoch !== Epoch.APPLICATION;
  }

  get overhead(): number {
    return RECORD_HEADER + this.cipher!.leastLength;
  }

  goOn(missed: number, uncertain: number): void {
    this.sequence += missed;
    this.uncertain = uncertain;
    this.#breakMessages();
  }

  /** Looks for a record that can be read, after a hole. */
  #search(on: Conversation, bytes: Uint8Array, at: number, end: number): number {
    const place = this.#lost.search(on, bytes, at, end);
    this.#carried = 0;
    if (this.#lost.isLost) return place;
    const from = at + place;
    const length = u16(bytes, from + 3);
    const isWhole = end - from >= RECORD_HEADER + length;
    const consumed = isWhole
      ? this.#record(on, bytes, from, length, place)
      : this.#begin(bytes, from, length);
    return consumed < 0 ? consumed : place + consumed;
  }

  /** Whether the record at `at` is of keys that come later, if what changes to them was lost; takes them. */
  adopt(on: Conversation, bytes: Uint8Array, at: number, length: number): boolean {
    return this.#lost.adopt(on, bytes, at, length);
  }
}

const start: Bytes = new Uint8Array(64);
const trial: Bytes = new Uint8Array(MAX_RECORD + 64);
