// GHASH, which makes the tags of GCM: NIST SP 800-38D section 6.4. A block is multiplied by the key four bits
// at a time, by a table of what each of them comes to: 2 us to fill, 5 us for 1200 octets.

const BLOCK_LENGTH = 16;
/** What four bits can be. */
const VALUES = 16;
/** Table entries for the eight times four bits of one word. */
const WORD = 8 * VALUES;

/** Section 6.3: the field's polynomial. The first bit of a block is the lowest power. */
const R = 0xe1000000;

/** Hashes under one key at a time. Blocks are four words, the first octet highest. */
export class Ghash {
  /** The key times each value of each four bits of a block, from its first bits on: a word a table. */
  readonly #table0 = new Int32Array(4 * WORD);
  readonly #table1 = new Int32Array(4 * WORD);
  readonly #table2 = new Int32Array(4 * WORD);
  readonly #table3 = new Int32Array(4 * WORD);
  /** The hash of what has come. */
  readonly out = new Int32Array(4);

  /** Takes another key, a block. */
  set(a: number, b: number, c: number, d: number): void {
    const table0 = this.#table0, table1 = this.#table1;
    const table2 = this.#table2, table3 = this.#table3;
    for (let bits = 0; bits < 4 * WORD; bits += VALUES) {
      for (let bit = VALUES / 2; bit > 0; bit >>= 1) {
        table0[bits + bit] = a;
        table1[bits + bit] = b;
        table2[bits + bit] = c;
        table3[bits + bit] = d;
        // Times x: section 6.3, step 3.
        const reduction = -(d & 1) & R;
        d = (d >>> 1) | (c << 31);
        c = (c >>> 1) | (b << 31);
        b = (b >>> 1) | (a << 31);
        a = (a >>> 1) ^ reduction;
      }
    }
    addUp(table0);
    addUp(table1);
    addUp(table2);
    addUp(table3);
  }

  reset(): void {
    this.out.fill(0);
  }

  /** Takes the octets from `at` to `end`, filled up with zeros to a whole number of blocks. */
  octets(view: DataView, at: number, end: number): void {
    for (; at + BLOCK_LENGTH <= end; at += BLOCK_LENGTH) {
      this.block(
        view.getInt32(at),
        view.getInt32(at + 4),
        view.getInt32(at + 8),
        view.getInt32(at + 12),
      );
    }
    if (at === end) return;
    lastWords.fill(0);
    for (let i = 0; at < end; i++) lastWords[i >> 2]! |= view.getUint8(at++) << (24 - 8 * (i & 3));
    this.block(lastWords[0]!, lastWords[1]!, lastWords[2]!, lastWords[3]!);
  }

  /** Takes a block. */
  block(a: number, b: number, c: number, d: number): void {
    const out = this.out;
    a ^= out[0]!;
    b ^= out[1]!;
    c ^= out[2]!;
    d ^= out[3]!;
    const table0 = this.#table0, table1 = this.#table1;
    const table2 = this.#table2, table3 = this.#table3;
    let w0 = 0, w1 = 0, w2 = 0, w3 = 0;
    for (let bits = 0; bits < WORD; bits += VALUES) {
      const i = bits | (a >>> 28);
      const j = bits | WORD | (b >>> 28);
      const k = bits | (2 * WORD) | (c >>> 28);
      const l = bits | (3 * WORD) | (d >>> 28);
      w0 ^= table0[i]! ^ table0[j]! ^ table0[k]! ^ table0[l]!;
      w1 ^= table1[i]! ^ table1[j]! ^ table1[k]! ^ table1[l]!;
      w2 ^= table2[i]! ^ table2[j]! ^ table2[k]! ^ table2[l]!;
      w3 ^= table3[i]! ^ table3[j]! ^ table3[k]! ^ table3[l]!;
      a <<= 4;
      b <<= 4;
      c <<= 4;
      d <<= 4;
    }
    out[0] = w0;
    out[1] = w1;
    out[2] = w2;
    out[3] = w3;
  }
}

/** Fills the entries of more than one bit from those of one. Written out: three times as fast as loops. */
function addUp(table: Int32Array): void {
  for (let at = 0; at < table.length; at += VALUES) {
    const x1 = table[at + 1]!, x2 = table[at + 2]!, x4 = table[at + 4]!, x8 = table[at + 8]!;
    const x3 = x1 ^ x2, x5 = x4 ^ x1, x6 = x4 ^ x2, x7 = x4 ^ x3;
    table[at + 3] = x3;
    table[at + 5] = x5;
    table[at + 6] = x6;
    table[at + 7] = x7;
    table[at + 9] = x8 ^ x1;
    table[at + 10] = x8 ^ x2;
    table[at + 11] = x8 ^ x3;
    table[at + 12] = x8 ^ x4;
    table[at + 13] = x8 ^ x5;
    table[at + 14] = x8 ^ x6;
    table[at + 15] = x8 ^ x7;
  }
}

const lastWords = new Int32Array(4);
