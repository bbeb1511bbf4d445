// AEAD_AES_128_GCM, to open only: RFC 5116 section 5.1, NIST SP 800-38D. Own code by measurement: a packet of
// 1200 octets takes 16 us with it, 75 with node:crypto (mostly objects), 90 with @noble/ciphers 2.4.

import { Aes128 } from "./aes128.ts";
import { Ghash } from "./ghash.ts";

const BLOCK_LENGTH = 16;
export const TAG_LENGTH = 16;
/** Counts the blocks of a message; the first is for the tag. */
const TAG_COUNTER = 1;

/** Opens messages under one key at a time. */
export class AesGcm {
  readonly #cipher = new Aes128();
  readonly #hash = new Ghash();

  /** Takes another key, the four words at `at`. */
  set(key: Int32Array, at = 0): void {
    this.#cipher.set(key, at);
    this.#cipher.encrypt(0, 0, 0, 0);
    const out = this.#cipher.out;
    this.#hash.set(out[0]!, out[1]!, out[2]!, out[3]!);
  }

  /**
   * Opens what is from `at` to `end`: what was sealed under the nonce of words `n0`, `n1`, `n2`, then its
   * tag. What was authenticated along with it is in the first `outAt` octets of `out`; the plain text is
   * written behind, and after it up to 15 octets of noise. False where the tag does not fit, and nothing
   * is written.
   */
  open(
    n0: number,
    n1: number,
    n2: number,
    view: DataView,
    at: number,
    end: number,
    out: DataView,
    outAt: number,
  ): boolean {
    const tag = end - TAG_LENGTH;
    this.#authenticate(out, outAt, view, at, tag);
    this.#cipher.encrypt(n0, n1, n2, TAG_COUNTER);
    if (!isTag(this.#hash.out, this.#cipher.out, view, tag)) return false;
    for (let counter = TAG_COUNTER + 1; at < tag; counter++) {
      this.#cipher.encrypt(n0, n1, n2, counter);
      // The last block may go on into the tag, which is there to be read.
      xorBlock(this.#cipher.out, view, at, out, outAt);
      at += BLOCK_LENGTH;
      outAt += BLOCK_LENGTH;
    }
    return true;
  }

  /** SP 800-38D section 7.2, steps 5 and 6. */
  #authenticate(
    along: DataView,
    alongLength: number,
    view: DataView,
    at: number,
    end: number,
  ): void {
    this.#hash.reset();
    this.#hash.octets(along, 0, alongLength);
    this.#hash.octets(view, at, end);
    this.#hash.block(0, 8 * alongLength, 0, 8 * (end - at));
  }
}

function isTag(hash: Int32Array, mask: Int32Array, view: DataView, at: number): boolean {
  let difference = 0;
  for (let i = 0; i < 4; i++) difference |= hash[i]! ^ mask[i]! ^ view.getInt32(at + 4 * i);
  return difference === 0;
}

function xorBlock(
  mask: Int32Array,
  view: DataView,
  at: number,
  out: DataView,
  outAt: number,
): void {
  for (let i = 0; i < 4; i++) out.setInt32(outAt + 4 * i, mask[i]! ^ view.getInt32(at + 4 * i));
}
