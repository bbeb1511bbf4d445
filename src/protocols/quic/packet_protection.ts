// The protection of one side's packets in QUIC's 0-RTT and 1-RTT: RFC 9001 sections 5 and 6 (key updates).

import { type Bytes, NONCE } from "../../crypto/cipher.ts";
import { decryption } from "../../crypto/decryption.ts";
import { expandLabel } from "../../crypto/key_derivation.ts";
import type { CipherSuite } from "../tls/cipher_suites.ts";
import { LABEL_PREFIX_1 } from "./versions.ts";

/** The sample for header protection begins behind the longest possible packet number. */
const SAMPLE_AT = 4;
const SAMPLE_LENGTH = 16;
const MAX_HEADER = 64;
const KEY_PHASE = 0x04;

/** Bytes of memory that it takes. */
export const PROTECTION_BYTES = 900;

const mask: Bytes = new Uint8Array(16);
const nonce: Bytes = new Uint8Array(NONCE);
const plainHeader: Bytes = new Uint8Array(MAX_HEADER);

/** What follows from one secret. */
class Keys {
  readonly secret: Bytes;
  readonly key: Bytes;
  readonly iv: Bytes;

  constructor({ hash, key }: CipherSuite, secret: Bytes, prefix: string) {
    this.secret = secret;
    this.key = expandLabel(hash, secret, `${prefix}key`, key);
    this.iv = expandLabel(hash, secret, `${prefix}iv`, NONCE);
  }
}

export class PacketProtection {
  readonly #suite: CipherSuite;
  readonly #prefix: string;
  /** What may be before the label for updates: the first one that opens a packet is. */
  #updatePrefixes: readonly string[];
  readonly #headerKey: Bytes;
  #keys: Keys;
  /** Those of the phase before, for packets that come late. */
  #former: Keys | null = null;
  /** One for each of #updatePrefixes; null until a packet seems to have them. */
  #next: readonly Keys[] | null = null;
  #phase = 0;
  /** The first packet number of this phase that was seen. */
  #phaseStart = 0;
  #largest = -1;
  /** Whether a packet could be opened. */
  isVerified = false;

  /** Of the packet whose header was read last: where its payload is, and its length; its keys. */
  payload = 0;
  length = 0;
  #number = 0;
  #current: Keys;
  #updates = false;

  /** `prefix`: of the version's labels, "quic ". */
  constructor(suite: CipherSuite, secret: Bytes, prefix: string) {
    this.#suite = suite;
    this.#prefix = prefix;
    // quic-go 0.29 updates the keys of its draft of version 2 with the label of version 1.
    this.#updatePrefixes = prefix === LABEL_PREFIX_1 ? [prefix] : [prefix, LABEL_PREFIX_1];
    this.#headerKey = expandLabel(suite.hash, secret, `${prefix}hp`, suite.key);
    this.#keys = this.#current = new Keys(suite, secret, prefix);
  }

