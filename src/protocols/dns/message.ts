// Parses DNS messages: header, questions, and the addresses in the answers. RFC 1035 section 4, RFC
// 6891 (EDNS).

import { ipv4Text, ipv6Text } from "../../address.ts";
import { i32, u16 } from "../../bytes.ts";
import { codeName, typeName } from "./names.ts";
import { domainName } from "../name.ts";
import { echPublicName } from "./ech_config.ts";

/** Bytes of the header. */
export const HEADER = 12;
const TYPE_A = 1;
const TYPE_PTR = 12;
const TYPE_AAAA = 28;
const TYPE_OPT = 41;
const TYPE_HTTPS = 65;

/** Queries have one question (RFC 9619); of broken clients a few more were seen. */
const MAX_QUESTIONS = 4;
/** More records or addresses than any real message has. */
const MAX_RECORDS = 2000;
const MAX_ADDRESSES = 64;
const MAX_NAME_BYTES = 255;
/** More than a name of that length needs. */
const MAX_POINTERS = 128;

export interface Question {
  /** Lower case, no trailing dot, unusual bytes as \DDD; "" for the root. */
  readonly name: string;
  readonly type: string;
}

export interface DnsMessage {
  readonly id: number;
  readonly isResponse: boolean;
  readonly opcode: number;
  readonly questions: readonly Question[];
  readonly rcode: string;
  /** Addresses of A and AAAA records in the answer section, in order. */
  readonly addresses: readonly string[];
  /** Seconds that the first of them may be kept for; 0 without addresses. */
  readonly ttl: number;
  /** What ClientHellos to the name show outside, if it offers to encrypt them (ECH); "" for nothing. */
  readonly publicName: string;
  /** The name that a PTR record in the answer leads to; "" for none. */
  readonly pointer: string;
}

/** Never added to, see `withOne`. */
const NO_QUESTIONS: Question[] = [];
const NO_ADDRESSES: string[] = [];

/** What `readQuestions` has read. */
let questions = NO_QUESTIONS;
/** What `readRecords` has read, and the TTL of the first address. */
let addresses = NO_ADDRESSES;
let firstTtl = 0;
/** The public name in the HTTPS records that it has read. */
let publicName = "";
let pointer = "";

/** The name that `readName` has read, without pointers and with \DDD. */
const normalised = new Uint8Array(MAX_NAME_BYTES * 4);
let normalisedLength = 0;

/**
 * Whether a message may begin at `at`: its opcode and its number of questions are usual. Port 53
 * carries other data too.
 */
export function looksLikeDns(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < HEADER) return false;
  const opcode = (bytes[at + 2]! >> 3) & 15;
  return opcode <= 6 && u16(bytes, at + 4) <= MAX_QUESTIONS;
}

/**
 * The message in `bytes[at..end)`; null if its header is malformed, or the first question of a
 * query. Of a response the header is enough, as its response code counts.
 */
export function parseDns(bytes: Uint8Array, at: number, end: number): DnsMessage | null {
  if (!looksLikeDns(bytes, at, end)) return null;
  const flags = u16(bytes, at + 2);
  const isResponse = (flags & 0x8000) !== 0;
  const records = readQuestions(bytes, at, end);
  if (records < 0 && !isResponse && questions.length === 0) return null;
  addresses = NO_ADDRESSES;
  publicName = "";
  pointer = "";
  const extended = isResponse && records > 0 ? readRecords(bytes, records, at, end) : 0;
  return {
    id: u16(bytes, at),
    isResponse,
    opcode: (flags >> 11) & 15,
    questions,
    rcode: codeName(extended << 4 | flags & 15),
    addresses,
    ttl: addresses.length === 0 ? 0 : firstTtl,
    publicName,
    pointer,
  };
}

/**
 * Whether a message that begins with `bytes[at..end)` can become one with a whole question, going by
 * what has come of its first name.
 */
export function mayBecomeDns(bytes: Uint8Array, at: number, end: number): boolean {
  if (u16(bytes, at + 4) === 0) return true;
  let cursor = at + HEADER;
  while (cursor < end) {
    const length = bytes[cursor]!;
    if (length === 0 || length >= 0xc0) return true;
    if (length >= 0x40 || cursor - at - HEADER > MAX_NAME_BYTES) return false;
    cursor += 1 + length;
  }
  return true;
}

/** Reads the questions. Returns where they end, -1 if one is malformed. */
function readQuestions(bytes: Uint8Array, at: number, end: number): number {
  questions = NO_QUESTIONS;
  let cursor = at + HEADER;
  for (let left = u16(bytes, at + 4); left > 0; left--) {
    cursor = readName(bytes, cursor, at, end);
    if (cursor < 0 || cursor + 4 > end) return -1;
    const name = domainName(normalised, 0, normalisedLength);
    questions = withOne(questions, { name, type: typeName(u16(bytes, cursor)) });
    cursor += 4;
  }
  return cursor;
}

