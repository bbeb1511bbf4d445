// The ciphers that packets and records are decrypted with, and what whoever decrypts has to offer.

/** AEAD ciphers, by the names of OpenSSL; "-8" has a tag of 8 bytes. */
export type AeadName =
  | "aes-128-gcm"
  | "aes-256-gcm"
  | "aes-128-ccm"
  | "aes-128-ccm-8"
  | "aes-256-ccm"
  | "aes-256-ccm-8"
  | "chacha20-poly1305";

export interface Aead {
  readonly name: AeadName;
  readonly mode: "gcm" | "ccm" | "chacha20";
  /** Bytes of the key, and of the tag behind the ciphertext. */
  readonly key: number;
  readonly tag: number;
}

const aead = (name: AeadName, mode: Aead["mode"], key: number, tag = 16): Aead => ({
  name,
  mode,
  key,
  tag,
});

export const AES_128_GCM = aead("aes-128-gcm", "gcm", 16);
export const AES_256_GCM = aead("aes-256-gcm", "gcm", 32);
export const AES_128_CCM = aead("aes-128-ccm", "ccm", 16);
export const AES_128_CCM_8 = aead("aes-128-ccm-8", "ccm", 16, 8);
export const AES_256_CCM = aead("aes-256-ccm", "ccm", 32);
export const AES_256_CCM_8 = aead("aes-256-ccm-8", "ccm", 32, 8);
export const CHACHA20_POLY1305 = aead("chacha20-poly1305", "chacha20", 32);

/** Bytes of every nonce here. */
export const NONCE = 12;
/** Bytes of a block of AES, and of its initialization vectors. */
export const AES_BLOCK = 16;
const CHACHA_BLOCK = 64;

export type HashName = "sha1" | "sha256" | "sha384";

export const HASH_BYTES: Readonly<Record<HashName, number>> = { sha1: 20, sha256: 32, sha384: 48 };

/** Bytes from this thread's own memory, as all of them are. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Decrypts. Nothing is kept between two calls. `out` must have room for all that is given. */
export interface Decryption {
  /**
   * Opens `bytes[at..end)`, a ciphertext with its tag, into `out`; `header` is what is authenticated with
   * it. False if the tag does not fit.
   */
  open(
    cipher: Aead,
    key: Bytes,
    nonce: Bytes,
    header: Bytes,
    bytes: Uint8Array,
    at: number,
    end: number,
    out: Bytes,
  ): boolean;
  /**
   * Decrypts `bytes[at..end)`, which begin `offset` bytes behind the beginning of the ciphertext, to the
   * beginning of `out`. No tag is checked.
   */
  part(
    cipher: Aead,
    key: Bytes,
    nonce: Bytes,
    offset: number,
    bytes: Uint8Array,
    at: number,
    end: number,
    out: Bytes,
  ): void;
  /** The 16 bytes that protect QUIC's headers (RFC 9001 section 5.4), from a sample of 16 at `at`. */
  mask(cipher: Aead, key: Bytes, bytes: Uint8Array, at: number, out: Bytes): void;
  /** Whole blocks in CBC mode, with their initialization vector before them, at `at`. */
  cbc(key: Bytes, bytes: Uint8Array, at: number, end: number, out: Bytes): void;
  /** HMAC (RFC 2104) of `data`, a new array. */
  hmac(hash: HashName, key: Bytes, data: Bytes): Bytes;
}

const counter: Bytes = new Uint8Array(AES_BLOCK);

/** Bytes of a block of the key stream. */
export const streamBlock = (cipher: Aead): number =>
  cipher.mode === "chacha20" ? CHACHA_BLOCK : AES_BLOCK;

/**
 * The counter block of the `block`-th block of a ciphertext, until the next call: NIST SP 800-38D
 * (GCM) section 7.1, RFC 3610 (CCM) section 2.3, RFC 8439 (ChaCha20) section 2.8. The first block of each
 * key stream is for the tag.
 */
export function counterBlock(cipher: Aead, nonce: Bytes, block: number): Bytes {
  if (cipher.mode === "chacha20") {
    setLittleEndian(block + 1);
    counter.set(nonce, 4);
    return counter;
  }
  // CCM: the first byte tells that the counter has 3 bytes, as the nonce has 12.
  if (cipher.mode === "ccm") counter[0] = 2;
  counter.set(nonce, cipher.mode === "ccm" ? 1 : 0);
  const value = cipher.mode === "ccm" ? block + 1 : block + 2;
  if (cipher.mode === "gcm") counter[12] = value >>> 24;
  counter[13] = value >>> 16;
  counter[14] = value >>> 8;
  counter[15] = value;
  return counter;
}

function setLittleEndian(value: number): void {
  for (let i = 0; i < 4; i++) counter[i] = value >>> (8 * i);
}
