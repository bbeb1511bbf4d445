// The syntax of HTTP/1 heads: start lines, and the header fields that are needed. RFC 9112 sections
// 2 to 7. Lines are `bytes[at..end)`, without their line break.

import { NEED_MORE, NOT_MINE } from "../analyser.ts";

/** The longest request line that is read. Servers of today take 16 kB to 1 MiB. */
export const MAX_REQUEST_LINE = 1 << 20;
/** The longest other line that is read, and the longest that is passed over, as nothing in it is needed. */
export const MAX_LINE = 65536;
export const MAX_PASSED = 1 << 20;
const MAX_METHOD = 32;
/**
 * How long a request line may be while its protocol is unknown: each segment searches it from the
 * start. If it is longer, its beginning decides.
 */
const MAX_SEARCH = 4096;
/** Bytes of empty lines before a request. */
const MAX_LINE_BREAKS = 4;

const SP = 0x20;
const HT = 0x09;
const CR = 0x0d;
const LF = 0x0a;
const COMMA = 0x2c;
const COLON = 0x3a;
const SLASH = 0x2f;
/** More than the names of schemes of web requests have: http, https, ws, wss, ftp, about ... */
const SCHEME_LENGTH = 16;

const ANSWER_PREFIX = [0x48, 0x54, 0x54, 0x50, 0x2f]; // HTTP/
const ICY_PREFIX = [0x49, 0x43, 0x59, SP];
const RESPONSE_PREFIX = [0x48, 0x54, 0x54, 0x50, 0x2f, 0x31, 0x2e]; // HTTP/1.
const VERSION_LENGTH = 8; // HTTP/1.1

/** tchar of RFC 9110 section 5.6.2. */
const IS_TOKEN = new Uint8Array(256);
for (const c of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
  IS_TOKEN[c.charCodeAt(0)] = 1;
}

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

/** Where the request line's parts are. Overwritten by each call of `parseRequestLine`. */
export const requestLine = { methodEnd: 0, targetAt: 0, targetEnd: 0, minor: 0 };

/**
 * Reads `method SP target SP HTTP/1.x` into `requestLine`. Spaces inside the target are part of it:
 * it ends before the last one. False if it is no request line.
 */
export function parseRequestLine(bytes: Uint8Array, at: number, end: number): boolean {
  let methodEnd = at;
  while (methodEnd < end && IS_TOKEN[bytes[methodEnd]!] === 1) methodEnd++;
  if (methodEnd === at || methodEnd - at > MAX_METHOD || bytes[methodEnd] !== SP) return false;
  while (end > methodEnd && bytes[end - 1] === SP) end--;
  const version = end - VERSION_LENGTH;
  if (version <= methodEnd || bytes[version - 1] !== SP || !isVersion(bytes, version)) return false;
  let targetAt = methodEnd;
  let targetEnd = version;
  while (targetAt < targetEnd && bytes[targetAt] === SP) targetAt++;
  while (targetEnd > targetAt && bytes[targetEnd - 1] === SP) targetEnd--;
  if (targetAt === targetEnd) return false;
  requestLine.methodEnd = methodEnd;
  requestLine.targetAt = targetAt;
  requestLine.targetEnd = targetEnd;
  requestLine.minor = bytes[end - 1]! - 0x30;
  return true;
}

/** Whether `HTTP/1.` and a digit are at `at`; there must be eight bytes. */
function isVersion(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < RESPONSE_PREFIX.length; i++) {
    if (bytes[at + i] !== RESPONSE_PREFIX[i]) return false;
  }
  return isDigit(bytes[at + 7]!);
}

/**
 * The status code of `HTTP/x.y SP 3DIGIT [SP reason]`; 0 if it is no status line. Any version will
 * do, as a response to HTTP/1 is HTTP/1; servers of audio streams write ICY instead.
 */
export function parseStatusLine(bytes: Uint8Array, at: number, end: number): number {
  let code = answerNameEnd(bytes, at, end);
  if (code === 0) return 0;
  while (code < end && bytes[code] === SP) code++;
  if (code + 3 > end) return 0;
  let status = 0;
  for (let i = code; i < code + 3; i++) {
    if (!isDigit(bytes[i]!)) return 0;
    status = status * 10 + bytes[i]! - 0x30;
  }
  return code + 3 === end || bytes[code + 3] === SP ? status : 0;
}

/** Where the space behind `HTTP/x.y` or `ICY` is; 0 if there is neither. */
function answerNameEnd(bytes: Uint8Array, at: number, end: number): number {
  if (!mayBecomeStatusLine(bytes, at, end)) return 0;
  const stop = Math.min(end, at + VERSION_LENGTH + 1);
  for (let i = at; i < stop; i++) {
    if (bytes[i] === SP) return i;
  }
  return 0;
}

/** Whether an incomplete line, `bytes[at..end)`, can become a status line. */
export const mayBecomeStatusLine = (bytes: Uint8Array, at: number, end: number): boolean =>
  beginsAs(bytes, at, end, ANSWER_PREFIX) || beginsAs(bytes, at, end, ICY_PREFIX);

function beginsAs(bytes: Uint8Array, at: number, end: number, prefix: readonly number[]): boolean {
  for (let i = 0; i < prefix.length && at + i < end; i++) {
    if (bytes[at + i] !== prefix[i]) return false;
  }
  return true;
}