/** `items` with one more. Most have a single one, and `push` would make room for seventeen. */
function withOne<Item>(items: Item[], item: Item): Item[] {
  if (items.length === 0) return [item];
  items.push(item);
  return items;
}

/**
 * Reads the addresses in the answer section. Returns the upper bits of the response code, from the
 * OPT record (RFC 6891 section 6.1.3). Records that are cut off are no error (truncation).
 */
function readRecords(
  bytes: Uint8Array,
  at: number,
  start: number,
  end: number,
): number {
  const answers = u16(bytes, start + 6);
  const records = Math.min(
    MAX_RECORDS,
    answers + u16(bytes, start + 8) + u16(bytes, start + 10),
  );
  let cursor = at;
  for (let i = 0; i < records; i++) {
    cursor = skipName(bytes, cursor, end);
    if (cursor < 0 || cursor + 10 > end) return 0;
    const type = u16(bytes, cursor);
    const data = cursor + 10;
    const length = u16(bytes, cursor + 8);
    if (type === TYPE_OPT) return bytes[cursor + 4]!;
    if (data + length > end) return 0;
    if (i < answers && addresses.length < MAX_ADDRESSES) {
      if (addresses.length === 0) firstTtl = i32(bytes, cursor + 4) & 0x7fffffff;
      if (type === TYPE_A && length === 4) addresses = withOne(addresses, ipv4Text(bytes, data));
      if (type === TYPE_AAAA && length === 16) {
        addresses = withOne(addresses, ipv6Text(bytes, data));
      }
      if (type === TYPE_PTR) pointer ||= nameAt(bytes, data, start, end);
      if (type === TYPE_HTTPS) publicName ||= echPublicName(bytes, data, data + length);
    }
    cursor = data + length;
  }
  return 0;
}

/** The name at `at` of the message that begins at `start`; "" if it is malformed. */
export function nameAt(bytes: Uint8Array, at: number, start: number, end: number): string {
  return readName(bytes, at, start, end) < 0 ? "" : domainName(normalised, 0, normalisedLength);
}

/** Where the name at `at` ends; -1 if it is malformed. */
export function skipName(bytes: Uint8Array, at: number, end: number): number {
  while (at < end) {
    const length = bytes[at]!;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    if (length >= 0x40) return -1;
    at += 1 + length;
  }
  return -1;
}

/**
 * Reads the name at `at` into `normalised`. Returns where it ends, -1 if it is malformed. A pointer
 * should point to "a prior occurrence" (RFC 1035 section 4.1.4), but resolvers answer queries
 * whose pointers point forward too. Their number is bounded, as they may be a loop.
 */
function readName(bytes: Uint8Array, at: number, start: number, end: number): number {
  let after = -1;
  let cursor = at;
  let pointersLeft = MAX_POINTERS;
  let nameLength = 0;
  normalisedLength = 0;
  while (cursor < end) {
    const length = bytes[cursor]!;
    if (length === 0) return after < 0 ? cursor + 1 : after;
    if (length >= 0xc0) {
      if (cursor + 2 > end) return -1;
      if (after < 0) after = cursor + 2;
      cursor = start + (u16(bytes, cursor) & 0x3fff);
      if (pointersLeft-- === 0) return -1;
      continue;
    }
    nameLength += length + 1;
    if (length >= 0x40 || nameLength > MAX_NAME_BYTES || cursor + 1 + length > end) return -1;
    appendLabel(bytes, cursor + 1, length);
    cursor += 1 + length;
  }
  return -1;
}

/** Bytes that are not letters, digits or plain punctuation are written \DDD (RFC 1035 section 5.1). */
function appendLabel(bytes: Uint8Array, at: number, length: number): void {
  if (normalisedLength > 0) normalised[normalisedLength++] = 0x2e;
  for (let i = at; i < at + length; i++) {
    const byte = bytes[i]!;
    if (byte > 0x20 && byte < 0x7f && byte !== 0x2e && byte !== 0x5c) {
      normalised[normalisedLength++] = byte;
    } else {
      normalised[normalisedLength++] = 0x5c;
      normalised[normalisedLength++] = 0x30 + Math.floor(byte / 100);
      normalised[normalisedLength++] = 0x30 + Math.floor(byte / 10) % 10;
      normalised[normalisedLength++] = 0x30 + byte % 10;
    }
  }
}
