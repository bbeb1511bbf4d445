// The syntax of HTTP/1: lines, header fields that are needed, and sizes of chunks. RFC 9112 sections 2
// to 7. Lines are `bytes[at..end)`, without their line break.

import { i32 } from "../../bytes.ts";

/** The longest other line that is read, and the longest that is passed over, as nothing in it is needed. */
export const MAX_LINE = 65536;
export const MAX_PASSED = 1 << 20;

const SP = 0x20;
const HT = 0x09;
const CR = 0x0d;
const LF = 0x0a;
const COMMA = 0x2c;
const COLON = 0x3a;

/** tchar of RFC 9110 section 5.6.2. */
const IS_TOKEN = new Uint8Array(256);
for (const c of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
  IS_TOKEN[c.charCodeAt(0)] = 1;
}

export const isToken = (byte: number): boolean => IS_TOKEN[byte] === 1;

/** Empty lines before a request are ignored (RFC 9112 section 2.2). */
export function skipLineBreaks(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && (bytes[at] === LF || bytes[at] === CR)) at++;
  return at;
}

let viewed: Uint8Array | null = null;
let view: DataView = new DataView(new ArrayBuffer(0));

/** Kept between calls: packets lie in the same few arrays again and again. */
function viewOf(bytes: Uint8Array): DataView {
  if (bytes !== viewed) {
    viewed = bytes;
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  return view;
}

/**
 * Where the next line feed is; -1 if it has not come yet. Looks at four bytes at a time: if one of the
 * bytes of x is 0, (x - 0x01010101) & ~x & 0x80808080 is not 0.
 */
export function lineFeed(bytes: Uint8Array, from: number, end: number): number {
  const words = viewOf(bytes);
  let i = from;
  for (const last = end - 4; i <= last; i += 4) {
    const x = words.getInt32(i) ^ 0x0a0a0a0a;
    if (((x - 0x01010101) & ~x & 0x80808080) !== 0) break;
  }
  for (; i < end; i++) {
    if (bytes[i] === LF) return i;
  }
  return -1;
}

/** Where the line with the line feed at `feed` ends: before CRLF or a bare LF (RFC 9112 section 2.2). */
export const lineEnd = (bytes: Uint8Array, at: number, feed: number): number =>
  feed > at && bytes[feed - 1] === CR ? feed - 1 : feed;

export const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

/** The header fields that are read. */
export const Field = {
  OTHER: 0,
  HOST: 1,
  CONTENT_LENGTH: 2,
  TRANSFER_ENCODING: 3,
  UPGRADE: 4,
  USER_AGENT: 5,
  CONTENT_TYPE: 6,
  /** A line that continues the field before it (obs-fold, RFC 9112 section 5.2). */
  FOLDED: 7,
} as const;
export type Field = typeof Field[keyof typeof Field];

/** First bytes of lines that are needed: the fields above, folded ones, the empty line. */
const IS_NEEDED = new Uint8Array(256);
for (const c of "hHcCtTuU \t\r\n") IS_NEEDED[c.charCodeAt(0)] = 1;

/** Whether a field line can be ignored, by its first byte: most can. */
export const isIgnoredField = (byte: number): boolean => IS_NEEDED[byte] === 0;

/** The longest name of a needed field, and some spaces behind it. */
const FIELD_NAME_LENGTH = 32;

/** Whether the field line that begins with `bytes[at..end)` can become one that is needed. */
export function mayBecomeNeededField(bytes: Uint8Array, at: number, end: number): boolean {
  const stop = Math.min(end, at + FIELD_NAME_LENGTH);
  const colon = bytes.subarray(at, stop).indexOf(COLON);
  if (colon < 0) return end - at < FIELD_NAME_LENGTH || isSpace(bytes[at]!);
  return fieldOf(bytes, at, stop) !== Field.OTHER;
}

const isSpace = (byte: number): boolean => byte === SP || byte === HT;

/** Where the value of the field line is that `fieldOf` was last called with, without spaces around it. */
export const fieldValue = { at: 0, end: 0 };

/** The first four letters of the names of needed fields, in lower case, as int32. */
const HOST = 0x686f7374;
const CONTENT = 0x636f6e74;
const TRANSFER = 0x7472616e;
const USER = 0x75736572;
const UPGRADE = 0x75706772;
/** Makes four capital letters small ones. */
const SMALL_LETTERS = 0x20202020;
/** Where the names of the two fields about content differ. */
const CONTENT_LETTER_AT = 8;
const LETTER_L = 0x6c;

/** Which field a line is; its value goes to `fieldValue`. */
export function fieldOf(bytes: Uint8Array, at: number, end: number): Field {
  if (isSpace(bytes[at]!)) {
    trim(bytes, at, end);
    return Field.FOLDED;
  }
  if (end - at <= 4) return Field.OTHER;
  switch (i32(bytes, at) | SMALL_LETTERS) {
    case HOST:
      return fieldNamed(bytes, at, end, "host", Field.HOST);
    case CONTENT:
      return (bytes[at + CONTENT_LETTER_AT]! | 0x20) === LETTER_L
        ? fieldNamed(bytes, at, end, "content-length", Field.CONTENT_LENGTH)
        : fieldNamed(bytes, at, end, "content-type", Field.CONTENT_TYPE);
    case TRANSFER:
      return fieldNamed(bytes, at, end, "transfer-encoding", Field.TRANSFER_ENCODING);
    case USER:
      return fieldNamed(bytes, at, end, "user-agent", Field.USER_AGENT);
    case UPGRADE:
      return fieldNamed(bytes, at, end, "upgrade", Field.UPGRADE);
    default:
      return Field.OTHER;
  }
}

/** The field if its line begins with `name`, given in lower case, and a colon. */
function fieldNamed(bytes: Uint8Array, at: number, end: number, name: string, field: Field): Field {
  let colon = at + name.length;
  if (colon >= end || !isName(bytes, at, name)) return Field.OTHER;
  // Spaces before the colon are forbidden (RFC 9112 section 5.1), but sent and understood all the same.
  while (colon < end && isSpace(bytes[colon]!)) colon++;
  if (colon === end || bytes[colon] !== COLON) return Field.OTHER;
  trim(bytes, colon + 1, end);
  return field;
}

function isName(bytes: Uint8Array, at: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const byte = bytes[at + i]!;
    if ((byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte) !== name.charCodeAt(i)) {
      return false;
    }
  }
  return true;
}

