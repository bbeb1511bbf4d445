// The keys of QUIC's Initial packets, and their decryption. The keys are no secret: anybody can
// derive them from the first destination connection id. RFC 9001 section 5.

import { i32 } from "../../bytes.ts";
import { AES_128_GCM, type Bytes } from "../../crypto/cipher.ts";
import { decryption } from "../../crypto/decryption.ts";
import { encryptBlock } from "./aes128.ts";
import type { LongHeader } from "./packet_header.ts";
import type { QuicVersion } from "./versions.ts";
import { HASH_LENGTH, HASH_WORDS, HmacKey, messageBlock } from "../../crypto/sha256.ts";

const KEY_LENGTH = 16;
const IV_LENGTH = 12;
const TAG_LENGTH = 16;
/** The sample for header protection begins behind the longest possible packet number. */
const SAMPLE_AT = 4;
const SAMPLE_LENGTH = 16;
/** Bytes that any datagram fits into; a packet that is said to be longer is none. */
const DATAGRAM_ROOM = 1 << 16;

/**
 * The message that HKDF-Expand-Label (RFC 8446 section 7.1) signs, without context, for up to 32
 * bytes.
 */
function labelBlock(label: string, length: number): Int32Array {
  const name = new TextEncoder().encode(`tls13 ${label}`);
  return messageBlock(Uint8Array.of(0, length, name.length, ...name, 0, 1));
}

const SIDE_LABELS = {
  "client in": labelBlock("client in", HASH_LENGTH),
  "server in": labelBlock("server in", HASH_LENGTH),
};

/** What is the same for the keys of all connections of a version. */
class Derivation {
  readonly salt: HmacKey;
  readonly key: Int32Array;
  readonly iv: Int32Array;
  readonly headerProtection: Int32Array;

  constructor({ salt, labelPrefix }: QuicVersion) {
    this.salt = new HmacKey().set(
      Int32Array.from({ length: salt.length / 4 }, (_, i) => i32(salt, 4 * i)),
    );
    this.key = labelBlock(`${labelPrefix}key`, KEY_LENGTH);
    this.iv = labelBlock(`${labelPrefix}iv`, IV_LENGTH);
    this.headerProtection = labelBlock(`${labelPrefix}hp`, KEY_LENGTH);
  }
}

const derivations = new Map<QuicVersion, Derivation>();

function derivationOf(version: QuicVersion): Derivation {
  let derivation = derivations.get(version);
  if (derivation === undefined) {
    derivation = new Derivation(version);
    derivations.set(version, derivation);
  }
  return derivation;
}

/** Sixteen bytes; the first is the highest of the first word. */
type Words = readonly [number, number, number, number];

/**
 * The keys of one sender's Initial packets. Not arrays of bytes, as each of these takes the runtime 0.6 µs to
 * make, and more to give up.
 */
export interface PacketKeys {
  readonly key: Words;
  /** Of which the first twelve bytes count. */
  readonly iv: Words;
  readonly headerProtection: Words;
}

const idBlock = messageBlock(new Uint8Array(0));
const secret = new Int32Array(HASH_WORDS);
const secretKey = new HmacKey();

/** The keys of the side that `label` names; `id` is the destination id of the client's first packet. */
export function initialKeys(
  version: QuicVersion,
  id: ArrayLike<number>,
  label: "client in" | "server in",
): PacketKeys {
  const derivation = derivationOf(version);
  derivation.salt.sign(messageBlock(id, idBlock), secret);
  secretKey.set(secret).sign(SIDE_LABELS[label], secret);
  secretKey.set(secret);
  return {
    key: expanded(derivation.key),
    iv: expanded(derivation.iv),
    headerProtection: expanded(derivation.headerProtection),
  };
}

/** The first words of what follows from the secret and a label. */
function expanded(label: Int32Array): Words {
  secretKey.sign(label, secret);
  return [secret[0]!, secret[1]!, secret[2]!, secret[3]!];
}

/** Of the packet that is opened. */
const key: Bytes = new Uint8Array(KEY_LENGTH);
const nonce: Bytes = new Uint8Array(IV_LENGTH);
const plainHeader: Bytes = new Uint8Array(DATAGRAM_ROOM);
const plaintext: Bytes = new Uint8Array(DATAGRAM_ROOM);
const mask = new Int32Array(4);

/**
 * Decrypts the packet at `at`, which `header` describes. Returns its frames, which the next call
 * overwrites; null if the keys do not fit.
 */
export function openPacket(
  keys: PacketKeys,
  bytes: Uint8Array,
  at: number,
  header: LongHeader,
): Uint8Array | null {
  const sample = header.number + SAMPLE_AT;
  if (sample + SAMPLE_LENGTH > header.end || header.end - at > DATAGRAM_ROOM) return null;
  setMask(keys.headerProtection, bytes, sample);
  const headerLength = unprotectHeader(bytes, at, header.number);
  const payload = at + headerLength;
  const length = header.end - TAG_LENGTH - payload;
  if (length < 0) return null;
  setNonce(keys.iv, header.number - at, headerLength);
  writeWords(keys.key, key);
  const authenticated = plainHeader.subarray(0, headerLength);
  const isAuthentic = decryption()
    .open(AES_128_GCM, key, nonce, authenticated, bytes, payload, header.end, plaintext);
  return isAuthentic ? plaintext.subarray(0, length) : null;
}

/** RFC 9001 section 5.4.3. */
function setMask(key: Words, bytes: Uint8Array, sample: number): void {
  const a = i32(bytes, sample), b = i32(bytes, sample + 4);
  const c = i32(bytes, sample + 8), d = i32(bytes, sample + 12);
  encryptBlock(key, a, b, c, d, mask);
}

/**
 * Sets `plainHeader` to the header without its protection, the packet number included, and returns its
 * length. RFC 9001 section 5.4.1.
 */
function unprotectHeader(bytes: Uint8Array, at: number, number: number): number {
  const first = bytes[at]! ^ ((mask[0]! >>> 24) & 0x0f);
  const numberMask = (mask[0]! << 8) | (mask[1]! >>> 24);
  const numberAt = number - at;
  const length = numberAt + (first & 3) + 1;
  for (let i = 0; i < length; i++) plainHeader[i] = bytes[at + i]!;
  plainHeader[0] = first;
  for (let i = numberAt; i < length; i++) {
    plainHeader[i]! ^= numberMask >>> (24 - 8 * (i - numberAt));
  }
  return length;
}

/**
 * The nonce: iv xor packet number, which is at `number` of the header. Initial packets are so few that the
 * header always has the whole number.
 */
function setNonce(iv: Words, number: number, headerLength: number): void {
  writeWords(iv, nonce);
  const shift = IV_LENGTH - headerLength;
  for (let i = number; i < headerLength; i++) nonce[i + shift]! ^= plainHeader[i]!;
}

/** Fills `to` with the first bytes. */
function writeWords(words: Words, to: Bytes): void {
  for (let i = 0; i < to.length; i++) to[i] = words[i >> 2]! >>> (24 - 8 * (i & 3));
}
