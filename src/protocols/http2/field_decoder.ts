// What HPACK and QPACK have in common: integers and strings (RFC 7541 section 5, RFC 9204 section 4.1).

import { latin1 } from "../../bytes.ts";
import { decodedBound, decodeHuffman } from "./huffman.ts";

/** Bytes of an integer after its prefix: 28 bits, more than any length here can be (section 5.1). */
const MAX_INTEGER_BYTES = 4;

const NOTHING: Uint8Array = new Uint8Array(0);

/** Reads one block after the other. */
export abstract class FieldDecoder {
  protected bytes = NOTHING;
  protected at = 0;
  protected end = 0;
  /** Whether the block is malformed, or cut off. */
  protected isBroken = false;

  /** Begins to read `bytes[at..end)`. */
  protected turnTo(bytes: Uint8Array, at: number, end: number): void {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.isBroken = false;
  }

  /** Keeps no bytes that are overwritten later. */
  protected release(): void {
    this.bytes = NOTHING;
  }

  /** An integer whose first byte has `prefix` bits of it. */
  protected integer(prefix: number): number {
    if (this.at >= this.end) return this.fail();
    const full = (1 << prefix) - 1;
    let value = this.bytes[this.at++]! & full;
    if (value < full) return value;
    for (let i = 0; i < MAX_INTEGER_BYTES && this.at < this.end; i++) {
      const byte = this.bytes[this.at++]!;
      value += (byte & 0x7f) << (7 * i);
      if (byte < 0x80) return value;
    }
    return this.fail();
  }

  /** A string; its first byte has a bit for Huffman's code, and behind it `prefix` bits of the length. */
  protected string(prefix: number): string {
    const huffman = this.at < this.end && (this.bytes[this.at]! >> prefix & 1) === 1;
    const length = this.integer(prefix);
    if (this.isBroken || length > this.end - this.at) {
      this.fail();
      return "";
    }
    const from = this.at;
    this.at += length;
    if (!huffman) return latin1(this.bytes, from, this.at);
    const out = scratch(decodedBound(length));
    const written = decodeHuffman(this.bytes, from, this.at, out);
    if (written < 0) this.fail();
    return latin1(out, 0, written);
  }

  /** Returns 0, for callers that return a number. */
  protected fail(): 0 {
    this.isBroken = true;
    return 0;
  }
}

let decoded = new Uint8Array(1024);

/** Room for a decoded string; the next one overwrites it. */
function scratch(length: number): Uint8Array {
  if (length > decoded.length) decoded = new Uint8Array(length);
  return decoded;
}
