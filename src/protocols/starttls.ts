// TLS, or HTTP behind a SOCKS proxy, that begins in the same segment as the words that ask for it: a client
// need not wait for the answer to them.

import { HOLDER_INDEX } from "../memory_ledger.ts";
import { u16, u32 } from "../bytes.ts";
import {
  type Conversation,
  HAND_OVER,
  NOT_MINE,
  type Side,
  type StreamAnalyser,
} from "./analyser.ts";
import { looksLikeRequest } from "./http1/start_lines.ts";
import { looksLikeClientHello } from "./tls/tls.ts";

/** Text in which one asks for TLS: some lines of SMTP, IMAP, POP3, FTP, XMPP ... */
const MAX_TEXT = 256;
/** Messages of SOCKS: greeting, password, request. */
const MESSAGES = 3;

const LF = 0x0a;
const GREATER = 0x3e;

/** PostgreSQL's SSLRequest: its length, and a number in place of the version. */
const POSTGRES_LENGTH = 8;
const POSTGRES_SSL = 80877103;
/** MySQL's SSLRequest: a packet of 32 bytes, the second of its connection, with the flag for TLS. */
const MYSQL_HEADER = 0x20000001;
const MYSQL_LENGTH = 36;
const MYSQL_SSL = 0x08;
/** LDAP's StartTLS: a short message with this name in it (RFC 4511 section 4.14.1). */
const LDAP_OID = new TextEncoder().encode("1.3.6.1.4.1.1466.20037");
/** RDP's connection request (TPKT, RFC 1006 section 6; X.224). */
const TPKT_VERSION = 0x0300;
const TPKT_MIN = 11;
const X224_REQUEST = 0xe0;
/** AMQP asks for TLS with four letters and four numbers. */
const AMQP = 0x414d5150;
const AMQP_LENGTH = 8;

/** Whether a message begins with `byte` that may come before TLS. */
export const mayAskForTls = (byte: number): boolean =>
  byte > 0x20 && byte < 0x7f || [0x00, 0x03, 0x04, 0x05, 0x20].includes(byte);

/** Whether such words are at `at`, and TLS or HTTP behind them: 1, NEED_MORE or NOT_MINE. */
export function looksLikeStartTls(bytes: Uint8Array, at: number, end: number): number {
  const stop = wordsEnd(bytes, at, end);
  if (stop <= at || stop >= end) return NOT_MINE;
  const hello = looksLikeClientHello(bytes, stop, end);
  if (hello !== NOT_MINE || !isSocks(bytes[at]!)) return hello;
  return looksLikeRequest(bytes, stop, end) === 1 ? 1 : NOT_MINE;
}

/** Where the words end; `at` or less if there are none. */
function wordsEnd(bytes: Uint8Array, at: number, end: number): number {
  if (isSocks(bytes[at]!)) {
    return bytes[at] === 5 ? socks5End(bytes, at, end) : socks4End(bytes, at, end);
  }
  if (end - at < TPKT_MIN) return NOT_MINE;
  const first = u32(bytes, at);
  if (first === POSTGRES_LENGTH) {
    return u32(bytes, at + 4) === POSTGRES_SSL ? at + POSTGRES_LENGTH : NOT_MINE;
  }
  if (first === MYSQL_HEADER) {
    return (bytes[at + 5]! & MYSQL_SSL) !== 0 ? at + MYSQL_LENGTH : NOT_MINE;
  }
  if (first === AMQP) return at + AMQP_LENGTH;
  if (first >>> 16 === TPKT_VERSION) {
    return bytes[at + 5] === X224_REQUEST ? at + u16(bytes, at + 2) : NOT_MINE;
  }
  return ldapEnd(bytes, at, end) || textEnd(bytes, at, end);
}

const isSocks = (version: number): boolean => version === 4 || version === 5;

/** SOCKS 5 (RFC 1928, RFC 1929): its messages follow each other. */
function socks5End(bytes: Uint8Array, at: number, end: number): number {
  let cursor = at;
  for (let i = 0; i < MESSAGES && cursor + 2 < end; i++) {
    const next = socks5MessageEnd(bytes, cursor, i);
    if (next < 0) break;
    cursor = next;
  }
  return cursor;
}

function socks5MessageEnd(bytes: Uint8Array, at: number, index: number): number {
  // The password's message has a version of its own.
  if (bytes[at] === 1 && index === 1) {
    const name = at + 2 + bytes[at + 1]!;
    return name + 1 + bytes[name]!;
  }
  if (bytes[at] !== 5) return NOT_MINE;
  if (index === 0 && !isSocks5Request(bytes, at)) return at + 2 + bytes[at + 1]!;
  switch (bytes[at + 3]) {
    case 1:
      return at + 10;
    case 3:
      return at + 7 + bytes[at + 4]!;
    case 4:
      return at + 22;
    default:
      return NOT_MINE;
  }
}

/** Whether it is a request to connect; its greeting has come in an earlier segment then. */
const isSocks5Request = (bytes: Uint8Array, at: number): boolean =>
  u32(bytes, at) >>> 8 === 0x050100 && [1, 3, 4].includes(bytes[at + 3]!);

/** SOCKS 4 and 4a: version, command, port, address, a user's name, and a host's if the address is 0.0.0.x. */
function socks4End(bytes: Uint8Array, at: number, end: number): number {
  const hasName = end - at > 8 && u32(bytes, at + 4) >>> 8 === 0;
  const name = bytes.subarray(0, Math.min(end, at + MAX_TEXT)).indexOf(0, at + 8) + 1;
  if (name === 0 || !hasName) return name;
  return bytes.subarray(0, Math.min(end, name + MAX_TEXT)).indexOf(0, name) + 1;
}

/** 0 if it is not LDAP's StartTLS. */
function ldapEnd(bytes: Uint8Array, at: number, end: number): number {
  const stop = at + 2 + bytes[at + 1]!;
  if (bytes[at] !== 0x30 || bytes[at + 1]! >= 0x80 || stop > end) return 0;
  const from = stop - LDAP_OID.length;
  return LDAP_OID.every((byte, i) => bytes[from + i] === byte) ? stop : 0;
}

/** Where a few lines of text end that something else follows; 0 if there are none. */
function textEnd(bytes: Uint8Array, at: number, end: number): number {
  let cursor = at;
  const stop = Math.min(end, at + MAX_TEXT);
  while (cursor < stop && isText(bytes[cursor]!)) cursor++;
  const last = bytes[cursor - 1];
  return cursor > at && (last === LF || last === GREATER) ? cursor : 0;
}

const isText = (byte: number): boolean => byte >= 0x20 && byte < 0x7f || byte >= 9 && byte <= 13;

/** Passes over the words, and hands over what follows. */
export class StartTls implements StreamAnalyser {
  readonly held = 50;
  #passed = false;

  get holder(): number {
    return HOLDER_INDEX.tls;
  }

  data(_on: Conversation, _side: Side, bytes: Uint8Array, at: number, end: number): number {
    if (this.#passed) return HAND_OVER;
    this.#passed = true;
    return Math.max(1, Math.min(wordsEnd(bytes, at, end), end) - at);
  }

  skipped(): void {}
  gap(): void {
    this.#passed = true;
  }
  finished(): void {}
  ended(): void {}
}
