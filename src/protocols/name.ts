// Host names and other text from packets, as strings. Names repeat: a small cache has most of them,
// so that no string is made.

import { latin1 } from "../bytes.ts";

const CACHE_SLOTS = 8192;
const MAX_CACHED_LENGTH = 255;

const cache: string[] = new Array(CACHE_SLOTS).fill("");
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Longer texts are decoded faster by TextDecoder, which takes at least 0.4 µs. */
const MAX_LATIN1 = 128;

const COLON = 0x3a;
const DOT = 0x2e;
const SLASH = 0x2f;
const QUESTION_MARK = 0x3f;
const HASH = 0x23;
const AT = 0x40;
const OPENING_BRACKET = 0x5b;

/** The bytes `bytes[at..end)` as UTF-8 if they are valid UTF-8, else as Latin-1. */
export function text(bytes: Uint8Array, at: number, end: number): string {
  if (at >= end) return "";
  for (let i = at; i < end; i++) {
    if (bytes[i]! >= 0x80) return textBeyondAscii(bytes, at, end);
  }
  return end - at > MAX_LATIN1 ? utf8.decode(bytes.subarray(at, end)) : latin1(bytes, at, end);
}

function textBeyondAscii(bytes: Uint8Array, at: number, end: number): string {
  try {
    return utf8.decode(bytes.subarray(at, end));
  } catch {
    return latin1(bytes, at, end);
  }
}

let cut = 0;

/** How many names of this thread lost userinfo, path or query. */
export const cutNames = (): number => cut;

/** Bits of SPECIAL. */
const PORT_OR_BRACKET = 1;
const DELIMITER = 2;

/** What each byte may be in an authority besides a part of a name. */
const SPECIAL = new Uint8Array(256);
for (const byte of [COLON, OPENING_BRACKET]) SPECIAL[byte] = PORT_OR_BRACKET;
/** What ends a host, or its userinfo: `/`, `?`, `#` and `@`. */
for (const byte of [SLASH, QUESTION_MARK, HASH, AT]) SPECIAL[byte] = DELIMITER;

/**
 * The host of an authority (`example.com:80`, `[::1]:80`): without port, brackets and trailing dot,
 * lower case. Only `:*DIGIT` at the end is a port (RFC 3986 section 3.2.3): `a:b` and `a:b:1` stay
 * whole. What no host can have (userinfo, path, query, fragment) is cut, as it may be secret, and
 * counted (`cutNames`); only `scheme://host` and `scheme://host/`, which have none, stay whole.
 */
export function hostName(bytes: Uint8Array, at: number, end: number): string {
  let special = 0;
  for (let i = at; i < end; i++) special |= SPECIAL[bytes[i]!]!;
  if (special === 0) return domainName(bytes, at, end);
  if ((special & DELIMITER) === 0) return withoutPort(bytes, at, end);
  let first = at;
  while (SPECIAL[bytes[first]!] !== DELIMITER) first++;
  const authority = afterScheme(bytes, at, first);
  const stop = delimiterFrom(bytes, authority, end);
  const host = afterUserinfo(bytes, authority, stop);
  const isWhole = authority !== at && host === authority &&
    (stop === end || stop === end - 1 && bytes[stop] === SLASH);
  if (isWhole) return domainName(bytes, at, end);
  cut++;
  return withoutPort(bytes, host, stop);
}

const endsAuthority = (byte: number): boolean =>
  byte === SLASH || byte === QUESTION_MARK || byte === HASH;

/** Where the authority of `scheme://authority` begins if the first delimiter is at `slash`; else `at`. */
function afterScheme(bytes: Uint8Array, at: number, slash: number): number {
  const isScheme = slash > at + 1 && bytes[slash] === SLASH && bytes[slash + 1] === SLASH &&
    bytes[slash - 1] === COLON && isSchemeName(bytes, at, slash - 1);
  return isScheme ? slash + 2 : at;
}

/** RFC 3986 section 3.1: a letter, then letters, digits, "+", "-" and ".". */
function isSchemeName(bytes: Uint8Array, at: number, end: number): boolean {
  for (let i = at; i < end; i++) {
    const byte = lower(bytes[i]!);
    const isLetter = byte >= 0x61 && byte <= 0x7a;
    const isOther = isDigit(byte) || byte === 0x2b || byte === 0x2d || byte === DOT;
    if (!isLetter && (i === at || !isOther)) return false;
  }
  return true;
}

function delimiterFrom(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && !endsAuthority(bytes[at]!)) at++;
  return at;
}

/** Behind the last `@`, as browsers have it: a password may hold one. */
function afterUserinfo(bytes: Uint8Array, at: number, end: number): number {
  for (let i = end - 1; i >= at; i--) if (bytes[i] === AT) return i + 1;
  return at;
}

/** The name in `host:port`, `[address]` or `[address]:port`. */
function withoutPort(bytes: Uint8Array, at: number, end: number): string {
  const stop = endWithoutPort(bytes, at, end);
  if (at < stop && bytes[at] === OPENING_BRACKET && bytes.indexOf(0x5d, at) === stop - 1) {
    return domainName(bytes, at + 1, stop - 1);
  }
  return domainName(bytes, at, stop);
}

/**
 * Where the port (`:*DIGIT`) begins, or `end` if there is none. If there is another colon before
 * it, it may be a part of an IPv6 address: then only one behind brackets is a port.
 */
function endWithoutPort(bytes: Uint8Array, at: number, end: number): number {
  let colon = end - 1;
  while (colon >= at && isDigit(bytes[colon]!)) colon--;
  if (colon < at || bytes[colon] !== COLON) return end;
  if (colon > at && bytes[colon - 1] === 0x5d && bytes[at] === OPENING_BRACKET) return colon;
  for (let i = at; i < colon; i++) if (bytes[i] === COLON) return end;
  return colon;
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

/** A name without port: lower case, without trailing dot. */
export function domainName(bytes: Uint8Array, at: number, end: number): string {
  if (end > at && bytes[end - 1] === DOT) end--;
  const length = end - at;
  if (length <= 0) return "";
  let hash = length;
  for (let i = at; i < end; i++) hash = (Math.imul(hash, 31) + LOWER[bytes[i]!]!) | 0;
  const slot = (hash ^ (hash >>> 13)) & (CACHE_SLOTS - 1);
  const cached = cache[slot]!;
  if (cached.length === length && isSame(cached, bytes, at)) return cached;
  const name = text(bytes, at, end).toLowerCase();
  if (length <= MAX_CACHED_LENGTH) cache[slot] = name;
  return name;
}

const lower = (byte: number): number => byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;

/** The code of each byte's character in lower case; beyond ASCII one that no character has. */
const LOWER = Int32Array.from({ length: 256 }, (_, byte) => byte < 0x80 ? lower(byte) : -1);

/** Only for ASCII, where a character is a byte: else false. */
function isSame(cached: string, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < cached.length; i++) {
    if (cached.charCodeAt(i) !== LOWER[bytes[at + i]!]) return false;
  }
  return true;
}
