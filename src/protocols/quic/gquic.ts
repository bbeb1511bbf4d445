// Google's QUIC, from before the IETF's: the client's first message, CHLO, and its server name. Up
// to Q046 it is not encrypted. Versions and handshake: https://www.chromium.org/quic

import { i32, latin1 } from "../../bytes.ts";
import { hostName } from "../name.ts";

/*
 * Versions up to Q043: flags (8), connection id (64), version (32), packet number ...
 * Q044 and Q046: long header form (8), version (32), lengths of the connection ids (8), id (64) ...
 * What follows differs from version to version, up to the frame that has the message.
 */
const FLAG_VERSION = 0x01;
const FLAG_ID = 0x08;
/** Reserved, multipath: never set. In the IETF's QUIC one of them is always set. */
const FLAGS_UNUSED = 0xc0;
const OLD_ID_AT = 1;
const OLD_VERSION_AT = 9;
const LONG_VERSION_AT = 1;
const LONG_ID_LENGTHS_AT = 5;
const LONG_ID_AT = 6;
/** A destination id of 8 bytes, no source id. */
const LONG_ID_LENGTHS = 0x50;
const ID_LENGTH = 8;

/** The message begins within so many bytes: packet number, private flags, hash, header of a frame. */
const MAX_BEFORE_MESSAGE = 64;

/*
 * The message: tag "CHLO" (32), count of values (16), padding (16), for each value its tag (32) and
 * where it ends (32), the values. Numbers are little-endian.
 */
const MESSAGE_HEADER = 8;
const ENTRY = 8;
const MAX_ENTRIES = 128;

const CHLO = 0x43484c4f;
const SNI = 0x534e4900;
const VERSION_Q0 = 0x5130;

const little32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

/** Where the version of an unencrypted packet is; 0 if it is no such packet, or has no version. */
function versionAt(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < OLD_VERSION_AT + 4) return 0;
  const flags = bytes[at]!;
  if (flags >= 0x80) {
    const lengths = bytes[at + LONG_ID_LENGTHS_AT];
    return lengths === LONG_ID_LENGTHS && isClearVersion(bytes, at + LONG_VERSION_AT)
      ? at + LONG_VERSION_AT
      : 0;
  }
  const wanted = FLAG_VERSION | FLAG_ID;
  if ((flags & (wanted | FLAGS_UNUSED)) !== wanted) return 0;
  return isClearVersion(bytes, at + OLD_VERSION_AT) ? at + OLD_VERSION_AT : 0;
}

/** "Q0" and two digits, before Q050. */
const isClearVersion = (bytes: Uint8Array, at: number): boolean =>
  ((bytes[at]! << 8) | bytes[at + 1]!) === VERSION_Q0 && isDigit(bytes[at + 2]!) &&
  bytes[at + 2]! < 0x35 && isDigit(bytes[at + 3]!);

/** Whether an unencrypted packet of Google's QUIC, with its version, is at `at`. */
export const looksLikeGoogleQuic = (bytes: Uint8Array, at: number, end: number): boolean =>
  versionAt(bytes, at, end) > 0;

/** What a CHLO contains. Reused: read it before the next one is parsed. */
export class GoogleHello {
  /** "Q046"; "" if the message came in CRYPTO frames. */
  version = "";
  /** As sixteen hexadecimal digits. */
  connectionId = "";
  /** Lower case; "" if there is none. */
  serverName = "";
}

/** Parses the unencrypted CHLO in the datagram at `at`. False if there is none, or only a part of it. */
export function parseGooglePacket(
  bytes: Uint8Array,
  at: number,
  end: number,
  hello: GoogleHello,
): boolean {
  const version = versionAt(bytes, at, end);
  if (version === 0) return false;
  const id = version === at + OLD_VERSION_AT ? at + OLD_ID_AT : at + LONG_ID_AT;
  const from = Math.max(version + 4, id + ID_LENGTH);
  const message = findMessage(bytes, from, Math.min(end, from + MAX_BEFORE_MESSAGE));
  if (message < 0 || !parseGoogleHello(bytes, message, end, hello)) return false;
  hello.version = latin1(bytes, version, version + 4);
  hello.connectionId = "";
  for (let i = id; i < id + ID_LENGTH; i++) {
    hello.connectionId += bytes[i]!.toString(16).padStart(2, "0");
  }
  return true;
}

function findMessage(bytes: Uint8Array, from: number, until: number): number {
  for (let at = from; at + 4 <= until; at++) {
    if (i32(bytes, at) === CHLO) return at;
  }
  return -1;
}

/** Parses the CHLO at `at`. False if it is none, or ends past `end` before its server name. */
export function parseGoogleHello(
  bytes: Uint8Array,
  at: number,
  end: number,
  hello: GoogleHello,
): boolean {
  hello.version = "";
  hello.connectionId = "";
  hello.serverName = "";
  if (end - at < MESSAGE_HEADER || i32(bytes, at) !== CHLO) return false;
  const count = bytes[at + 4]! | (bytes[at + 5]! << 8);
  const values = at + MESSAGE_HEADER + count * ENTRY;
  if (count > MAX_ENTRIES || values > end) return false;
  let from = values;
  for (let entry = at + MESSAGE_HEADER; entry < values; entry += ENTRY) {
    const to = values + little32(bytes, entry + 4);
    if (to < from) return false;
    if (i32(bytes, entry) === SNI) {
      if (to > end) return false;
      hello.serverName = hostName(bytes, from, to);
      return true;
    }
    from = to;
  }
  return true;
}
