// The first lines of HTTP/1 messages: which may be one, and their parts. RFC 9112 sections 3 and 4. Lines
// are `bytes[at..end)`, without their line break.

import { NEED_MORE, NOT_MINE } from "../analyser.ts";
import { isDigit, isToken, lineEnd, lineFeed, skipLineBreaks } from "./syntax.ts";

/** The longest request line that is read. Servers of today take 16 kB to 1 MiB. */
export const MAX_REQUEST_LINE = 1 << 20;
const MAX_METHOD = 32;
/**
 * How long a request line may be while its protocol is unknown: each segment searches it from the
 * start. If it is longer, its beginning decides.
 */
const MAX_SEARCH = 4096;
/** Bytes of empty lines before a request. */
const MAX_LINE_BREAKS = 4;
/** More than the names of schemes of web requests have: http, https, ws, wss, ftp, about ... */
const SCHEME_LENGTH = 16;
/** HTTP/1.1, and the odd ones that servers answer too: HTTP/1.0.8, HTTP/1.10. */
const VERSION_LENGTH = 16;
/** Of a status code. */
const CODE_LENGTH = 3;
/** Of a field's name in the second line. */
const NAME_LENGTH = 40;

const SP = 0x20;
const CR = 0x0d;
const DOT = 0x2e;
const SLASH = 0x2f;
const ZERO = 0x30;
const ONE = 0x31;
const COLON = 0x3a;

const ascii = (text: string): readonly number[] => [...new TextEncoder().encode(text)];
const HTTP_1 = ascii("HTTP/1.");
/** Those who send audio streams. */
const ICE_1 = ascii("ICE/1.");
const ICY_1 = ascii("ICY/1.");
const HTTP = ascii("HTTP/");
const ICE = ascii("ICE/");
const ICY = ascii("ICY ");
/** The methods of requests whose line may lack the version. */
const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"].map(ascii);

/** Where the request line's parts are. Overwritten by each call of a function that parses one. */
export const requestLine = {
  methodEnd: 0,
  targetAt: 0,
  targetEnd: 0,
  /** Of HTTP/1.x, as far as it matters: 0, or 1 for any other; -1 if there is no version. */
  minor: 0,
};

/**
 * Reads `method SP target SP HTTP/1.x` into `requestLine`. Spaces inside the target are part of it:
 * it ends before the last one. False if it is no request line.
 */
export function parseRequestLine(bytes: Uint8Array, at: number, end: number): boolean {
  const methodEnd = tokenEnd(bytes, at, end);
  if (methodEnd === at || methodEnd - at > MAX_METHOD || bytes[methodEnd] !== SP) return false;
  while (end > methodEnd && bytes[end - 1] === SP) end--;
  const version = lastWord(bytes, methodEnd, end);
  const minor = version < 0 ? -1 : minorAt(bytes, version, end);
  if (minor < 0) return false;
  return setRequestLine(bytes, methodEnd, version, isZero(bytes, minor, end) ? 0 : 1);
}

/** Whether a minor version is 0, as in 1.0 and 1.0.8, but not 1.01. */
const isZero = (bytes: Uint8Array, at: number, end: number): boolean =>
  bytes[at] === ZERO && (at + 1 === end || bytes[at + 1] === DOT);

function setRequestLine(bytes: Uint8Array, from: number, to: number, minor: number): boolean {
  let targetAt = from;
  let targetEnd = to;
  while (targetAt < targetEnd && bytes[targetAt] === SP) targetAt++;
  while (targetEnd > targetAt && bytes[targetEnd - 1] === SP) targetEnd--;
  if (targetAt === targetEnd) return false;
  requestLine.methodEnd = from;
  requestLine.targetAt = targetAt;
  requestLine.targetEnd = targetEnd;
  requestLine.minor = minor;
  return true;
}

/**
 * The same for `method SP path`: some servers answer requests without a version. It is no request unless
 * a Host follows.
 */
