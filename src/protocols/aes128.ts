// AES with 128-bit keys, encryption only, which is all that counter mode needs: FIPS 197. By tables of what
// SubBytes, ShiftRows and MixColumns make of an octet, as section 5 of the first Rijndael proposal has it.

import { i32 } from "../bytes.ts";

const ROUNDS = 10;
const SCHEDULE_WORDS = 4 * (ROUNDS + 1);

const sBox = new Uint8Array(256);
/** What an octet of each row adds to its column. */
const row0 = new Int32Array(256);
const row1 = new Int32Array(256);
const row2 = new Int32Array(256);
const row3 = new Int32Array(256);

/** Multiplication by x in the field of FIPS 197 section 4.2. */
const timesX = (octet: number): number => ((octet << 1) ^ (octet & 0x80 ? 0x1b : 0)) & 0xff;

/** FIPS 197 section 5.1.1: the inverse in the field, then an affine transformation. */
function fillSBox(): void {
  sBox[0] = 0x63;
  // 3 generates the field, 0xf6 is its inverse: `power` and `inverse` are each other's all the way.
  for (let i = 0, power = 1, inverse = 1; i < 255; i++) {
    const twice = inverse * 0x101;
    sBox[power] = 0x63 ^ inverse ^ (twice >> 4) ^ (twice >> 5) ^ (twice >> 6) ^ (twice >> 7);
    power ^= timesX(power);
    inverse = divideBy3(inverse);
  }
}

/** By 0xf6 = 0x80 + 0x40 + 0x20 + 0x10 + 0x04 + 0x02. */
function divideBy3(octet: number): number {
  octet ^= octet << 1;
  octet ^= octet << 2;
  octet ^= octet << 4;
  octet &= 0xff;
  return octet & 0x80 ? octet ^ 0x09 : octet;
}

/** FIPS 197 section 5.1.3: a column is multiplied by 02 01 01 03, rotated by its row. */
function fillRows(): void {
  for (let i = 0; i < 256; i++) {
    const s = sBox[i]!;
    const twice = timesX(s);
    const column = (twice << 24) | (s << 16) | (s << 8) | (twice ^ s);
    row0[i] = column;
    row1[i] = (column >>> 8) | (column << 24);
    row2[i] = (column >>> 16) | (column << 16);
    row3[i] = (column >>> 24) | (column << 8);
  }
}

fillSBox();
fillRows();

const substitute = (word: number): number =>
  (sBox[word >>> 24]! << 24) | (sBox[(word >>> 16) & 0xff]! << 16) |
  (sBox[(word >>> 8) & 0xff]! << 8) | sBox[word & 0xff]!;

/** The cipher under one key at a time. */
export class Aes128 {
  readonly #schedule = new Int32Array(SCHEDULE_WORDS);
  /** What `encrypt` made: four words, the first octet highest. */
  readonly out = new Int32Array(4);

  /** Takes another key, of 16 octets. FIPS 197 section 5.2. */
  set(key: Uint8Array): void {
    const schedule = this.#schedule;
    for (let i = 0; i < 4; i++) schedule[i] = i32(key, 4 * i);
    let constant = 1;
    for (let i = 4; i < SCHEDULE_WORDS; i++) {
      let word = schedule[i - 1]!;
      if ((i & 3) === 0) {
        word = substitute((word << 8) | (word >>> 24)) ^ (constant << 24);
        constant = timesX(constant);
      }
      schedule[i] = schedule[i - 4]! ^ word;
    }
  }

  /** Encrypts the block of four words into `out`. FIPS 197 section 5.1. */
  encrypt(a: number, b: number, c: number, d: number): void {
    const schedule = this.#schedule;
    a ^= schedule[0]!;
    b ^= schedule[1]!;
    c ^= schedule[2]!;
    d ^= schedule[3]!;
    let k = 4;
    for (; k < SCHEDULE_WORDS - 4; k += 4) {
      const e = row0[a >>> 24]! ^ row1[(b >>> 16) & 0xff]! ^ row2[(c >>> 8) & 0xff]! ^
        row3[d & 0xff]! ^ schedule[k]!;
      const f = row0[b >>> 24]! ^ row1[(c >>> 16) & 0xff]! ^ row2[(d >>> 8) & 0xff]! ^
        row3[a & 0xff]! ^ schedule[k + 1]!;
      const g = row0[c >>> 24]! ^ row1[(d >>> 16) & 0xff]! ^ row2[(a >>> 8) & 0xff]! ^
        row3[b & 0xff]! ^ schedule[k + 2]!;
      d = row0[d >>> 24]! ^ row1[(a >>> 16) & 0xff]! ^ row2[(b >>> 8) & 0xff]! ^
        row3[c & 0xff]! ^ schedule[k + 3]!;
      a = e;
      b = f;
      c = g;
    }
    const out = this.out;
    out[0] = lastRound(a, b, c, d) ^ schedule[k]!;
    out[1] = lastRound(b, c, d, a) ^ schedule[k + 1]!;
    out[2] = lastRound(c, d, a, b) ^ schedule[k + 2]!;
    out[3] = lastRound(d, a, b, c) ^ schedule[k + 3]!;
  }
}

/** The last round mixes no columns. */
const lastRound = (a: number, b: number, c: number, d: number): number =>
  (sBox[a >>> 24]! << 24) | (sBox[(b >>> 16) & 0xff]! << 16) | (sBox[(c >>> 8) & 0xff]! << 8) |
  sBox[d & 0xff]!;
