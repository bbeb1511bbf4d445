// What protects QUIC's Initial packets: keys that anybody can derive from the connection id that the
// client chose first. They keep packets apart from noise, not from readers. RFC 9001 section 5.

import { i32 } from "../bytes.ts";
import { Aes128 } from "./aes128.ts";
import { AesGcm, NONCE_LENGTH, TAG_LENGTH } from "./aes_gcm.ts";
import type { LongHeader } from "./quic_header.ts";
import type { QuicVersion } from "./quic_versions.ts";
import { HASH_LENGTH, HmacKey } from "./sha256.ts";

const KEY_LENGTH = 16;
/** The sample for header protection begins where the longest packet number would end. */
const SAMPLE_AT = 4;
const SAMPLE_LENGTH = 16;
/** No datagram is longer. */
const MAX_PACKET = 1 << 16;
const SLACK = 16;

/** What RFC 8446 section 7.1 makes of a label, without context, with HKDF-Expand's block number. */
function labelInfo(label: string, length: number): Uint8Array {
  const name = new TextEncoder().encode(`tls13 ${label}`);
  return Uint8Array.of(0, length, name.length, ...name, 0, 1);
}

const SIDES = {
  "client in": labelInfo("client in", HASH_LENGTH),
  "server in": labelInfo("server in", HASH_LENGTH),
};

/** What is the same for all connections of a version. */
class Derivation {
  readonly salt: HmacKey;
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly headerProtection: Uint8Array;

  constructor({ salt, labelPrefix }: QuicVersion) {
    this.salt = new HmacKey().set(salt);
    this.key = labelInfo(`${labelPrefix}key`, KEY_LENGTH);
    this.iv = labelInfo(`${labelPrefix}iv`, NONCE_LENGTH);
    this.headerProtection = labelInfo(`${labelPrefix}hp`, KEY_LENGTH);
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
export class PacketKeys {
  readonly key = new Uint8Array(KEY_LENGTH);
  readonly iv = new Uint8Array(NONCE_LENGTH);
  readonly headerProtection = new Uint8Array(KEY_LENGTH);
}

const secret = new Uint8Array(HASH_LENGTH);
const secretKey = new HmacKey();

/** The keys of the side that `label` names; `id` is the destination of the client's first packet. */
export function initialKeys(
  version: QuicVersion,
  id: Uint8Array,
  label: "client in" | "server in",
): PacketKeys {
  const derivation = derivationOf(version);
  const keys = new PacketKeys();
  derivation.salt.sign(id, secret);
  secretKey.set(secret).sign(SIDES[label], secret);
  secretKey.set(secret);
  secretKey.sign(derivation.key, keys.key);
  secretKey.sign(derivation.iv, keys.iv);
  secretKey.sign(derivation.headerProtection, keys.headerProtection);
  return keys;
}

/** Those whose schedules the ciphers hold: most packets come after one of the same keys. */
let current: PacketKeys | null = null;
const payloadCipher = new AesGcm();
const headerCipher = new Aes128();

/** As many of its octets as a header needs. */
const mask = new Uint8Array(5);
const nonce = new Uint8Array(NONCE_LENGTH);
/** The header of the packet that was opened last, then its frames. */
const opened = new Uint8Array(MAX_PACKET + SLACK);

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
  const { number, end } = header;
  const sample = number + SAMPLE_AT;
  if (sample + SAMPLE_LENGTH > end || end - at > MAX_PACKET) return null;
  use(keys);
  setMask(bytes, sample);
  const headerLength = unprotectHeader(bytes, at, number);
  const framesLength = end - TAG_LENGTH - (at + headerLength);
  if (framesLength < 0) return null;
  setNonce(keys.iv, number - at, headerLength);
  return payloadCipher.open(nonce, bytes, at + headerLength, end, opened, headerLength)
    ? opened.subarray(headerLength, headerLength + framesLength)
    : null;
}

function use(keys: PacketKeys): void {
  if (keys === current) return;
  current = keys;
  payloadCipher.set(keys.key);
  headerCipher.set(keys.headerProtection);
}

/** RFC 9001 section 5.4.3. */
function setMask(bytes: Uint8Array, sample: number): void {
  headerCipher.encrypt(
    i32(bytes, sample),
    i32(bytes, sample + 4),
    i32(bytes, sample + 8),
    i32(bytes, sample + 12),
  );
  const [first, second] = headerCipher.out;
  for (let i = 0; i < 4; i++) mask[i] = first! >>> (24 - 8 * i);
  mask[4] = second! >>> 24;
}

/**
 * Copies the header, the packet number included, and takes off its protection. Returns its length.
 * RFC 9001 section 5.4.1.
 */
function unprotectHeader(bytes: Uint8Array, at: number, number: number): number {
  const first = bytes[at]! ^ (mask[0]! & 0x0f);
  const numberLength = (first & 3) + 1;
  opened.set(bytes.subarray(at, number + numberLength));
  opened[0] = first;
  for (let i = 0; i < numberLength; i++) opened[number - at + i]! ^= mask[1 + i]!;
  return number - at + numberLength;
}

/**
 * The iv, exclusive-or the packet number. A client sends so few Initial packets that what the header
 * has of the number is all of it.
 */
function setNonce(iv: Uint8Array, number: number, headerLength: number): void {
  nonce.set(iv);
  const shift = NONCE_LENGTH - headerLength;
  for (let i = number; i < headerLength; i++) nonce[i + shift]! ^= opened[i]!;
}