function trim(bytes: Uint8Array, at: number, end: number): void {
  while (at < end && bytes[at]! <= SP) at++;
  while (end > at && bytes[end - 1]! <= SP) end--;
  fieldValue.at = at;
  fieldValue.end = end;
}

/** Whether an element of a list begins with `word` (given in lower case), in upper or lower case. */
export function lists(bytes: Uint8Array, at: number, end: number, word: string): boolean {
  let isStart = true;
  for (let i = at; i + word.length <= end; i++) {
    if (isStart && isName(bytes, i, word)) return true;
    isStart = bytes[i] === COMMA || (isStart && isSpace(bytes[i]!));
  }
  return false;
}

/** A decimal number, the first of a list; -1 if it is none or beyond 2^53. */
export function decimal(bytes: Uint8Array, at: number, end: number): number {
  if (at < end && bytes[at] === 0x2b) at++;
  let value = -1;
  for (let i = at; i < end && bytes[i] !== COMMA; i++) {
    if (!isDigit(bytes[i]!)) return -1;
    value = Math.max(value, 0) * 10 + (bytes[i]! - 0x30);
  }
  return Number.isSafeInteger(value) ? value : -1;
}

/** The size in a chunk's first line, `1*HEXDIG [; extensions]` (RFC 9112 section 7.1); -1 if malformed. */
export function chunkSize(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && isSpace(bytes[at]!)) at++;
  let size = -1;
  for (let i = at; i < end; i++) {
    const digit = hexDigit(bytes[i]!);
    if (digit < 0) break;
    size = Math.max(size, 0) * 16 + digit;
  }
  return Number.isSafeInteger(size) ? size : -1;
}

function hexDigit(byte: number): number {
  if (isDigit(byte)) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}
