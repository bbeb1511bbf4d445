// The record layer of TLS: RFC 8446 section 5.1, RFC 5246 section 6.2.

import { u16 } from "../../bytes.ts";

/** Type, version, length. */
export const RECORD_HEADER = 5;
/** 2^14 bytes and what encryption may add (RFC 5246 section 6.2.3, RFC 8446 section 5.2). */
export const MAX_RECORD = 16384 + 2048;

export const CHANGE_CIPHER_SPEC = 20;
export const ALERT = 21;
export const HANDSHAKE = 22;
export const APPLICATION_DATA = 23;

/** Whether a record's header may be at `at`, of which all bytes are there. */
export function looksLikeRecord(bytes: Uint8Array, at: number): boolean {
  const type = bytes[at]!;
  return type >= CHANGE_CIPHER_SPEC && type <= APPLICATION_DATA + 1 && bytes[at + 1] === 3 &&
    bytes[at + 2]! <= 4 && u16(bytes, at + 3) <= MAX_RECORD;
}
