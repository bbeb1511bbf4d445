// DNS on other ports than 53, known by its bytes: the query of a resolver's client, which parses whole. Such
// servers are Docker's, dnsmasq and encrypting proxies on a port of their own.

import { u16, u32 } from "../../bytes.ts";
import { NEED_MORE, NOT_MINE } from "../analyser.ts";
import { HEADER } from "./message.ts";
import { isKnownType, typeName } from "./names.ts";

/** NetBIOS has the format of DNS but other names and types; LLMNR and mDNS ask neighbours, not servers. */
const NETBIOS_PORT = 137;
const LLMNR_PORT = 5355;
const MDNS_PORT = 5353;

/**
 * The flags that a query may have: RD, AD and CD (RFC 1035 section 4.1.1, RFC 4035 section 3), and the one
 * that is reserved.
 */
const QUERY_FLAGS = 0x0170;
/** Records behind the question: EDNS, and a signature. */
const MAX_ADDITIONAL = 2;
/** NIMLOC, which nobody uses: in NetBIOS it is the type of a name. */
const TYPE_NB = 32;
const TYPE_SOA = 6;
const TYPE_OPT = 41;
const TYPE_TSIG = 250;
const TYPE_IXFR = 251;
/** For private use (RFC 6895 section 3.1). */
const TYPE_PRIVATE = 0xff00;
const TYPE_RESERVED = 0xffff;
/** IN, CH, HS and ANY (RFC 1035 section 3.2.4). */
const CLASSES: readonly number[] = [1, 3, 4, 255];
/** From here on, a length in a name is the first byte of a pointer. */
const POINTER = 0xc0;
/** Type, class, TTL and length of a record. */
const RECORD = 10;
const MAX_LABEL = 63;
const MAX_NAME = 255;
/** The shortest query asks for the root. */
const MIN_QUERY = HEADER + 5;
/** Longer ones have much padding. */
const MAX_QUERY = 1024;

/** Whether DNS may be between these ports, one in each half of `ports`. */
export function mayBeDns(ports: number): boolean {
  const a = ports >>> 16;
  const b = ports & 0xffff;
  return a !== NETBIOS_PORT && b !== NETBIOS_PORT && a !== LLMNR_PORT && b !== LLMNR_PORT &&
    (a !== MDNS_PORT || b !== MDNS_PORT);
}

/** Whether `bytes[at..end)` is exactly one query with one question. */
export function isPlainQuery(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < MIN_QUERY || !isQueryHeader(bytes, at)) return false;
  const question = nameEnd(bytes, at + HEADER, end);
  if (question < 0 || question + 4 > end) return false;
  const type = u16(bytes, question);
  if (!isAskedFor(type)) return false;
  if (!CLASSES.includes(u16(bytes, question + 2))) return false;
  // With the version that the client has (RFC 1995 section 3).
  const records = type === TYPE_IXFR ? versionEnd(bytes, question + 4, end) : question + 4;
  if (u16(bytes, at + 8) !== (type === TYPE_IXFR ? 1 : 0)) return false;
  return records > 0 && recordsEnd(bytes, records, end, u16(bytes, at + 10)) === end;
}

const isAskedFor = (type: number): boolean =>
  type >= TYPE_PRIVATE ? type < TYPE_RESERVED : type !== TYPE_NB && isKnownType(typeName(type));

/** Whether the header at `at` is that of a query with one question. */
const isQueryHeader = (bytes: Uint8Array, at: number): boolean =>
  u16(bytes, at + 4) === 1 && (u16(bytes, at + 2) & ~QUERY_FLAGS) === 0 &&
  u32(bytes, at + 6) <= 1 && u16(bytes, at + 10) <= MAX_ADDITIONAL;

/** Where the record of a zone's version at `at` ends; -1 if it is none. Its name may be a pointer. */
function versionEnd(bytes: Uint8Array, at: number, end: number): number {
  const name = bytes[at]! >= POINTER ? at + 2 : nameEnd(bytes, at, end);
  if (name < 0 || name + RECORD > end || u16(bytes, name) !== TYPE_SOA) return -1;
  return name + RECORD + u16(bytes, name + 8);
}

/** Whether such a query begins at `at` behind its length, as over TCP: 1, NEED_MORE or NOT_MINE. */
export function looksLikePlainQueryStream(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 2) return NEED_MORE;
  const length = u16(bytes, at);
  if (length < MIN_QUERY || length > MAX_QUERY) return NOT_MINE;
  const message = at + 2;
  if (end - message < HEADER) return NEED_MORE;
  if (!isQueryHeader(bytes, message)) return NOT_MINE;
  if (end - message < length) return NEED_MORE;
  return isPlainQuery(bytes, message, message + length) ? 1 : NOT_MINE;
}

/** Where the name at `at` ends; -1 if it is none: queries of clients have no pointers and no odd bytes. */
function nameEnd(bytes: Uint8Array, at: number, end: number): number {
  for (let cursor = at; cursor < end && cursor - at < MAX_NAME;) {
    const length = bytes[cursor]!;
    if (length === 0) return cursor + 1;
    const next = cursor + 1 + length;
    if (length > MAX_LABEL || next > end) return -1;
    for (let i = cursor + 1; i < next; i++) if (bytes[i]! <= 0x20 || bytes[i]! >= 0x7f) return -1;
    cursor = next;
  }
  return -1;
}

/** Where `count` records end that a query may have; -1 if they are malformed. */
function recordsEnd(bytes: Uint8Array, at: number, end: number, count: number): number {
  let cursor = at;
  for (let left = count; left > 0; left--) {
    const name = nameEnd(bytes, cursor, end);
    if (name < 0 || name + RECORD > end) return -1;
    const type = u16(bytes, name);
    if (type !== TYPE_OPT && type !== TYPE_TSIG) return -1;
    cursor = name + RECORD + u16(bytes, name + 8);
  }
  return cursor;
}
