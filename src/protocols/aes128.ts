// AES with 128-bit keys, to encrypt only, which is all that GCM and QUIC's header protection need: FIPS 197.
// A round is one look-up for each octet, in tables that hold SubBytes and MixColumns together.

const ROUNDS = 10;
const SCHEDULE_WORDS = 4 * (ROUNDS + 1);
const LAST_ROUND = 4 * ROUNDS;

/** FIPS 197 section 4.2.1: an octet times x. */
const timesX = (octet: number): number => ((octet << 1) ^ (octet & 0x80 ? 0x11b : 0)) & 0xff;

/** FIPS 197 section 5.1.1: the inverse in the field, then an affine transformation. */
function makeSBox(): Uint8Array {
  const powers = new Uint8Array(256);
  // 3 generates the field, so what is the i-th power of 3 has the (255-i)-th for its inverse.
  for (let i = 0, power = 1; i < 256; i++, power ^= timesX(power)) powers[i] = power;
  const sBox = new Uint8Array(256);
  sBox[0] = 0x63;
  for (let i = 0; i < 255; i++) {
    const twice = powers[255 - i]! * 0x101;
    sBox[powers[i]!] = 0x63 ^ twice ^ (twice >> 4) ^ (twice >> 5) ^ (twice >> 6) ^ (twice >> 7);
  }
  return sBox;
}

const sBox = makeSBox();

/** What each octet comes to in its column, row after row (sections 5.1.1 and 5.1.3). One table is faster than four. */
const rows = new Int32Array(4 * 256);

for (let i = 0; i < 256; i++) {
  const one = sBox[i]!;
  const two = timesX(one);
  const column = (two << 24) | (one << 16) | (one << 8) | (two ^ one);
  rows[i] = column;
  rows[256 + i] = (column >>> 8) | (column << 24);
  rows[512 + i] = (column >>> 16) | (column << 16);
  rows[768 + i] = (column >>> 24) | (column << 8);
}

/** One column of a round; ShiftRows takes its octets from the columns `a`, `b`, `c`, `d`. */
const mixed = (a: number, b: number, c: number, d: number): number =>
  rows[a >>> 24]! ^ rows[256 + ((b >>> 16) & 0xff)]! ^ rows[512 + ((c >>> 8) & 0xff)]! ^
  rows[768 + (d & 0xff)]!;

/** The same without MixColumns, as in the last round. */
const substituted = (a: number, b: number, c: number, d: number): number =>
  (sBox[a >>> 24]! << 24) | (sBox[(b >>> 16) & 0xff]! << 16) | (sBox[(c >>> 8) & 0xff]! << 8) |
  sBox[d & 0xff]!;

/** Encrypts under one key at a time. Blocks are four words, the first octet highest. */
export class Aes128 {
  readonly #schedule = new Int32Array(SCHEDULE_WORDS);
  /** The block that was encrypted last. */
  readonly out = new Int32Array(4);

  /** Takes another key, the four words at `at`. FIPS 197 section 5.2. */
  set(key: Int32Array, at = 0): void {
    const schedule = this.#schedule;
    for (let i = 0; i < 4; i++) schedule[i] = key[at + i]!;
    let constant = 1;
    for (let i = 4; i < SCHEDULE_WORDS; i += 4) {
      const last = schedule[i - 1]!;
      const rotated = (last << 8) | (last >>> 24);
      const word = substituted(rotated, rotated, rotated, rotated) ^ (constant << 24);
      schedule[i] = schedule[i - 4]! ^ word;
      for (let j = i + 1; j < i + 4; j++) schedule[j] = schedule[j - 4]! ^ schedule[j - 1]!;
      constant = timesX(constant);
    }
  }

  /** Encrypts a block into `out`. FIPS 197 section 5.1. */
  encrypt(a: number, b: number, c: number, d: number): void {
    const schedule = this.#schedule;
    a ^= schedule[0]!;
    b ^= schedule[1]!;
    c ^= schedule[2]!;
    d ^= schedule[3]!;
    for (let i = 4; i < LAST_ROUND; i += 4) {
      const nextA = mixed(a, b, c, d) ^ schedule[i]!;
      const nextB = mixed(b, c, d, a) ^ schedule[i + 1]!;
      const nextC = mixed(c, d, a, b) ^ schedule[i + 2]!;
      d = mixed(d, a, b, c) ^ schedule[i + 3]!;
      a = nextA;
      b = nextB;
      c = nextC;
    }
    const out = this.out;
    out[0] = substituted(a, b, c, d) ^ schedule[LAST_ROUND]!;
    out[1] = substituted(b, c, d, a) ^ schedule[LAST_ROUND + 1]!;
    out[2] = substituted(c, d, a, b) ^ schedule[LAST_ROUND + 2]!;
    out[3] = substituted(d, a, b, c) ^ schedule[LAST_ROUND + 3]!;
  }
}