/** Whether an incomplete line, `bytes[at..end)`, can become a request line, going by its method. */
export function mayBecomeRequestLine(bytes: Uint8Array, at: number, end: number): boolean {
  let cursor = at;
  while (cursor < end && IS_TOKEN[bytes[cursor]!] === 1) cursor++;
  if (cursor - at > MAX_METHOD) return false;
  return cursor === end || (cursor > at && bytes[cursor] === SP);
}

/**
 * Whether a request begins at `at`: 1 if its whole request line is there and well-formed, NEED_MORE
 * if it can become one, else NOT_MINE.
 */
export function looksLikeRequest(bytes: Uint8Array, at: number, end: number): number {
  const start = skipLineBreaks(bytes, at, Math.min(end, at + MAX_LINE_BREAKS));
  if (start === end) return NEED_MORE;
  let cursor = start;
  while (cursor < end && IS_TOKEN[bytes[cursor]!] === 1) cursor++;
  if (cursor - start > MAX_METHOD) return NOT_MINE;
  if (cursor === end) return cursor > start ? NEED_MORE : NOT_MINE;
  if (cursor === start || bytes[cursor] !== SP) return NOT_MINE;
  const feed = lineFeed(bytes, cursor, end);
  if (feed >= 0) return parseRequestLine(bytes, start, lineEnd(bytes, start, feed)) ? 1 : NOT_MINE;
  if (!isPrintable(bytes, cursor, end)) return NOT_MINE;
  if (end - start < MAX_SEARCH) return NEED_MORE;
  return isPathOrUri(bytes, cursor + 1) ? 1 : NOT_MINE;
}

/** Whether a target begins at `at` that may be long: a path, or `scheme://`. There are bytes enough. */
function isPathOrUri(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] === SLASH) return true;
  let colon = at;
  while (colon < at + SCHEME_LENGTH && IS_TOKEN[bytes[colon]!] === 1) colon++;
  return bytes[colon] === COLON && bytes[colon + 1] === SLASH && bytes[colon + 2] === SLASH;
}

/** Whether a response begins at `at`: 1, NEED_MORE or NOT_MINE. */
export function looksLikeResponse(bytes: Uint8Array, at: number, end: number): number {
  const length = Math.min(end - at, RESPONSE_PREFIX.length);
  for (let i = 0; i < length; i++) {
    if (bytes[at + i] !== RESPONSE_PREFIX[i]) return NOT_MINE;
  }
  if (end - at < VERSION_LENGTH + 4) return NEED_MORE;
  const code = at + VERSION_LENGTH + 1;
  return isDigit(bytes[at + 7]!) && bytes[code - 1] === SP && isDigit(bytes[code]!) ? 1 : NOT_MINE;
}

/** Whether there are no control characters, which no request line has. */
function isPrintable(bytes: Uint8Array, at: number, end: number): boolean {
  for (let i = at; i < end; i++) {
    if (bytes[i]! < SP && bytes[i] !== CR) return false;
  }
  return true;
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

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
  if (colon < 0) return end - at < FIELD_NAME_LENGTH || isFolded(bytes[at]!);
  return fieldOf(bytes, at, stop) !== Field.OTHER;
}

const isFolded = (first: number): boolean => first === SP || first === HT;

/** Where the value of the field line is that `fieldOf` was last called with, without spaces around it. */
export const fieldValue = { at: 0, end: 0 };

/** Which field a line is; its value goes to `fieldValue`. */
export function fieldOf(bytes: Uint8Array, at: number, end: number): Field {
  const first = bytes[at]!;
  if (isFolded(first)) {
    trim(bytes, at, end);
    return Field.FOLDED;
  }
  let colon = at;
  while (colon < end && bytes[colon] !== COLON) colon++;
  if (colon === end) return Field.OTHER;
  // Spaces before the colon are forbidden (RFC 9112 section 5.1), but sent and understood all the same.
  let nameEnd = colon;
  while (nameEnd > at && (bytes[nameEnd - 1] === SP || bytes[nameEnd - 1] === HT)) nameEnd--;
  const field = fieldNamed(bytes, at, nameEnd - at);
  if (field !== Field.OTHER) trim(bytes, colon + 1, end);
  return field;
}

function fieldNamed(bytes: Uint8Array, at: number, length: number): Field {
  switch (length) {
    case 4:
      return isName(bytes, at, "host") ? Field.HOST : Field.OTHER;
    case 7:
      return isName(bytes, at, "upgrade") ? Field.UPGRADE : Field.OTHER;
    case 10:
      return isName(bytes, at, "user-agent") ? Field.USER_AGENT : Field.OTHER;
    case 12:
      return isName(bytes, at, "content-type") ? Field.CONTENT_TYPE : Field.OTHER;
    case 14:
      return isName(bytes, at, "content-length") ? Field.CONTENT_LENGTH : Field.OTHER;
    case 17:
      return isName(bytes, at, "transfer-encoding") ? Field.TRANSFER_ENCODING : Field.OTHER;
    default:
      return Field.OTHER;
  }
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
    isStart = bytes[i] === COMMA || (isStart && (bytes[i] === SP || bytes[i] === HT));
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
  while (at < end && (bytes[at] === SP || bytes[at] === HT)) at++;
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
