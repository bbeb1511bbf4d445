// What protects QUIC's Initial packets: keys that anybody can derive from the connection id that the
// client chose first. They keep packets apart from noise, not from readers. RFC 9001 section 5.

import { Buffer } from "node:buffer";
import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";
import type { LongHeader } from "./quic_header.ts";
import type { QuicVersion } from "./quic_versions.ts";

const KEY_LENGTH = 16;
const IV_LENGTH = 12;
const SECRET_LENGTH = 32;
const TAG_LENGTH = 16;
/** The sample for header protection begins where the longest packet number would end. */
const SAMPLE_AT = 4;
const SAMPLE_LENGTH = 16;

/** ECB takes none, and null for it fails on older runtimes. */
const NO_IV = Buffer.alloc(0);

const hmac = (key: Uint8Array, data: Uint8Array): Uint8Array =>
  createHmac("sha256", key).update(data).digest();

/** HKDF-Expand-Label of RFC 8446 section 7.1, without context, for at most 32 octets. */
function expandLabel(secret: Uint8Array, label: string, length: number): Uint8Array {
  const name = Buffer.from(`tls13 ${label}`, "latin1");
  const info = Buffer.concat([
    Buffer.from([0, length, name.length]),
    name,
    Buffer.from([0, 1]), // No context; the first and only block of HKDF-Expand.
  ]);
  return hmac(secret, info).subarray(0, length);
}

/** The keys of one sender's Initial packets. */
export interface PacketKeys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly headerProtection: Uint8Array;
}

/** The keys of the side that `label` names; `id` is the destination of the client's first packet. */
export function initialKeys(
  version: QuicVersion,
  id: Uint8Array,
  label: "client in" | "server in",
): PacketKeys {
  const initialSecret = hmac(version.salt, id);
  const secret = expandLabel(initialSecret, label, SECRET_LENGTH);
  return {
    key: expandLabel(secret, `${version.labelPrefix}key`, KEY_LENGTH),
    iv: expandLabel(secret, `${version.labelPrefix}iv`, IV_LENGTH),
    headerProtection: expandLabel(secret, `${version.labelPrefix}hp`, KEY_LENGTH),
  };
}

/** The frames in the packet at `at` that `header` describes; null where these are not its keys. */
export function openPacket(
  keys: PacketKeys,
  bytes: Uint8Array,
  at: number,
  header: LongHeader,
): Uint8Array | null {
  const sample = header.number + SAMPLE_AT;
  if (sample + SAMPLE_LENGTH > header.end) return null;
  const mask = headerMask(keys.headerProtection, bytes.subarray(sample, sample + SAMPLE_LENGTH));
  const plainHeader = unprotectHeader(bytes, at, header.number, mask);
  const payload = at + plainHeader.length;
  const tag = header.end - TAG_LENGTH;
  if (payload > tag) return null;
  return decrypt(
    keys.key,
    nonce(keys.iv, plainHeader, header.number - at),
    plainHeader,
    bytes.subarray(payload, tag),
    bytes.subarray(tag, header.end),
  );
}

/** RFC 9001 section 5.4.3. */
function headerMask(key: Uint8Array, sample: Uint8Array): Uint8Array {
  const cipher = createCipheriv("aes-128-ecb", key, NO_IV);
  cipher.setAutoPadding(false);
  const mask = cipher.update(sample);
  cipher.final(); // Older runtimes free a cipher only here.
  return mask;
}

/** A copy of the header without its protection, the packet number included. RFC 9001 section 5.4.1. */
function unprotectHeader(
  bytes: Uint8Array,
  at: number,
  number: number,
  mask: Uint8Array,
): Uint8Array {
  const first = bytes[at]! ^ (mask[0]! & 0x0f);
  const numberLength = (first & 3) + 1;
  const header = bytes.slice(at, number + numberLength);
  header[0] = first;
  for (let i = 0; i < numberLength; i++) header[number - at + i]! ^= mask[1 + i]!;
  return header;
}

/**
 * The iv, exclusive-or the packet number. A client sends so few Initial packets that what the header
 * has of the number is all of it.
 */
function nonce(iv: Uint8Array, header: Uint8Array, number: number): Uint8Array {
  const result = Uint8Array.from(iv);
  const shift = IV_LENGTH - header.length;
  for (let i = number; i < header.length; i++) result[i + shift]! ^= header[i]!;
  return result;
}

function decrypt(
  key: Uint8Array,
  nonce: Uint8Array,
  header: Uint8Array,
  payload: Uint8Array,
  tag: Uint8Array,
): Uint8Array | null {
  const cipher = createDecipheriv("aes-128-gcm", key, nonce);
  cipher.setAAD(header);
  cipher.setAuthTag(tag);
  const plain = cipher.update(payload);
  try {
    cipher.final();
    return plain;
  } catch { // How node:crypto says that the tag does not fit.
    return null;
  }
}