export function parseBareRequestLine(bytes: Uint8Array, at: number, end: number): boolean {
  const methodEnd = tokenEnd(bytes, at, end);
  if (bytes[methodEnd] !== SP || bytes[methodEnd + 1] !== SLASH) return false;
  if (
    !METHODS.some((method) => methodEnd - at === method.length && begins(bytes, at, end, method))
  ) {
    return false;
  }
  while (end > methodEnd && bytes[end - 1] === SP) end--;
  for (let i = methodEnd + 1; i < end; i++) if (bytes[i]! <= SP) return false;
  // A version that the path runs into: a broken line, which servers refuse.
  if (begins(bytes, Math.max(methodEnd, end - HTTP_1.length - 1), end, HTTP_1)) return false;
  return setRequestLine(bytes, methodEnd, end, -1);
}

/** Where the last word begins behind `from`; -1 if it is too long for a version. */
function lastWord(bytes: Uint8Array, from: number, end: number): number {
  const lowest = Math.max(from, end - VERSION_LENGTH - 1);
  for (let i = end - 1; i >= lowest; i--) if (bytes[i] === SP) return i === from ? -1 : i + 1;
  return -1;
}

/** Where the minor version of `bytes[at..end)` is; -1 if it is no version like HTTP/1.x. */
function minorAt(bytes: Uint8Array, at: number, end: number): number {
  const name = begins(bytes, at, end, HTTP_1) ? HTTP_1 : oddVersion(bytes, at, end);
  const minor = at + (name?.length ?? 0);
  if (name === null || minor >= end || !isDigit(bytes[minor]!)) return -1;
  return numberEnd(bytes, minor, end) === end ? minor : -1;
}

/** What is before the number of audio streams' versions, and of HTTP/0.9, HTTP/01.1 and HTTP/1. */
function oddVersion(bytes: Uint8Array, at: number, end: number): readonly number[] | null {
  if (begins(bytes, at, end, ICE_1)) return ICE_1;
  if (begins(bytes, at, end, ICY_1)) return ICY_1;
  const major = bytes[at + HTTP.length];
  return (major === ZERO || major === ONE) && begins(bytes, at, end, HTTP) ? HTTP : null;
}

/** Where a number with dots ends. */
function numberEnd(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && (isDigit(bytes[at]!) || bytes[at] === DOT)) at++;
  return at;
}

function tokenEnd(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && isToken(bytes[at]!)) at++;
  return at;
}

/** Whether `bytes[at..end)`, as far as it goes, is `prefix`. */
function mayBegin(bytes: Uint8Array, at: number, end: number, prefix: readonly number[]): boolean {
  for (let i = 0; i < prefix.length && at + i < end; i++) {
    if (bytes[at + i] !== prefix[i]) return false;
  }
  return true;
}

const begins = (bytes: Uint8Array, at: number, end: number, prefix: readonly number[]): boolean =>
  end - at >= prefix.length && mayBegin(bytes, at, end, prefix);

/**
 * The status code of `HTTP/x.y SP 3DIGIT [SP reason]`; 0 if it is no status line. Any version will
 * do, as a response to HTTP/1 is HTTP/1, and the reason may follow at once; audio streams have ICY or
 * ICE/1.0 instead.
 */
export function parseStatusLine(bytes: Uint8Array, at: number, end: number): number {
  let code = answerNameEnd(bytes, at, end);
  if (code === 0) return 0;
  while (code < end && bytes[code] === SP) code++;
  const codeEnd = code + CODE_LENGTH;
  if (codeEnd > end) return 0;
  let status = 0;
  for (let i = code; i < codeEnd; i++) {
    if (!isDigit(bytes[i]!)) return 0;
    status = status * 10 + bytes[i]! - ZERO;
  }
  return codeEnd < end && isDigit(bytes[codeEnd]!) ? 0 : status;
}

