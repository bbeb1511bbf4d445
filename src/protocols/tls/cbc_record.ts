// A record in CBC mode: RFC 5246 section 6.2.3.2, RFC 7366. Each block is decrypted with the one before it, so
// that after bytes that were skipped or lost one block is needed to go on.

import { AES_BLOCK, type Bytes } from "../../crypto/cipher.ts";
import type { Conversation, InnerStream } from "../analyser.ts";
import { plaintextOf } from "./plaintexts.ts";
import type { RecordCipher } from "./record_cipher.ts";
import { RECORD_HEADER } from "./records.ts";
import { CHUNK, likelyLoss, StreamedRecord } from "./streamed_record.ts";

/** One block, and those that are decrypted with it. */
const blocks: Bytes = new Uint8Array(AES_BLOCK + CHUNK);

const wholeBlocks = (length: number): number => length - length % AES_BLOCK;

export class CbcRecord extends StreamedRecord {
  #cipher: RecordCipher | null = null;
  /** The block before the next one, if `#hasBefore`. */
  readonly #before: Bytes = new Uint8Array(AES_BLOCK);
  #hasBefore = false;

  protected override open(
    cipher: RecordCipher,
    _sequence: number,
    bytes: Uint8Array,
    at: number,
    length: number,
  ): void {
    this.#cipher = cipher;
    this.#keep(bytes, at + RECORD_HEADER);
    this.tail = cipher.cbcTail;
    this.bodyLeft = length - cipher.prefix - this.tail;
  }

  #keep(bytes: Uint8Array, at: number): void {
    this.#before.set(bytes.subarray(at, at + AES_BLOCK));
    this.#hasBefore = true;
  }

  protected override readable(available: number): number {
    return wholeBlocks(available);
  }

  /** All but the last block, which is needed to go on. */
  protected override skippable(wanted: number): number {
    return this.#hasBefore ? Math.max(0, wholeBlocks(wanted) - AES_BLOCK) : 0;
  }

  protected override unreadable(): number {
    return this.bodyLeft % AES_BLOCK;
  }

  protected override advance(length: number): void {
    this.bodyLeft -= length;
    this.#hasBefore = false;
  }

  protected override give(
    on: Conversation,
    inner: InnerStream,
    bytes: Uint8Array,
    at: number,
    size: number,
  ): number {
    const taken = this.#hasBefore ? size : AES_BLOCK;
    this.bodyLeft -= taken;
    if (this.#hasBefore) {
      const out = plaintextOf(on);
      this.#decrypt(bytes, at, size, out);
      this.#keep(bytes, at + size - AES_BLOCK);
      inner.bytes(on, this.side, out, 0, size);
    } else {
      this.#keep(bytes, at);
      this.#miss(on, inner, AES_BLOCK);
    }
    return taken;
  }

  #decrypt(bytes: Uint8Array, at: number, size: number, out: Bytes): void {
    blocks.set(this.#before);
    blocks.set(bytes.subarray(at, at + size), AES_BLOCK);
    this.#cipher!.blocks(blocks, 0, AES_BLOCK + size, out);
  }

  /** The next bytes of the content have come, but cannot be read. */
  #miss(on: Conversation, inner: InnerStream, length: number): void {
    if (inner.skipLeft(this.side) >= length) inner.pass(on, this.side, length);
    else inner.gap(on, this.side, length);
  }

  protected override giveTail(
    on: Conversation,
    inner: InnerStream,
    bytes: Uint8Array,
    at: number,
  ): void {
    const cipher = this.#cipher!;
    const size = wholeBlocks(this.tail - (cipher.isMacLast ? cipher.tag : 0));
    const out = plaintextOf(on);
    this.#decrypt(bytes, at, size, out);
    const content = size - 1 - out[size - 1]! - (cipher.isMacLast ? 0 : cipher.tag);
    if (content < 0) this.isPadded = true;
    const missed = this.#hasBefore ? 0 : Math.min(AES_BLOCK, Math.max(0, content));
    if (missed > 0) this.#miss(on, inner, missed);
    if (content > missed) inner.bytes(on, this.side, out, missed, content);
  }

  protected override tailContent(inner: InnerStream): number {
    const most = this.tail - this.#cipher!.tag - 1;
    return likelyLoss(inner, this.side, most - this.#cipher!.mostPadding, most);
  }
}
