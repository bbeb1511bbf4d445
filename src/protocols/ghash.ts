// GHASH, the universal hash of GCM: NIST SP 800-38D section 6.4. By a table of what each four bits of a block
// come to, multiplied by the key: 2 us to fill, then 3 us for a packet of 1200 octets.

import { i32 } from "../bytes.ts";

const BLOCK_LENGTH = 16;
/** Four bits have 16 values, of four words each. */
const NIBBLE_WORDS = 64;
/** A word has eight times four bits. */
const WORD_WORDS = 8 * NIBBLE_WORDS;

/** The polynomial of section 6.3; the first bit of a block is the lowest power. */
const R = 0xe1000000;

/** Hashes under one key at a time. */
export class Ghash {
  /** For each four bits of a block, from the first on: their 16 multiples of the key. */
  readonly #table = new Int32Array(4 * WORD_WORDS);
  /** The hash so far: four words, the first octet highest. */
  readonly out = new Int32Array(4);

  /** Takes the key, a block of four words, and begins anew. */
  set(a: number, b: number, c: number, d: number): void {
    const table = this.#table;
    for (let nibble = 0; nibble < table.length; nibble += NIBBLE_WORDS) {
      for (let value = 8; value > 0; value >>= 1) {
        const at = nibble + 4 * value;
        table[at] = a;
        table[at + 1] = b;
        table[at + 2] = c;
        table[at + 3] = d;
        // Times x: section 6.3, step 3.
        const carry = -(d & 1) & R;
        d = (d >>> 1) | (c << 31);
        c = (c >>> 1) | (b << 31);
        b = (b >>> 1) | (a << 31);
        a = (a >>> 1) ^ carry;
      }
      this.#addUp(nibble);
    }
    this.reset();
  }

  /** Fills the multiples of more than one bit. */
  #addUp(nibble: number): void {
    const table = this.#table;
    for (let value = 3; value < 16; value++) {
      const lowest = value & -value;
      if (value === lowest) continue;
      const at = nibble + 4 * value;
      const one = nibble + 4 * lowest;
      const rest = at - 4 * lowest;
      for (let i = 0; i < 4; i++) table[at + i] = table[one + i]! ^ table[rest + i]!;
    }
  }

  reset(): void {
    this.out.fill(0);
  }

  /** Takes `bytes[at..end)`, filled up with zeros to whole blocks. */
  bytes(bytes: Uint8Array, at: number, end: number): void {
    for (; at + BLOCK_LENGTH <= end; at += BLOCK_LENGTH) {
      this.block(i32(bytes, at), i32(bytes, at + 4), i32(bytes, at + 8), i32(bytes, at + 12));
    }
    if (at === end) return;
    lastBlock.fill(0);
    for (let i = 0; at + i < end; i++) lastBlock[i] = bytes[at + i]!;
    this.bytes(lastBlock, 0, BLOCK_LENGTH);
  }

  /** Takes one block of four words. */
  block(a: number, b: number, c: number, d: number): void {
    const table = this.#table;
    const out = this.out;
    a ^= out[0]!;
    b ^= out[1]!;
    c ^= out[2]!;
    d ^= out[3]!;
    let e = 0, f = 0, g = 0, h = 0;
    for (let nibble = 0, shift = 28; shift >= 0; nibble += NIBBLE_WORDS, shift -= 4) {
      const i = nibble + (((a >>> shift) & 15) << 2);
      const j = nibble + (((b >>> shift) & 15) << 2) + WORD_WORDS;
      const k = nibble + (((c >>> shift) & 15) << 2) + 2 * WORD_WORDS;
      const l = nibble + (((d >>> shift) & 15) << 2) + 3 * WORD_WORDS;
      e ^= table[i]! ^ table[j]! ^ table[k]! ^ table[l]!;
      f ^= table[i + 1]! ^ table[j + 1]! ^ table[k + 1]! ^ table[l + 1]!;
      g ^= table[i + 2]! ^ table[j + 2]! ^ table[k + 2]! ^ table[l + 2]!;
      h ^= table[i + 3]! ^ table[j + 3]! ^ table[k + 3]! ^ table[l + 3]!;
    }
    out[0] = e;
    out[1] = f;
    out[2] = g;
    out[3] = h;
  }
}

const lastBlock = new Uint8Array(BLOCK_LENGTH);
