// Decrypts the records that one side sends with one key: RFC 8446 section 5.2, RFC 5246 section 6.2.3, RFC
// 5288 (GCM), RFC 6655 (CCM), RFC 7905 (ChaCha20), RFC 7366 (MAC of what is encrypted).

import { AES_BLOCK, type Bytes, HASH_BYTES, NONCE } from "../../crypto/cipher.ts";
import { decryption } from "../../crypto/decryption.ts";
import { expandLabel, prf } from "../../crypto/key_derivation.ts";
import type { Side } from "../analyser.ts";
import type { CipherSuite } from "./cipher_suites.ts";
import { RECORD_HEADER } from "./records.ts";

/** The part of a nonce that records carry, in TLS 1.2 with GCM and CCM. */
const EXPLICIT_NONCE = 8;
const SEQUENCE = 8;

const recordHeader: Bytes = new Uint8Array(RECORD_HEADER);
/** Sequence number, type, version, length. */
const ADDED = SEQUENCE + RECORD_HEADER;
const added: Bytes = new Uint8Array(ADDED);

interface Keys {
  readonly key: Bytes;
  readonly iv: Bytes;
  /** Of the MAC, in CBC mode. */
  readonly mac: Bytes;
}

const NONE: Bytes = new Uint8Array(0);

/** Bytes of memory that a cipher takes. */
export const CIPHER_BYTES = 700;

export class RecordCipher {
  readonly suite: CipherSuite;
  /** Whether the record's true type is inside, behind its content (TLS 1.3). */
  readonly hidesType: boolean;
  /** Bytes of each record in front of the ciphertext. */
  readonly prefix: number;
  /** Bytes behind the ciphertext; in CBC mode, if the MAC is encrypted, at least as many in it. */
  readonly tag: number;
  readonly #keys: Keys;
  /** In CBC mode: whether the MAC is behind the ciphertext, and of it (RFC 7366). */
  readonly isMacLast: boolean;

  constructor(suite: CipherSuite, keys: Keys, hidesType: boolean, isMacLast = false) {
    this.suite = suite;
    this.hidesType = hidesType;
    this.#keys = keys;
    this.isMacLast = isMacLast;
    const { aead, mac } = suite;
    if (aead === null) this.prefix = AES_BLOCK;
    else this.prefix = hidesType || aead.mode === "chacha20" ? 0 : EXPLICIT_NONCE;
    this.tag = aead === null ? HASH_BYTES[mac!] : aead.tag;
  }

  /** Whether a part of a record can be decrypted by itself. */
  get hasParts(): boolean {
    return this.suite.aead !== null;
  }

  /** Whether each record has its nonce or initialization vector inside, so that its number is not needed. */
  get isSelfContained(): boolean {
    return this.prefix > 0;
  }

  /** Bytes of padding that a record may have to have. */
  get mostPadding(): number {
    return this.suite.aead === null ? AES_BLOCK : 0;
  }

  /** In CBC mode, the last bytes of a record, in which padding is that is no longer than it must be. */
  get cbcTail(): number {
    return this.isMacLast
      ? 2 * AES_BLOCK + this.tag
      : Math.ceil(this.tag / AES_BLOCK + 1) * AES_BLOCK;
  }

  /** Whether a record with `length` bytes behind its header has more padding than it must, with so much content. */
  isPadded(length: number, content: number): boolean {
    return this.suite.aead === null && length - this.leastLength - content > this.mostPadding;
  }

  /** Whether a record with `length` bytes behind its header can be read as it comes. */
  mayStream(length: number): boolean {
    if (this.suite.aead !== null) return true;
    const size = length - this.prefix - this.cbcTail;
    return size >= 0 && size % AES_BLOCK === 0;
  }

  /** The fewest bytes that a record has, without its header. */
  get leastLength(): number {
    return this.prefix + this.tag + (this.hidesType ? 1 : 0);
  }

  /**
   * Decrypts the record whose header is at `at`, with `length` bytes behind it, if it is the one with this
   * sequence number. Returns the length of what is now in `out`, -1 if it is not.
   */
  open(bytes: Uint8Array, at: number, length: number, sequence: number, out: Bytes): number {
    if (length < this.leastLength) return -1;
    if (this.suite.aead === null) return this.#openCbc(bytes, at, length, sequence, out);
    const text = at + RECORD_HEADER + this.prefix;
    const end = at + RECORD_HEADER + length;
    const content = end - text - this.tag;
    const { aead } = this.suite;
    const header = this.hidesType ? headerAt(bytes, at) : addedData(bytes, at, sequence, content);
    const nonce = this.nonce(sequence, bytes, at);
    const { key } = this.#keys;
    return decryption().open(aead, key, nonce, header, bytes, text, end, out) ? content : -1;
  }

  /** The nonce of the record at `at`, until the next call. */
  nonce(sequence: number, bytes: Uint8Array, at: number): Bytes {
    const { iv } = this.#keys;
    nonceOfRecord.set(iv);
    if (this.prefix > 0) {
      for (let i = 0; i < EXPLICIT_NONCE; i++) {
        nonceOfRecord[iv.length + i] = bytes[at + RECORD_HEADER + i]!;
      }
    } else addSequence(nonceOfRecord, NONCE - SEQUENCE, sequence);
    return nonceOfRecord;
  }