  /**
   * Reads the header of the packet at `at`, whose number is at `number`, and which ends at `end`. False if it
   * is too short. `hasPhase`: whether its header is a short one.
   */
  readHeader(
    bytes: Uint8Array,
    at: number,
    number: number,
    end: number,
    hasPhase: boolean,
  ): boolean {
    const sample = number + SAMPLE_AT;
    if (sample + SAMPLE_LENGTH > end || sample - at > MAX_HEADER) return false;
    decryption().mask(this.#suite.aead!, this.#headerKey, bytes, sample, mask);
    const first = bytes[at]! ^ (mask[0]! & (hasPhase ? 0x1f : 0x0f));
    const numberLength = (first & 3) + 1;
    for (let i = at; i < number; i++) plainHeader[i - at] = bytes[i]!;
    plainHeader[0] = first;
    let truncated = 0;
    for (let i = 0; i < numberLength; i++) {
      const byte = bytes[number + i]! ^ mask[1 + i]!;
      plainHeader[number - at + i] = byte;
      truncated = truncated * 256 + byte;
    }
    this.payload = number + numberLength;
    this.length = end - this.payload - this.#suite.aead!.tag;
    if (this.length <= 0) return false;
    this.#number = wholeNumber(this.#largest, truncated, 8 * numberLength);
    this.#choose(hasPhase ? (first & KEY_PHASE) >> 2 : this.#phase);
    return true;
  }

  /** The keys for the packet at hand. */
  #choose(phase: number): void {
    this.#updates = false;
    this.#current = this.#keys;
    if (phase === this.#phase) return;
    if (this.#former !== null && this.#number < this.#phaseStart) {
      this.#current = this.#former;
      return;
    }
    this.#updates = true;
    this.#next ??= this.#updatePrefixes.map((prefix) => this.#keysAfter(this.#keys, prefix));
    this.#current = this.#next[0]!;
  }

  #keysAfter({ secret }: Keys, prefix: string): Keys {
    const next = expandLabel(this.#suite.hash, secret, `${prefix}ku`, secret.length);
    return new Keys(this.#suite, next, this.#prefix);
  }

  /** Whether only a part of the packet at hand may be decrypted: not the first with its keys. */
  get mayPart(): boolean {
    return this.isVerified && !this.#updates;
  }

  /** Decrypts the first `length` bytes of the payload, without looking at the tag. */
  part(bytes: Uint8Array, length: number, out: Bytes): void {
    const { key, iv } = this.#current;
    setNonce(iv, this.#number);
    const { payload } = this;
    decryption().part(this.#suite.aead!, key, nonce, 0, bytes, payload, payload + length, out);
  }

  /** Opens the packet whose header at `at` was read, and which ends at `end`. False if its tag does not fit. */
  open(bytes: Uint8Array, at: number, end: number, out: Bytes): boolean {
    this.length = end - this.payload - this.#suite.aead!.tag;
    if (this.length <= 0) return false;
    const isOpened = this.#openWith(this.#current, bytes, at, end, out) ||
      this.#updates && this.#openWithOther(bytes, at, end, out);
    if (!isOpened) return false;
    this.isVerified = true;
    if (this.#updates) this.#turnToNext();
    this.noteNumber();
    return true;
  }

  #openWith({ key, iv }: Keys, bytes: Uint8Array, at: number, end: number, out: Bytes): boolean {
    setNonce(iv, this.#number);
    const header = plainHeader.subarray(0, this.payload - at);
    return decryption().open(this.#suite.aead!, key, nonce, header, bytes, this.payload, end, out);
  }

  /** Opens the packet with other keys that may be the next ones. */
  #openWithOther(bytes: Uint8Array, at: number, end: number, out: Bytes): boolean {
    const keys = this.#next!.find((keys, i) => i > 0 && this.#openWith(keys, bytes, at, end, out));
    this.#current = keys ?? this.#current;
    return keys !== undefined;
  }

  /** The packet at hand is one of this connection. */
  noteNumber(): void {
    if (this.#number > this.#largest) this.#largest = this.#number;
  }

  #turnToNext(): void {
    this.#updatePrefixes = [this.#updatePrefixes[this.#next!.indexOf(this.#current)]!];
    this.#former = this.#keys;
    this.#keys = this.#current;
    this.#next = null;
    this.#phase ^= 1;
    this.#phaseStart = this.#number;
  }
}

function setNonce(iv: Bytes, number: number): void {
  nonce.set(iv);
  const high = Math.floor(number / 0x100000000);
  for (let i = 0; i < 4; i++) {
    nonce[4 + i]! ^= high >>> (24 - 8 * i);
    nonce[8 + i]! ^= number >>> (24 - 8 * i);
  }
}

/** The whole packet number from its lowest `bits` (RFC 9000 appendix A.3). */
export function wholeNumber(largest: number, truncated: number, bits: number): number {
  const expected = largest + 1;
  const window = 2 ** bits;
  const candidate = Math.floor(expected / window) * window + truncated;
  if (candidate <= expected - window / 2) return candidate + window;
  if (candidate > expected + window / 2 && candidate >= window) return candidate - window;
  return candidate;
}
