// SHA-256 of short texts, for fingerprints, and HMAC-SHA-256 of short messages, for key derivation:
// FIPS 180-4, RFC 2104. Own code, as the keys of one side of a QUIC connection take 7 µs with it, but
// 24 with @noble/hashes 2.4 and 47 with node:crypto; with blocks hashed by libcrypto they take 2.

const BLOCK_LENGTH = 64;
const BLOCK_WORDS = 16;
export const HASH_LENGTH = 32;
export const HASH_WORDS = 8;
/** Bytes of a message in one block, beside a 1 bit and the length in 8 bytes. */
const MAX_MESSAGE = BLOCK_LENGTH - 9;
const ROUNDS = 64;

/** FIPS 180-4 section 4.2.2. */
const K = Int32Array.of(
  ...[0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4],
  ...[0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe],
  ...[0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f],
  ...[0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7],
  ...[0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc],
  ...[0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b],
  ...[0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116],
  ...[0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3],
  ...[0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7],
  0xc67178f2,
);

/** FIPS 180-4 section 5.3.3. */
const START = Int32Array.of(
  ...[0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a],
  ...[0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19],
);

/** FIPS 180-4 section 4.1.2. */
const rotateRight = (x: number, n: number): number => (x >>> n) | (x << (32 - n));
const bigSigma0 = (x: number): number =>
  rotateRight(x, 2) ^ rotateRight(x, 13) ^ rotateRight(x, 22);
const bigSigma1 = (x: number): number =>
  rotateRight(x, 6) ^ rotateRight(x, 11) ^ rotateRight(x, 25);
const sigma0 = (x: number): number => rotateRight(x, 7) ^ rotateRight(x, 18) ^ (x >>> 3);
const sigma1 = (x: number): number => rotateRight(x, 17) ^ rotateRight(x, 19) ^ (x >>> 10);
const choose = (x: number, y: number, z: number): number => z ^ (x & (y ^ z));
const majority = (x: number, y: number, z: number): number => (x & y) | (z & (x | y));

/** The message schedule; its first sixteen words are the block that is hashed. */
const w = new Int32Array(ROUNDS);
/** The hash so far: eight words; behind them is the room that C's SHA256_CTX has. */
const state = new Int32Array(HASH_WORDS + 20);

/**
 * Hashes a block into `state`, as `SHA256_Transform` of libcrypto does. The words of `state` are in this
 * machine's order, those of `block` in that of the network.
 */
export type Transform = (state: Int32Array<ArrayBuffer>, block: Int32Array<ArrayBuffer>) => void;

let transform: Transform | null = null;
const block = new Int32Array(BLOCK_WORDS);

/** From now on blocks are hashed by this function; null for own code. */
export function hashBlocksBy(other: Transform | null): void {
  transform = other;
}

/** Copies the first `count` words: few, for which a loop is faster than `set`. */
function copyWords(from: Int32Array, to: Int32Array, count: number): void {
  for (let i = 0; i < count; i++) to[i] = from[i]!;
}

/** Hashes the block in `w` into `state`. */
function compress(): void {
  if (transform === null) return compressByRounds();
  for (let i = 0; i < BLOCK_WORDS; i++) block[i] = swapped(w[i]!);
  transform(state, block);
}

/** A word with its bytes in the other order. Every machine that Deno runs on has the lowest byte first. */
const swapped = (word: number): number =>
  (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);

/** FIPS 180-4 section 6.2.2. With `| 0` behind each sum, V8 adds integers. */
function compressByRounds(): void {
  for (let t = BLOCK_WORDS; t < ROUNDS; t++) {
    const more = (sigma1(w[t - 2]!) + w[t - 7]!) | 0;
    w[t] = (more + ((sigma0(w[t - 15]!) + w[t - 16]!) | 0)) | 0;
  }
  let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!;
  let e = state[4]!, f = state[5]!, g = state[6]!, h = state[7]!;
  for (let t = 0; t < ROUNDS; t++) {
    let sum = (h + bigSigma1(e)) | 0;
    sum = (sum + choose(e, f, g)) | 0;
    sum = (sum + ((K[t]! + w[t]!) | 0)) | 0;
    const other = (bigSigma0(a) + majority(a, b, c)) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + sum) | 0;
    d = c;
    c = b;
    b = a;
    a = (sum + other) | 0;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
  state[5]! += f;
  state[6]! += g;
  state[7]! += h;
}

