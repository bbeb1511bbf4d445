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

/** The keys of one sender's Initial packets. */
export interface PacketKeys {
  readonly key: Bytes;
  readonly iv: Bytes;
  /** As four words; the first byte is the highest of the first word. */
  readonly headerProtection: Int32Array;
}

const idBlock = messageBlock(new Uint8Array(0));
const secret = new Int32Array(HASH_WORDS);
const secretKey = new HmacKey();

/** The keys of the side that `label` names; `id` is the destination id of the client's first packet. */
export function initialKeys(
  version: QuicVersion,
  id: Uint8Array,
  label: "client in" | "server in",
): PacketKeys {
  const derivation = derivationOf(version);
  derivation.salt.sign(messageBlock(id, idBlock), secret);
  secretKey.set(secret).sign(SIDE_LABELS[label], secret);
  secretKey.set(secret);
  const headerProtection = new Int32Array(KEY_LENGTH / 4);
  secretKey.sign(derivation.headerProtection, headerProtection);
  return {
    key: expanded(derivation.key, KEY_LENGTH),
    iv: expanded(derivation.iv, IV_LENGTH),
    headerProtection,
  };
}

function expanded(label: Int32Array, length: number): Bytes {
  secretKey.sign(label, secret);
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = secret[i >> 2]! >>> (24 - 8 * (i & 3));
  return bytes;
}

/**
 * Decrypts the packet at `at`, which `header` describes. Returns its frames, null if the keys do
 * not fit.
 */
export function openPacket(
  keys: PacketKeys,
  bytes: Uint8Array,
  at: number,
  header: LongHeader,
): Uint8Array | null {
  const sample = header.number + SAMPLE_AT;
  if (sample + SAMPLE_LENGTH > header.end) return null;
  setMask(keys.headerProtection, bytes, sample);
  const plainHeader = unprotectHeader(bytes, at, header.number);
  const payload = at + plainHeader.length;
  const length = header.end - TAG_LENGTH - payload;
  if (length < 0) return null;
  const iv = nonce(keys.iv, plainHeader, header.number - at);
  const out = new Uint8Array(length);
  const isAuthentic = decryption()
    .open(AES_128_GCM, keys.key, iv, plainHeader, bytes, payload, header.end, out);
  return isAuthentic ? out : null;
}

const mask = new Int32Array(4);

/** RFC 9001 section 5.4.3. */
function setMask(key: Int32Array, bytes: Uint8Array, sample: number): void {
  const a = i32(bytes, sample), b = i32(bytes, sample + 4);
  const c = i32(bytes, sample + 8), d = i32(bytes, sample + 12);
  encryptBlock(key, a, b, c, d, mask);
}

/** A copy of the header without its protection, the packet number included. RFC 9001 section 5.4.1. */
function unprotectHeader(bytes: Uint8Array, at: number, number: number): Bytes {
  const first = bytes[at]! ^ ((mask[0]! >>> 24) & 0x0f);
  const numberMask = (mask[0]! << 8) | (mask[1]! >>> 24);
  const numberLength = (first & 3) + 1;
  const header = new Uint8Array(bytes.subarray(at, number + numberLength));
  header[0] = first;
  for (let i = 0; i < numberLength; i++) header[number - at + i]! ^= numberMask >>> (24 - 8 * i);
  return header;
}

/**
 * The nonce: iv xor packet number. Initial packets are so few that the header always has the whole
 * number.
 */
function nonce(iv: Bytes, header: Bytes, number: number): Bytes {
  const result = iv.slice();
  const shift = IV_LENGTH - header.length;
  for (let i = number; i < header.length; i++) result[i + shift]! ^= header[i]!;
  return result;
}