  /** Decrypts the bytes at `offset` of a ciphertext to the beginning of `out`, without its tag. */
  part(
    nonce: Bytes,
    offset: number,
    bytes: Uint8Array,
    at: number,
    end: number,
    out: Bytes,
  ): void {
    decryption().part(this.suite.aead!, this.#keys.key, nonce, offset, bytes, at, end, out);
  }

  /**
   * Decrypts the beginning of the content of the record at `at`, of which `bytes[at..end)` has come, to the
   * beginning of `out`, at most `most` bytes, without looking at the tag. Returns how many bytes.
   */
  beginning(
    bytes: Uint8Array,
    at: number,
    end: number,
    sequence: number,
    most: number,
    out: Bytes,
  ): number {
    const text = at + RECORD_HEADER + this.prefix;
    const size = Math.min(end - text, most);
    if (size <= 0) return 0;
    if (this.suite.aead === null) {
      const whole = size - size % AES_BLOCK;
      if (whole > 0) this.blocks(bytes, at + RECORD_HEADER, text + whole, out);
      return whole;
    }
    this.part(this.nonce(sequence, bytes, at), 0, bytes, text, text + size, out);
    return size;
  }

  /** In CBC mode, decrypts the blocks behind the first of `bytes[at..end)`. */
  blocks(bytes: Uint8Array, at: number, end: number, out: Bytes): void {
    decryption().cbc(this.#keys.key, bytes, at, end, out);
  }

  #openCbc(bytes: Uint8Array, at: number, length: number, sequence: number, out: Bytes): number {
    const { mac } = this.suite;
    const start = at + RECORD_HEADER;
    const end = start + length - (this.isMacLast ? this.tag : 0);
    const size = end - start - AES_BLOCK;
    if (size <= 0 || size % AES_BLOCK !== 0) return -1;
    if (this.isMacLast) {
      const header = addedData(bytes, at, sequence, end - start);
      const expected = decryption().hmac(mac!, this.#keys.mac, joined(header, bytes, start, end));
      if (!isEqual(expected, bytes, end)) return -1;
    }
    this.blocks(bytes, start, end, out);
    // The padding ends with its length, which does not count itself.
    const content = size - 1 - out[size - 1]! - (this.isMacLast ? 0 : this.tag);
    if (content < 0 || this.isMacLast) return content;
    const header = addedData(bytes, at, sequence, content);
    const expected = decryption().hmac(mac!, this.#keys.mac, joined(header, out, 0, content));
    return isEqual(expected, out, content) ? content : -1;
  }
}

const nonceOfRecord: Bytes = new Uint8Array(NONCE);

function headerAt(bytes: Uint8Array, at: number): Bytes {
  for (let i = 0; i < RECORD_HEADER; i++) recordHeader[i] = bytes[at + i]!;
  return recordHeader;
}

/** What TLS 1.2 authenticates beside the content, of which `length` bytes are in the record at `at`. */
function addedData(bytes: Uint8Array, at: number, sequence: number, length: number): Bytes {
  added.fill(0);
  addSequence(added, 0, sequence);
  for (let i = 0; i < 3; i++) added[SEQUENCE + i] = bytes[at + i]!;
  added[SEQUENCE + 3] = length >> 8;
  added[SEQUENCE + 4] = length;
  return added;
}

/** Combines a sequence number, of 8 bytes, with what is at `at` by exclusive or. */
function addSequence(bytes: Bytes, at: number, sequence: number): void {
  const high = Math.floor(sequence / 0x100000000);
  for (let i = 0; i < 4; i++) {
    bytes[at + i]! ^= high >>> (24 - 8 * i);
    bytes[at + 4 + i]! ^= sequence >>> (24 - 8 * i);
  }
}

function joined(first: Bytes, bytes: Uint8Array, at: number, end: number): Bytes {
  const all = new Uint8Array(first.length + end - at);
  all.set(first);
  all.set(bytes.subarray(at, end), first.length);
  return all;
}

function isEqual(expected: Bytes, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < expected.length; i++) {
    if (expected[i] !== bytes[at + i]) return false;
  }
  return true;
}

/** The keys that follow from a traffic secret of TLS 1.3 (RFC 8446 section 7.3). */
export function cipherOfSecret(suite: CipherSuite, secret: Bytes): RecordCipher {
  const key = expandLabel(suite.hash, secret, "key", suite.key);
  const iv = expandLabel(suite.hash, secret, "iv", NONCE);
  return new RecordCipher(suite, { key, iv, mac: NONE }, true);
}

/** The secret that follows a KeyUpdate (section 7.2). */
export const nextSecret = (suite: CipherSuite, secret: Bytes): Bytes =>
  expandLabel(suite.hash, secret, "traffic upd", secret.length);

/** The keys of one side that follow from a master secret of TLS 1.2 (RFC 5246 section 6.3). */
export function cipherOfMaster(
  suite: CipherSuite,
  master: Bytes,
  randoms: { readonly client: Uint8Array; readonly server: Uint8Array },
  side: Side,
  macLast: boolean,
): RecordCipher {
  const macLength = suite.mac === null ? 0 : HASH_BYTES[suite.mac];
  const ivLength = suite.aead === null ? 0 : suite.aead.mode === "chacha20" ? NONCE : 4;
  const seed = Uint8Array.of(...randoms.server, ...randoms.client);
  const length = 2 * (macLength + suite.key + ivLength);
  const block = prf(suite.hash, master, "key expansion", seed, length);
  const keyAt = 2 * macLength + side * suite.key;
  const ivAt = 2 * (macLength + suite.key) + side * ivLength;
  const keys = {
    mac: block.slice(side * macLength, (side + 1) * macLength),
    key: block.slice(keyAt, keyAt + suite.key),
    iv: block.slice(ivAt, ivAt + ivLength),
  };
  return new RecordCipher(suite, keys, false, macLast && suite.aead === null);
}
