// A record of application data that is read as it comes: what nobody wants of it is passed over, and a hole costs
// its bytes only.

import type { Bytes } from "../../crypto/cipher.ts";
import { type Conversation, type InnerStream, NEED_MORE, type Side } from "../analyser.ts";
import { plaintextOf } from "./plaintexts.ts";
import type { RecordCipher } from "./record_cipher.ts";

/** Of TLS 1.3: content that may be padding, with the type in front of it, is looked at last. */
export const LAST_CONTENT = 16;
/** Bytes that are decrypted at a time: a message's head is often shorter. */
export const CHUNK = 512;

/** Of a record of TLS 1.3, the length of its content in `out[0..size)`: in front of type and padding. */
export function contentLength(out: Bytes, size: number): number {
  let length = size - 1;
  while (length >= 0 && out[length] === 0) length--;
  return length;
}

/** The records of one side, one after the other. */
export class StreamedRecord {
  readonly #side: Side;
  readonly #nonce: Bytes = new Uint8Array(12);
  #cipher: RecordCipher | null = null;
  /** Content to come, what is behind it, and where in the ciphertext the next byte is. */
  #bodyLeft = 0;
  #tail = 0;
  #offset = 0;
  /** Bytes of the content that are being skipped. */
  #passing = 0;
  /** Bytes of the tail that have not come, if others have. */
  #awaited = 0;
  /** Whether records were padded: then they are only read whole. */
  isPadded = false;

  constructor(side: Side) {
    this.#side = side;
  }

  /** Whether some of the record is still to come. */
  get isOpen(): boolean {
    return this.#bodyLeft > 0 || this.#tail > 0;
  }

  /** Begins a record with `length` bytes behind its header, of which those before the ciphertext were read. */
  begin(cipher: RecordCipher, nonce: Bytes, length: number): void {
    this.#cipher = cipher;
    this.#nonce.set(nonce);
    const size = length - cipher.prefix - cipher.tag;
    this.#offset = 0;
    this.#bodyLeft = cipher.hidesType ? size - LAST_CONTENT : size;
    this.#tail = length - cipher.prefix - this.#bodyLeft;
    this.#awaited = 0;
  }

  /** Takes bytes of the record as analysers do. */
  data(on: Conversation, inner: InnerStream, bytes: Uint8Array, at: number, end: number): number {
    if (this.#bodyLeft === 0) return this.#end(on, inner, bytes, at, end);
    const available = Math.min(end - at, this.#bodyLeft);
    const skipped = Math.min(inner.skipLeft(this.#side), this.#bodyLeft);
    if (skipped > 0) {
      const here = Math.min(skipped, available);
      this.#advance(here);
      inner.pass(on, this.#side, here);
      this.#passing = skipped - here;
      if (this.#passing > 0) on.skip(this.#side, this.#passing);
      return here;
    }
    const size = Math.min(available, CHUNK);
    const out = plaintextOf(on);
    this.#cipher!.part(this.#nonce, this.#offset, bytes, at, at + size, out);
    this.#advance(size);
    inner.bytes(on, this.#side, out, 0, size);
    return size;
  }

  #advance(length: number): void {
    this.#offset += length;
    this.#bodyLeft -= length;
  }

  /** The last bytes of the record. */
  #end(on: Conversation, inner: InnerStream, bytes: Uint8Array, at: number, end: number): number {
    const length = this.#tail;
    this.#awaited = Math.max(0, length - (end - at));
    if (this.#awaited > 0) return NEED_MORE;
    this.#tail = 0;
    const cipher = this.#cipher!;
    const size = length - cipher.tag;
    if (size > 0) {
      const out = plaintextOf(on);
      cipher.part(this.#nonce, this.#offset, bytes, at, at + size, out);
      const content = contentLength(out, size);
      if (content < size - 1) this.isPadded = true;
      if (content > 0) inner.bytes(on, this.#side, out, 0, content);
    }
    inner.settle(on, this.#side, length);
    return length;
  }

  /** The last of the bytes to skip has come. */
  skipped(on: Conversation, inner: InnerStream | null): void {
    const length = this.#passing;
    if (length === 0) return;
    this.#passing = 0;
    this.#advance(length);
    inner?.pass(on, this.#side, length);
  }

  /** The connection ends: what has come of bytes that were to be skipped is passed. */
  cut(on: Conversation, inner: InnerStream | null): void {
    if (this.#passing === 0) return;
    const length = this.#passing - on.skipLeft(this.#side);
    this.#passing = 0;
    if (length > 0) inner?.pass(on, this.#side, length);
  }

  /** `length` bytes were not captured. Returns how many of them are behind the record. */
  gap(on: Conversation, inner: InnerStream, length: number): number {
    const inBody = Math.min(length, this.#bodyLeft);
    if (inBody > 0) {
      this.#advance(inBody);
      inner.gap(on, this.#side, inBody);
    }
    const rest = length - inBody;
    if (rest === 0) return 0;
    const left = this.#awaited > 0 ? this.#awaited : this.#tail;
    const content = this.#tail - this.#cipher!.tag - 1;
    this.#tail = this.#awaited = 0;
    if (content > 0) inner.gap(on, this.#side, content);
    if (rest < left) on.skip(this.#side, left - rest);
    return Math.max(0, rest - left);
  }
}
