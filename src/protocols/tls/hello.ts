// ClientHello and ServerHello: the handshake messages that name a host, and negotiate version and
// protocol. RFC 8446 section 4.1. They are the same in TLS records and in QUIC.

import { latin1, u16, u24 } from "../../bytes.ts";
import { NEED_MORE, NOT_MINE } from "../analyser.ts";
import { hostName } from "../name.ts";
import { TLCP_VERSION } from "./records.ts";

const HELLO_REQUEST = 0;
export const CLIENT_HELLO = 1;
export const SERVER_HELLO = 2;

/** Bytes of type and length before each handshake message. */
export const HANDSHAKE_HEADER = 4;

/** More bytes than any real hello has: a message with a greater length is none. */
export const MAX_HELLO = 1 << 17;

const RANDOM_AT = 6;
const SESSION_ID_AT = 38;

const EXTENSION_SERVER_NAME = 0;
const EXTENSION_SIGNATURE_ALGORITHMS = 13;
const EXTENSION_ALPN = 16;
const EXTENSION_SUPPORTED_VERSIONS = 43;
const EXTENSION_ENCRYPTED_CLIENT_HELLO = 0xfe0d;

const NO_NAMES: readonly string[] = [];

/** What a ClientHello contains. Reused: read it before the next one is parsed. */
export class ClientHello {
  /** Lower case; "" if there is none. */
  serverName = "";
  hasServerName = false;
  /** Protocol names in the order in which they are offered. */
  alpn = NO_NAMES;
  /** Two bytes: 0x0303 for TLS 1.2. */
  legacyVersion = 0;
  /** Whether an encrypted ClientHello is inside: `serverName` is then the outer name. */
  encrypted = false;

  /** Whether to fill the lists below, which only fingerprints need. */
  wantsLists = false;
  supportedVersions: number[] = [];
  cipherSuites: number[] = [];
  extensions: number[] = [];
  signatureAlgorithms: number[] = [];

  reset(): void {
    this.serverName = "";
    this.hasServerName = false;
    this.alpn = NO_NAMES;
    this.legacyVersion = 0;
    this.encrypted = false;
    if (!this.wantsLists) return;
    this.supportedVersions = [];
    this.cipherSuites = [];
    this.extensions = [];
    this.signatureAlgorithms = [];
  }
}

/** What a ServerHello (or HelloRetryRequest) contains. */
export class ServerHello {
  /** As negotiated, two bytes: 0x0304 for TLS 1.3. */
  version = 0;
  /** "" if there is none, or if it is encrypted (TLS 1.3). */
  alpn = "";
}

const VERSION_NAMES: Readonly<Record<number, string>> = {
  [TLCP_VERSION]: "tlcp",
  0x0002: "ssl2",
  0x0300: "ssl3",
  0x0301: "1.0",
  0x0302: "1.1",
  0x0303: "1.2",
  0x0304: "1.3",
};

/** "1.3" for 0x0304; "other" for an unknown version, so that the number of labels stays bounded. */
export function versionName(version: number): string {
  // Drafts of TLS 1.3 have 0x7fNN (RFC 8446 section 4.2.1 in its drafts), Facebook's 0xfbNN.
  if (version >> 8 === 0x7f || version >> 8 === 0xfb) return "1.3";
  return VERSION_NAMES[version] ?? "other";
}

/**
 * Parses a ClientHello with its handshake header at `at`. Returns its length, NOT_MINE, or
 * NEED_MORE if it goes on past `end`; `hello` then has what could be read of it.
 */
export function parseClientHello(
  bytes: Uint8Array,
  at: number,
  end: number,
  hello: ClientHello,
): number {
  hello.reset();
  if (end - at < HANDSHAKE_HEADER) return NEED_MORE;
  if (bytes[at] !== CLIENT_HELLO) return NOT_MINE;
  const length = u24(bytes, at + 1);
  if (length < 38 || length > MAX_HELLO) return NOT_MINE;
  const stop = at + HANDSHAKE_HEADER + length;
  const until = Math.min(stop, end);
  if (until >= at + RANDOM_AT) {
    hello.legacyVersion = u16(bytes, at + 4);
    if (hello.legacyVersion >> 8 !== 3 && hello.legacyVersion !== TLCP_VERSION) return NOT_MINE;
  }
  const extensions = skipToExtensions(bytes, at, until, hello);
  if (extensions > 0) readClientExtensions(bytes, extensions, until, hello);
  return stop <= end ? stop - at : NEED_MORE;
}

/** Where the length of the extensions is; 0 if it is past `end`. */
function skipToExtensions(
  bytes: Uint8Array,
  at: number,
  end: number,
  hello: ClientHello,
): number {
  let cursor = at + SESSION_ID_AT;
  if (cursor >= end) return 0;
  cursor += 1 + bytes[cursor]!;
  if (cursor + 2 > end) return 0;
  const suites = u16(bytes, cursor);
  if (hello.wantsLists) hello.cipherSuites = numbers(bytes, cursor + 2, suites, end);
  cursor += 2 + suites;
  if (cursor >= end) return 0;
  cursor += 1 + bytes[cursor]!;
  return cursor + 2 <= end ? cursor : 0;
}

function readClientExtensions(
  bytes: Uint8Array,
  at: number,
  end: number,
  hello: ClientHello,
): void {
  const stop = Math.min(end, at + 2 + u16(bytes, at));
  let cursor = at + 2;
  while (cursor + 4 <= stop) {
    const type = u16(bytes, cursor);
    const from = cursor + 4;
    const to = from + u16(bytes, cursor + 2);
    if (hello.wantsLists) hello.extensions.push(type);
    if (to > stop) return;
    readClientExtension(bytes, type, from, to, hello);
    cursor = to;
  }
}