/** Writes the hash of `text`, which is ASCII, to `out`: eight words. FIPS 180-4 sections 5.1.1 and 6.2. */
export function hashText(text: string, out: Int32Array): void {
  copyWords(START, state, HASH_WORDS);
  for (let at = 0; at <= text.length + 8; at += BLOCK_LENGTH) {
    w.fill(0, 0, BLOCK_WORDS);
    const end = Math.min(text.length - at, BLOCK_LENGTH);
    for (let i = 0; i < end; i++) w[i >> 2]! |= text.charCodeAt(at + i) << (24 - 8 * (i & 3));
    if (end >= 0 && end < BLOCK_LENGTH) w[end >> 2]! |= 0x80 << (24 - 8 * (end & 3));
    if (at + BLOCK_LENGTH > text.length + 8) w[BLOCK_WORDS - 1] = text.length * 8;
    compress();
  }
  copyWords(state, out, HASH_WORDS);
}

/** RFC 2104 section 2. */
const INNER_PAD = 0x36363636;
const OUTER_PAD = 0x5c5c5c5c;

/** The length of the inner or outer message, behind the block of the key. */
const bitsAfterKey = (bytes: number): number => 8 * (BLOCK_LENGTH + bytes);

/**
 * A message of at most 55 bytes in the form that `sign` takes: padded, as sixteen words (FIPS 180-4
 * section 5.1.1). `into` is overwritten.
 */
export function messageBlock(
  message: ArrayLike<number>,
  into: Int32Array = new Int32Array(BLOCK_WORDS),
): Int32Array {
  if (message.length > MAX_MESSAGE) throw new RangeError("Cannot sign more than 55 bytes");
  into.fill(0);
  for (let i = 0; i < message.length; i++) into[i >> 2]! |= message[i]! << (24 - 8 * (i & 3));
  into[message.length >> 2]! |= 0x80 << (24 - 8 * (message.length & 3));
  into[BLOCK_WORDS - 1] = bitsAfterKey(message.length);
  return into;
}

/** A key, hashed once for all its messages. */
export class HmacKey {
  readonly #inner = new Int32Array(HASH_WORDS);
  readonly #outer = new Int32Array(HASH_WORDS);

  /** Sets another key, of at most sixteen words. */
  set(key: Int32Array): this {
    hashKey(key, INNER_PAD, this.#inner);
    hashKey(key, OUTER_PAD, this.#outer);
    return this;
  }

  /** Writes the HMAC of the message in `block` to `out`; only the first words if that is shorter. */
  sign(block: Int32Array, out: Int32Array): void {
    copyWords(block, w, BLOCK_WORDS);
    copyWords(this.#inner, state, HASH_WORDS);
    compress();
    copyWords(state, w, HASH_WORDS);
    w[HASH_WORDS] = 0x80 << 24;
    w.fill(0, HASH_WORDS + 1, BLOCK_WORDS - 1);
    w[BLOCK_WORDS - 1] = bitsAfterKey(HASH_LENGTH);
    copyWords(this.#outer, state, HASH_WORDS);
    compress();
    copyWords(state, out, out.length);
  }
}

function hashKey(key: Int32Array, pad: number, into: Int32Array): void {
  for (let i = 0; i < BLOCK_WORDS; i++) w[i] = (i < key.length ? key[i]! : 0) ^ pad;
  copyWords(START, state, HASH_WORDS);
  compress();
  copyWords(state, into, HASH_WORDS);
}
