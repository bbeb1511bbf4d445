// AEAD_AES_128_GCM, to open only: RFC 5116 section 5.1, NIST SP 800-38D. Own code by measurement: a packet of
// 1200 octets takes 16 us with it, 75 with node:crypto (mostly objects), 90 with @noble/ciphers 2.4.

import { i32 } from "../bytes.ts";
import { Aes128 } from "./aes128.ts";
import { Ghash } from "./ghash.ts";

const BLOCK_LENGTH = 16;
export const TAG_LENGTH = 16;
export const NONCE_LENGTH = 12;
/** Counts the blocks of a message; the first is the tag's. */
const TAG_COUNTER = 1;

/** Opens messages under one key at a time. */
export class AesGcm {
  readonly #cipher = new Aes128();
  readonly #hash = new Ghash();

  /** Takes another key, of 16 octets. */
  set(key: Uint8Array): void {
    this.#cipher.set(key);
    this.#cipher.encrypt(0, 0, 0, 0);
    const [a, b, c, d] = this.#cipher.out;
    this.#hash.set(a!, b!, c!, d!);
  }

  /**
   * Opens `bytes[at..end)`, which is what was sealed and then its tag. `out[0..outAt)` is what was
   * authenticated along with it; the plain text is written after that, with up to 15 octets of noise
   * behind it. False where the tag does not fit, and nothing is written.
   */
  open(
    nonce: Uint8Array,
    bytes: Uint8Array,
    at: number,
    end: number,
    out: Uint8Array,
    outAt: number,
  ): boolean {
    const tag = end - TAG_LENGTH;
    const n0 = i32(nonce, 0), n1 = i32(nonce, 4), n2 = i32(nonce, 8);
    this.#authenticate(out, outAt, bytes, at, tag);
    this.#cipher.encrypt(n0, n1, n2, TAG_COUNTER);
    if (!isTag(this.#hash.out, this.#cipher.out, bytes, tag)) return false;
    for (let counter = TAG_COUNTER + 1; at < tag; counter++) {
      this.#cipher.encrypt(n0, n1, n2, counter);
      // The last block may go on into the tag, which is there to be read.
      xorBlock(this.#cipher.out, bytes, at, out, outAt);
      at += BLOCK_LENGTH;
      outAt += BLOCK_LENGTH;
    }
    return true;
  }

  /** SP 800-38D section 7.2, step 6. */
  #authenticate(
    along: Uint8Array,
    alongLength: number,
    bytes: Uint8Array,
    at: number,
    end: number,
  ): void {
    this.#hash.reset();
    this.#hash.bytes(along, 0, alongLength);
    this.#hash.bytes(bytes, at, end);
    this.#hash.block(0, 8 * alongLength, 0, 8 * (end - at));
  }
}

function isTag(hash: Int32Array, mask: Int32Array, bytes: Uint8Array, at: number): boolean {
  let difference = 0;
  for (let i = 0; i < 4; i++) difference |= hash[i]! ^ mask[i]! ^ i32(bytes, at + 4 * i);
  return difference === 0;
}

function xorBlock(
  mask: Int32Array,
  bytes: Uint8Array,
  at: number,
  out: Uint8Array,
  outAt: number,
): void {
  for (let i = 0; i < 4; i++) {
    const word = mask[i]! ^ i32(bytes, at);
    out[outAt] = word >>> 24;
    out[outAt + 1] = word >>> 16;
    out[outAt + 2] = word >>> 8;
    out[outAt + 3] = word;
    at += 4;
    outAt += 4;
  }
}