function readClientExtension(
  bytes: Uint8Array,
  type: number,
  from: number,
  to: number,
  hello: ClientHello,
): void {
  switch (type) {
    case EXTENSION_SERVER_NAME:
      readServerName(bytes, from, to, hello);
      break;
    case EXTENSION_ALPN:
      hello.alpn = protocolNames(bytes, from, to);
      break;
    case EXTENSION_ENCRYPTED_CLIENT_HELLO:
      hello.encrypted = true;
      break;
    case EXTENSION_SUPPORTED_VERSIONS:
      if (hello.wantsLists && from < to) {
        hello.supportedVersions = numbers(bytes, from + 1, bytes[from]!, to);
      }
      break;
    case EXTENSION_SIGNATURE_ALGORITHMS:
      if (hello.wantsLists && from + 2 <= to) {
        hello.signatureAlgorithms = numbers(bytes, from + 2, u16(bytes, from), to);
      }
      break;
  }
}

/** RFC 6066 section 3: a list of (type, name); only type 0, host_name, was ever defined. */
function readServerName(bytes: Uint8Array, from: number, to: number, hello: ClientHello): void {
  hello.hasServerName = true;
  let cursor = from + 2;
  while (cursor + 3 <= to) {
    const length = u16(bytes, cursor + 1);
    const name = cursor + 3;
    if (name + length > to) return;
    if (bytes[cursor] === 0) {
      // `hostName` removes a port: some clients send one, though RFC 6066 section 3 allows none.
      hello.serverName = hostName(bytes, name, name + length);
      return;
    }
    cursor = name + length;
  }
}

/** Lists of names that were read, and their bytes: most hellos offer one of a few. A power of two. */
const KNOWN_LISTS = 64;
/** Bytes of the longest list that is kept. */
const LONGEST_KNOWN = 64;
const knownBytes = new Array<Uint8Array>(KNOWN_LISTS).fill(new Uint8Array(0));
const knownNames = new Array<readonly string[]>(KNOWN_LISTS).fill(NO_NAMES);

/** RFC 7301 section 3.1: names, each behind its length in one byte. */
function protocolNames(bytes: Uint8Array, from: number, to: number): readonly string[] {
  if (to - from > LONGEST_KNOWN) return readNames(bytes, from, to);
  const slot = (to - from + bytes[to - 1]!) & (KNOWN_LISTS - 1);
  if (!isSame(bytes, from, to, knownBytes[slot]!)) {
    knownNames[slot] = readNames(bytes, from, to);
    knownBytes[slot] = bytes.slice(from, to);
  }
  return knownNames[slot]!;
}

function isSame(bytes: Uint8Array, from: number, to: number, other: Uint8Array): boolean {
  if (to - from !== other.length) return false;
  for (let i = from; i < to; i++) if (bytes[i] !== other[i - from]) return false;
  return true;
}

function readNames(bytes: Uint8Array, from: number, to: number): string[] {
  const names: string[] = [];
  let cursor = from + 2;
  while (cursor < to) {
    const next = cursor + 1 + bytes[cursor]!;
    if (next > to) break;
    names.push(latin1(bytes, cursor + 1, next));
    cursor = next;
  }
  return names;
}

/** The two-byte numbers in the `length` bytes from `at` on, but not past `end`. */
function numbers(bytes: Uint8Array, at: number, length: number, end: number): number[] {
  const stop = Math.min(end, at + length);
  const list: number[] = [];
  for (let cursor = at; cursor + 2 <= stop; cursor += 2) list.push(u16(bytes, cursor));
  return list;
}

/**
 * Where the first message begins that is no HelloRequest: a server may send these, empty, at any time
 * (RFC 5246 section 7.4.1.1).
 */
export function skipHelloRequests(bytes: Uint8Array, at: number, end: number): number {
  while (
    at + HANDSHAKE_HEADER <= end && bytes[at] === HELLO_REQUEST && u24(bytes, at + 1) === 0
  ) at += HANDSHAKE_HEADER;
  return at;
}

/**
 * Parses a ServerHello or HelloRetryRequest with its handshake header at `at`. Returns its length,
 * NEED_MORE or NOT_MINE.
 */
export function parseServerHello(
  bytes: Uint8Array,
  at: number,
  end: number,
  hello: ServerHello,
): number {
  hello.version = 0;
  hello.alpn = "";
  if (end - at < HANDSHAKE_HEADER) return NEED_MORE;
  if (bytes[at] !== SERVER_HELLO) return NOT_MINE;
  const length = u24(bytes, at + 1);
  if (length < 38 || length > MAX_HELLO) return NOT_MINE;
  const stop = at + HANDSHAKE_HEADER + length;
  if (stop > end) return NEED_MORE;
  hello.version = u16(bytes, at + 4);
  // Session id, then cipher suite (2) and compression method (1).
  const extensions = at + SESSION_ID_AT + 1 + bytes[at + SESSION_ID_AT]! + 3;
  if (extensions + 2 <= stop) readServerExtensions(bytes, extensions + 2, stop, hello);
  return stop - at;
}

function readServerExtensions(
  bytes: Uint8Array,
  at: number,
  end: number,
  hello: ServerHello,
): void {
  let cursor = at;
  while (cursor + 4 <= end) {
    const type = u16(bytes, cursor);
    const from = cursor + 4;
    const to = from + u16(bytes, cursor + 2);
    if (to > end) return;
    if (type === EXTENSION_SUPPORTED_VERSIONS && to - from === 2) hello.version = u16(bytes, from);
    if (type === EXTENSION_ALPN) hello.alpn = protocolNames(bytes, from, to)[0] ?? "";
    cursor = to;
  }
}
