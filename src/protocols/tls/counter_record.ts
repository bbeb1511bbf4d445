// A record of an AEAD cipher, each of which encrypts by a key stream: any byte can be decrypted by itself.

import type { Bytes } from "../../crypto/cipher.ts";
import type { Conversation, InnerStream } from "../analyser.ts";
import { plaintextOf } from "./plaintexts.ts";
import type { RecordCipher } from "./record_cipher.ts";
import { StreamedRecord } from "./streamed_record.ts";

/** Of TLS 1.3: content that may be padding, with the type in front of it, is looked at last. */
export const LAST_CONTENT = 16;

/** Of a record of TLS 1.3, the length of its content in `out[0..size)`: in front of type and padding. */
export function contentLength(out: Bytes, size: number): number {
  let length = size - 1;
  while (length >= 0 && out[length] === 0) length--;
  return length;
}

export class CounterRecord extends StreamedRecord {
  readonly #nonce: Bytes = new Uint8Array(12);
  #cipher: RecordCipher | null = null;
  /** Where in the ciphertext the next byte is. */
  #offset = 0;

  protected override open(
    cipher: RecordCipher,
    sequence: number,
    bytes: Uint8Array,
    at: number,
    length: number,
  ): void {
    this.#cipher = cipher;
    this.#nonce.set(cipher.nonce(sequence, bytes, at));
    const size = length - cipher.prefix - cipher.tag;
    this.#offset = 0;
    this.bodyLeft = cipher.hidesType ? size - LAST_CONTENT : size;
    this.tail = length - cipher.prefix - this.bodyLeft;
  }

  protected override readable(available: number): number {
    return available;
  }

  protected override skippable(wanted: number): number {
    return wanted;
  }

  protected override unreadable(): number {
    return 0;
  }

  protected override advance(length: number): void {
    this.#offset += length;
    this.bodyLeft -= length;
  }

  protected override give(
    on: Conversation,
    inner: InnerStream,
    bytes: Uint8Array,
    at: number,
    size: number,
  ): number {
    const out = plaintextOf(on);
    this.#cipher!.part(this.#nonce, this.#offset, bytes, at, at + size, out);
    this.advance(size);
    inner.bytes(on, this.side, out, 0, size);
    return size;
  }

  protected override giveTail(
    on: Conversation,
    inner: InnerStream,
    bytes: Uint8Array,
    at: number,
  ): void {
    const cipher = this.#cipher!;
    const size = this.tail - cipher.tag;
    if (size <= 0) return;
    const out = plaintextOf(on);
    cipher.part(this.#nonce, this.#offset, bytes, at, at + size, out);
    const content = contentLength(out, size);
    if (content < size - 1) this.isPadded = true;
    if (content > 0) inner.bytes(on, this.side, out, 0, content);
  }

  protected override tailContent(): number {
    return this.tail - this.#cipher!.tag - 1;
  }
}
