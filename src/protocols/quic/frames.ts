// The frames of QUIC's 0-RTT and 1-RTT packets (RFC 9000 section 19, RFC 9221): streams are read, and what
// changes the connection's ids.

import { varint, varintLength } from "../varint.ts";

/** The frames that matter. */
export interface FrameReceiver {
  /** STREAM: `length` bytes at `at`. */
  stream(id: number, offset: number, at: number, length: number, isLast: boolean): void;
  resetStream(id: number): void;
  /** NEW_CONNECTION_ID: an id of `length` bytes at `at`. */
  newConnectionId(at: number, length: number): void;
}

const PADDING = 0x00;
const PING = 0x01;
const ACK = 0x02;
const ACK_ECN = 0x03;
const RESET_STREAM = 0x04;
const CRYPTO = 0x06;
const NEW_TOKEN = 0x07;
export const STREAM = 0x08;
const LAST_STREAM = 0x0f;
const NEW_CONNECTION_ID = 0x18;
const PATH_CHALLENGE = 0x1a;
const PATH_RESPONSE = 0x1b;
const CONNECTION_CLOSE = 0x1c;
const APPLICATION_CLOSE = 0x1d;
const HANDSHAKE_DONE = 0x1e;
const DATAGRAM = 0x30;
const DATAGRAM_WITH_LENGTH = 0x31;

/** Bits of a STREAM frame's type. */
const HAS_OFFSET = 4;
const HAS_LENGTH = 2;
const IS_LAST = 1;

const RESET_TOKEN = 16;

/** How many numbers these frames consist of: STOP_SENDING, MAX_DATA ... RETIRE_CONNECTION_ID. */
const NUMBERS: Readonly<Record<number, number>> = {
  0x05: 2,
  0x10: 1,
  0x11: 2,
  0x12: 1,
  0x13: 1,
  0x14: 1,
  0x15: 2,
  0x16: 1,
  0x17: 1,
  0x19: 1,
};

/** Reads the frames in `bytes[0..end)`. False if one of them is of no known kind, or cut off. */
export function readApplicationFrames(
  bytes: Uint8Array,
  end: number,
  to: FrameReceiver,
): boolean {
  let at = 0;
  while (at >= 0 && at < end) at = frameAt(bytes, at, end, to);
  return at === end;
}

/** Returns where the next frame begins, -1 if that is unknown. */
function frameAt(bytes: Uint8Array, at: number, end: number, to: FrameReceiver): number {
  const type = bytes[at]!;
  const content = at + 1;
  if (type === PADDING || type === PING || type === HANDSHAKE_DONE) return content;
  if (type >= STREAM && type <= LAST_STREAM) return streamAt(bytes, at, end, to);
  const count = NUMBERS[type];
  if (count !== undefined) return skipNumbers(bytes, content, end, count);
  switch (type) {
    case ACK:
    case ACK_ECN:
      return skipAck(bytes, content, end, type === ACK_ECN ? 3 : 0);
    case RESET_STREAM:
      to.resetStream(varint(bytes, content, end));
      return skipNumbers(bytes, content, end, 3);
    case CRYPTO:
      return skipText(bytes, skipNumbers(bytes, content, end, 1), end);
    case NEW_TOKEN:
    case DATAGRAM_WITH_LENGTH:
      return skipText(bytes, content, end);
    case NEW_CONNECTION_ID:
      return newIdAt(bytes, skipNumbers(bytes, content, end, 2), end, to);
    case PATH_CHALLENGE:
    case PATH_RESPONSE:
      return content + 8;
    case CONNECTION_CLOSE:
      return skipText(bytes, skipNumbers(bytes, content, end, 2), end);
    case APPLICATION_CLOSE:
      return skipText(bytes, skipNumbers(bytes, content, end, 1), end);
    case DATAGRAM:
      return end;
    default:
      return -1;
  }
}

/** The head of the STREAM frame that was read last. */
export const streamHead = { id: 0, offset: 0, at: 0, length: 0, isLast: false };

/** Reads the head of the STREAM frame at `at`, of a payload of `end` bytes. False if it is cut off. */
export function readStreamHead(bytes: Uint8Array, at: number, end: number): boolean {
  const type = bytes[at]!;
  let cursor = at + 1;
  streamHead.id = varint(bytes, cursor, end);
  cursor += varintLength(bytes[cursor] ?? 0);
  streamHead.offset = 0;
  if ((type & HAS_OFFSET) !== 0) {
    streamHead.offset = varint(bytes, cursor, end);
    cursor += varintLength(bytes[cursor] ?? 0);
  }
  if ((type & HAS_LENGTH) !== 0) {
    streamHead.length = varint(bytes, cursor, end);
    cursor += varintLength(bytes[cursor] ?? 0);
  } else streamHead.length = end - cursor;
  streamHead.at = cursor;
  streamHead.isLast = (type & IS_LAST) !== 0;
  return streamHead.id >= 0 && streamHead.offset >= 0 && streamHead.length >= 0 &&
    cursor + streamHead.length <= end;
}

function streamAt(bytes: Uint8Array, at: number, end: number, to: FrameReceiver): number {
  if (!readStreamHead(bytes, at, end)) return -1;
  const { id, offset, at: from, length, isLast } = streamHead;
  to.stream(id, offset, from, length, isLast);
  return from + length;
}

/** Length (8), the id, a token that resets the connection. */
function newIdAt(bytes: Uint8Array, at: number, end: number, to: FrameReceiver): number {
  if (at < 0 || at >= end) return -1;
  const next = at + 1 + bytes[at]! + RESET_TOKEN;
  if (next > end) return -1;
  to.newConnectionId(at + 1, bytes[at]!);
  return next;
}

/** Where an ACK or a padding ends that begins at `at`, at most at `end`. */
export function skipAckOrPadding(bytes: Uint8Array, at: number, end: number): number {
  const type = bytes[at]!;
  if (type === PADDING) return at + 1;
  return type === ACK || type === ACK_ECN
    ? skipAck(bytes, at + 1, end, type === ACK_ECN ? 3 : 0)
    : -1;
}

/** Largest, delay, count of ranges, first range, two numbers a range, `counts` numbers. */
function skipAck(bytes: Uint8Array, at: number, end: number, counts: number): number {
  const countAt = skipNumbers(bytes, at, end, 2);
  if (countAt < 0) return -1;
  const ranges = varint(bytes, countAt, end);
  return ranges < 0 ? -1 : skipNumbers(bytes, countAt, end, 2 + 2 * ranges + counts);
}

/** A length, and as many bytes. */
function skipText(bytes: Uint8Array, at: number, end: number): number {
  if (at < 0) return -1;
  const length = varint(bytes, at, end);
  if (length < 0) return -1;
  const next = at + varintLength(bytes[at]!) + length;
  return next <= end ? next : -1;
}

function skipNumbers(bytes: Uint8Array, at: number, end: number, count: number): number {
  let cursor = at;
  for (let i = 0; i < count; i++) {
    if (cursor >= end) return -1;
    cursor += varintLength(bytes[cursor]!);
  }
  return cursor <= end ? cursor : -1;
}
