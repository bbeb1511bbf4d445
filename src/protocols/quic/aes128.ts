// AES-128 of a single block, for QUIC's header protection: FIPS 197. Own code, as node:crypto makes
// objects for each key: it takes 3 µs, this 0.2.

const ROUNDS = 10;

/** A byte times x (FIPS 197 section 4.2.1). */
const timesX = (byte: number): number => ((byte << 1) ^ (byte & 0x80 ? 0x1b : 0)) & 0xff;

/** Filled on first use: at the start it would take a millisecond. */
const sBox = new Uint8Array(256);

/** The inverse in the field, then an affine transformation (FIPS 197 section 5.1.1). */
function fillSBox(): void {
  const powers = new Uint8Array(256);
  // Each byte but 0 is a power of 3: the inverse of the i-th power is the (255 - i)-th.
  for (let i = 0, power = 1; i < 256; i++, power ^= timesX(power)) powers[i] = power;
  sBox[0] = 0x63;
  for (let i = 0; i < 255; i++) {
    const twice = powers[255 - i]! * 0x101;
    sBox[powers[i]!] = 0x63 ^ twice ^ (twice >> 4) ^ (twice >> 5) ^ (twice >> 6) ^ (twice >> 7);
  }
}

const rotateLeft = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

/** SubBytes and ShiftRows for one column, which takes its bytes from four (5.1.1, 5.1.2). */
const substituted = (a: number, b: number, c: number, d: number): number =>
  (sBox[a >>> 24]! << 24) | (sBox[(b >>> 16) & 0xff]! << 16) | (sBox[(c >>> 8) & 0xff]! << 8) |
  sBox[d & 0xff]!;

/** MixColumns for one column (5.1.3): its bytes are multiplied by x four at a time. */
function mixed(column: number): number {
  const highBits = (column >>> 7) & 0x01010101;
  const twice = ((column & 0x7f7f7f7f) << 1) ^ (highBits * 0x1b);
  return twice ^ rotateLeft(twice ^ column, 8) ^ rotateLeft(column, 16) ^ rotateLeft(column, 24);
}

/**
 * Encrypts the block of words `a`, `b`, `c`, `d` into `out`, under the four words of `key`. The
 * first byte is the highest of the first word. FIPS 197 section 5.1; the key is expanded (5.2)
 * round by round.
 */
export function encryptBlock(
  key: readonly number[],
  a: number,
  b: number,
  c: number,
  d: number,
  out: Int32Array,
): void {
  if (sBox[0] === 0) fillSBox();
  let k0 = key[0]!, k1 = key[1]!, k2 = key[2]!, k3 = key[3]!;
  a ^= k0;
  b ^= k1;
  c ^= k2;
  d ^= k3;
  for (let round = 1, constant = 1; round <= ROUNDS; round++, constant = timesX(constant)) {
    const last = rotateLeft(k3, 8);
    k0 ^= substituted(last, last, last, last) ^ (constant << 24);
    k1 ^= k0;
    k2 ^= k1;
    k3 ^= k2;
    const e = substituted(a, b, c, d);
    const f = substituted(b, c, d, a);
    const g = substituted(c, d, a, b);
    const h = substituted(d, a, b, c);
    const isLast = round === ROUNDS;
    a = (isLast ? e : mixed(e)) ^ k0;
    b = (isLast ? f : mixed(f)) ^ k1;
    c = (isLast ? g : mixed(g)) ^ k2;
    d = (isLast ? h : mixed(h)) ^ k3;
  }
  out[0] = a;
  out[1] = b;
  out[2] = c;
  out[3] = d;
}
