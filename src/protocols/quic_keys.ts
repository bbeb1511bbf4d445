// What protects QUIC's Initial packets: keys that anybody can derive from the connection id that the
// client chose first. They keep packets apart from noise, not from readers. RFC 9001 section 5.

import { Aes128 } from "./aes128.ts";
import { AesGcm, TAG_LENGTH } from "./aes_gcm.ts";
import type { LongHeader } from "./quic_header.ts";
import type { QuicVersion } from "./quic_versions.ts";
import { HASH_LENGTH, HASH_WORDS, HmacKey, messageBlock } from "./sha256.ts";

const KEY_LENGTH = 16;
const IV_LENGTH = 12;
/** The sample for header protection begins where the longest packet number would end. */
const SAMPLE_AT = 4;
const SAMPLE_LENGTH = 16;
/** No datagram is longer. */
const MAX_PACKET = 1 << 16;

/** What HKDF-Expand-Label of RFC 8446 section 7.1 signs, without context, for at most 32 octets. */
function labelBlock(label: string, length: number): Int32Array {
  const name = new TextEncoder().encode(`tls13 ${label}`);
  return messageBlock(Uint8Array.of(0, length, name.length, ...name, 0, 1));
}

const SIDE_LABELS = {
  "client in": labelBlock("client in", HASH_LENGTH),
  "server in": labelBlock("server in", HASH_LENGTH),
};

/** What the keys of all connections of a version have in common. */
class Derivation {
  readonly salt: HmacKey;
  readonly key: Int32Array;
  readonly iv: Int32Array;
  readonly headerProtection: Int32Array;

  constructor({ salt, labelPrefix }: QuicVersion) {
    const words = new DataView(salt.buffer, salt.byteOffset);
    this.salt = new HmacKey().set(
      Int32Array.from({ length: salt.length / 4 }, (_, i) => words.getInt32(4 * i)),
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

/** The keys of one sender's Initial packets, as words: key, iv, header protection key. */
export type PacketKeys = Int32Array;
export const KEY_AT = 0;
export const IV_AT = 4;
export const HEADER_PROTECTION_AT = 7;
const KEYS_WORDS = 11;

const idBlock = messageBlock(new Uint8Array(0));
const secret = new Int32Array(HASH_WORDS);
const secretKey = new HmacKey();

/** The keys of the side that `label` names; `id` is the destination of the client's first packet. */
export function initialKeys(
  version: QuicVersion,
  id: Uint8Array,
  label: "client in" | "server in",
): PacketKeys {
  const derivation = derivationOf(version);
  derivation.salt.sign(messageBlock(id, idBlock), secret);
  secretKey.set(secret).sign(SIDE_LABELS[label], secret);
  const keys = new Int32Array(KEYS_WORDS);
  secretKey.set(secret);
  secretKey.sign(derivation.key, keys, KEY_AT, 4);
  secretKey.sign(derivation.iv, keys, IV_AT, 3);
  secretKey.sign(derivation.headerProtection, keys, HEADER_PROTECTION_AT, 4);
  return keys;
}

const payloadCipher = new AesGcm();
const headerCipher = new Aes128();
/** Whose schedules the ciphers hold: a packet mostly comes after one of the same keys. */
let current: PacketKeys | null = null;

/** The header of the packet that was opened last, then its frames, then what decryption adds. */
const opened = new Uint8Array(MAX_PACKET + 16);
const openedView = new DataView(opened.buffer);
/** On the bytes that the last packet was in, as most packets come in the same. */
let view: DataView = new DataView(new ArrayBuffer(0));

/**
 * The frames in the packet at `at` that `header` describes; null where these are not its keys. They are
 * overwritten when the next packet is opened.
 */
export function openPacket(
  keys: PacketKeys,
  bytes: Uint8Array,
  at: number,
  header: LongHeader,
): Uint8Array | null {
  const sample = header.number + SAMPLE_AT;
  if (sample + SAMPLE_LENGTH > header.end || header.end - at > MAX_PACKET) return null;
  if (bytes.buffer !== view.buffer) view = new DataView(bytes.buffer);
  use(keys);
  maskSample(bytes.byteOffset + sample);
  const headerLength = unprotectHeader(bytes, at, header.number);
  const framesLength = header.end - TAG_LENGTH - (at + headerLength);
  if (framesLength < 0) return null;
  // A client sends so few Initial packets that what the header has of the number is all of it.
  const number = packetNumber(header.number - at, headerLength);
  const isOpen = payloadCipher.open(
    keys[IV_AT]!,
    keys[IV_AT + 1]!,
    keys[IV_AT + 2]! ^ number,
    view,
    bytes.byteOffset + at + headerLength,
    bytes.byteOffset + header.end,
    openedView,
    headerLength,
  );
  return isOpen ? opened.subarray(headerLength, headerLength + framesLength) : null;
}

function use(keys: PacketKeys): void {
  if (keys === current) return;
  current = keys;
  payloadCipher.set(keys, KEY_AT);
  headerCipher.set(keys, HEADER_PROTECTION_AT);
}

/** RFC 9001 section 5.4.3. */
function maskSample(at: number): void {
  headerCipher.encrypt(
    view.getInt32(at),
    view.getInt32(at + 4),
    view.getInt32(at + 8),
    view.getInt32(at + 12),
  );
}

/**
 * Copies the header, the packet number included, and takes off its protection. Returns its length.
 * RFC 9001 section 5.4.1.
 */
function unprotectHeader(bytes: Uint8Array, at: number, number: number): number {
  const mask = headerCipher.out;
  const first = bytes[at]! ^ ((mask[0]! >>> 24) & 0x0f);
  const numberMask = (mask[0]! << 8) | (mask[1]! >>> 24);
  const length = number - at + (first & 3) + 1;
  opened.set(bytes.subarray(at, at + length));
  opened[0] = first;
  for (let i = number - at, shift = 24; i < length; i++, shift -= 8) {
    opened[i]! ^= numberMask >>> shift;
  }
  return length;
}

function packetNumber(at: number, end: number): number {
  let number = 0;
  for (let i = at; i < end; i++) number = (number << 8) | opened[i]!;
  return number;
}
