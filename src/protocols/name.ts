// Host names and other texts from the wire, made strings. Names repeat, so each is made once: a small
// cache answers most of them without creating anything.

import { latin1 } from "../bytes.ts";

const CACHE_SLOTS = 8192;
const MAX_CACHED_LENGTH = 255;

const cache: string[] = new Array(CACHE_SLOTS).fill("");
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Longer texts the decoder makes faster; it takes 0.4 µs at least. */
const MAX_LATIN1 = 128;

const COLON = 0x3a;
const DOT = 0x2e;

/** The bytes `bytes[at..end)` as UTF-8 where they are valid UTF-8, else as Latin-1. */
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

/**
 * The host of an authority (`example.com:80`, `[::1]:80`): without port, brackets and trailing dot,
 * lower case. What follows RFC 3986 section 3.2 only loosely is taken as it is.
 */
export function hostName(bytes: Uint8Array, at: number, end: number): string {
  if (at < end && bytes[at] === 0x5b) {
    const close = bytes.indexOf(0x5d, at);
    if (close > at && close < end) return domainName(bytes, at + 1, close);
  }
  return domainName(bytes, at, endWithoutPort(bytes, at, end));
}

/** Where the port's colon is, or `end`. Two colons make an IPv6 address, which has no port without brackets. */
function endWithoutPort(bytes: Uint8Array, at: number, end: number): number {
  let colon = end;
  for (let i = end - 1; i >= at; i--) {
    if (bytes[i] !== COLON) continue;
    if (colon !== end) return end;
    colon = i;
  }
  return colon;
}

/** A name without port: lower case, without trailing dot. */
export function domainName(bytes: Uint8Array, at: number, end: number): string {
  if (end > at && bytes[end - 1] === DOT) end--;
  const length = end - at;
  if (length <= 0) return "";
  let hash = length;
  for (let i = at; i < end; i++) hash = (Math.imul(hash, 31) + lower(bytes[i]!)) | 0;
  const slot = (hash ^ (hash >>> 13)) & (CACHE_SLOTS - 1);
  const cached = cache[slot]!;
  if (cached.length === length && isSame(cached, bytes, at)) return cached;
  const name = text(bytes, at, end).toLowerCase();
  if (length <= MAX_CACHED_LENGTH) cache[slot] = name;
  return name;
}

const lower = (byte: number): number => byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;

/** Never true beyond ASCII: there a character is not a byte. */
function isSame(cached: string, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < cached.length; i++) {
    const byte = bytes[at + i]!;
    if (byte >= 0x80 || cached.charCodeAt(i) !== lower(byte)) return false;
  }
  return true;
}