/** Where the space behind `HTTP/x.y` or `ICY` is; 0 if there is neither. */
function answerNameEnd(bytes: Uint8Array, at: number, end: number): number {
  if (!mayBecomeStatusLine(bytes, at, end)) return 0;
  const stop = Math.min(end, at + VERSION_LENGTH);
  for (let i = at; i < stop; i++) {
    if (bytes[i] === SP) return i;
  }
  return 0;
}

/** Whether an incomplete line can become a status line. */
export const mayBecomeStatusLine = (bytes: Uint8Array, at: number, end: number): boolean =>
  mayBegin(bytes, at, end, HTTP) || mayBegin(bytes, at, end, ICY) || mayBegin(bytes, at, end, ICE);

/** Whether an incomplete line can become a request line, going by its method. */
export function mayBecomeRequestLine(bytes: Uint8Array, at: number, end: number): boolean {
  const cursor = tokenEnd(bytes, at, end);
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
  const method = tokenEnd(bytes, start, end);
  if (method - start > MAX_METHOD) return NOT_MINE;
  if (method === end) return method > start ? NEED_MORE : NOT_MINE;
  if (method === start || bytes[method] !== SP) return NOT_MINE;
  const feed = lineFeed(bytes, method, end);
  if (feed >= 0) return looksLikeRequestLine(bytes, start, feed, end);
  if (!isPrintable(bytes, method, end)) return NOT_MINE;
  if (end - start < MAX_SEARCH) return NEED_MORE;
  return isPathOrUri(bytes, method + 1) ? 1 : NOT_MINE;
}

/** The same for a line that ends at `feed`. If it has no version, a field has to follow. */
function looksLikeRequestLine(bytes: Uint8Array, at: number, feed: number, end: number): number {
  const stop = lineEnd(bytes, at, feed);
  if (parseRequestLine(bytes, at, stop)) return 1;
  if (!parseBareRequestLine(bytes, at, stop)) return NOT_MINE;
  const name = tokenEnd(bytes, feed + 1, Math.min(end, feed + 1 + NAME_LENGTH));
  if (name === end) return NEED_MORE;
  return name > feed + 1 && bytes[name] === COLON ? 1 : NOT_MINE;
}

/** Whether a target begins at `at` that may be long: a path, or `scheme://`. There are bytes enough. */
function isPathOrUri(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] === SLASH) return true;
  const colon = tokenEnd(bytes, at, at + SCHEME_LENGTH);
  return bytes[colon] === COLON && bytes[colon + 1] === SLASH && bytes[colon + 2] === SLASH;
}

/** Whether a response begins at `at`: 1, NEED_MORE or NOT_MINE. */
export function looksLikeResponse(bytes: Uint8Array, at: number, end: number): number {
  const name = [HTTP_1, ICE_1, ICY].find((each) => mayBegin(bytes, at, end, each));
  if (name === undefined) return NOT_MINE;
  if (end - at <= name.length) return NEED_MORE;
  let cursor = at + name.length;
  if (name !== ICY) {
    const version = cursor;
    cursor = numberEnd(bytes, version, Math.min(end, at + VERSION_LENGTH));
    if (cursor === end) return NEED_MORE;
    if (cursor === version || bytes[cursor] !== SP) return NOT_MINE;
  }
  while (cursor < end && bytes[cursor] === SP) cursor++;
  for (let i = cursor; i < Math.min(end, cursor + CODE_LENGTH); i++) {
    if (!isDigit(bytes[i]!)) return NOT_MINE;
  }
  return cursor + CODE_LENGTH <= end ? 1 : NEED_MORE;
}

/** Whether there are no control characters, which no request line has. */
function isPrintable(bytes: Uint8Array, at: number, end: number): boolean {
  for (let i = at; i < end; i++) {
    if (bytes[i]! < SP && bytes[i] !== CR) return false;
  }
  return true;
}
