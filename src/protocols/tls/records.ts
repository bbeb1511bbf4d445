// The record layer of TLS: RFC 8446 section 5.1, RFC 5246 section 6.2.

import { u16 } from "../../bytes.ts";
import { NEED_MORE, NOT_MINE } from "../analyser.ts";

/** Type, version, length. */
export const RECORD_HEADER = 5;
/** 2^14 bytes and what encryption may add (RFC 5246 section 6.2.3, RFC 8446 section 5.2). */
export const MAX_RECORD = 16384 + 2048;

export const CHANGE_CIPHER_SPEC = 20;
export const ALERT = 21;
export const HANDSHAKE = 22;
export const APPLICATION_DATA = 23;

/** Level and description. */
const ALERT_LENGTH = 2;
const WARNING = 1;
const CLOSE_NOTIFY = 0;
/** More alerts than anyone sends in a record, or records of them before a hello. */
const MANY_ALERTS = 8;

const TLS_MAJOR = 3;
/** TLCP, TLS for China's algorithms (GB/T 38636), counts its versions from 1.1 on. */
export const TLCP_VERSION = 0x0101;

/** Whether the two bytes at `at`, as far as they are there, are the version of a record. */
export function mayBeVersion(bytes: Uint8Array, at: number, end: number): boolean {
  if (at >= end) return true;
  if (bytes[at] === TLCP_VERSION >> 8) return at + 1 >= end || u16(bytes, at) === TLCP_VERSION;
  return bytes[at] === TLS_MAJOR && (at + 1 >= end || bytes[at + 1]! <= 4);
}

/** Whether the header of a record, as far as it has come, may be at `at`. */
export const mayBeRecord = (bytes: Uint8Array, at: number, end: number): boolean =>
  bytes[at]! >= CHANGE_CIPHER_SPEC && bytes[at]! <= APPLICATION_DATA + 1 &&
  mayBeVersion(bytes, at + 1, end);

/** Whether a record's header may be at `at`, of which all bytes are there. */
export function looksLikeRecord(bytes: Uint8Array, at: number): boolean {
  const type = bytes[at]!;
  return type >= CHANGE_CIPHER_SPEC && type <= APPLICATION_DATA + 1 && bytes[at + 1] === 3 &&
    bytes[at + 2]! <= 4 && u16(bytes, at + 3) <= MAX_RECORD;
}

/**
 * Length of the record at `at` if it has only alerts that end nothing (RFC 5246 section 7.2: warnings, but
 * no close_notify); NEED_MORE if its end has not come, NOT_MINE if it is another record.
 */
export function warningLength(bytes: Uint8Array, at: number, end: number): number {
  const length = end - at;
  if (length > 0 && bytes[at] !== ALERT || !mayBeVersion(bytes, at + 1, end)) return NOT_MINE;
  if (length < RECORD_HEADER) return NEED_MORE;
  const content = u16(bytes, at + 3);
  if (content === 1) return cutWarningLength(bytes, at, end);
  if (content === 0 || content % ALERT_LENGTH !== 0) return NOT_MINE;
  if (content > MANY_ALERTS * ALERT_LENGTH) return NOT_MINE;
  const stop = at + RECORD_HEADER + content;
  for (let alert = at + RECORD_HEADER; alert < Math.min(stop, end); alert += ALERT_LENGTH) {
    if (bytes[alert] !== WARNING) return NOT_MINE;
    if (alert + 1 < end && bytes[alert + 1] === CLOSE_NOTIFY) return NOT_MINE;
  }
  return stop <= end ? stop - at : NEED_MORE;
}

/** The same for a warning that is cut over two records (RFC 5246 section 6.2.1). */
function cutWarningLength(bytes: Uint8Array, at: number, end: number): number {
  const second = at + RECORD_HEADER + 1;
  const stop = second + RECORD_HEADER + 1;
  if (second <= end && bytes[second - 1] !== WARNING) return NOT_MINE;
  if (second < end && bytes[second] !== ALERT) return NOT_MINE;
  if (!mayBeVersion(bytes, second + 1, end)) return NOT_MINE;
  if (stop > end) return NEED_MORE;
  const isWarning = u16(bytes, second + 3) === 1 && bytes[stop - 1] !== CLOSE_NOTIFY;
  return isWarning ? stop - at : NOT_MINE;
}

/** Length of a change_cipher_spec at `at`, which a client drops if it comes early (RFC 8446 section 5). */
export function changeCipherSpecLength(bytes: Uint8Array, at: number, end: number): number {
  if (u16(bytes, at + 3) !== 1) return NOT_MINE;
  return at + RECORD_HEADER < end ? RECORD_HEADER + 1 : NEED_MORE;
}

/** Where the first record begins that is no warning. It may be `end`, or one whose end has not come. */
export function skipWarnings(bytes: Uint8Array, at: number, end: number): number {
  for (let i = 0; i < MANY_ALERTS && at < end; i++) {
    const length = warningLength(bytes, at, end);
    if (length <= 0) break;
    at += length;
  }
  return at;
}
