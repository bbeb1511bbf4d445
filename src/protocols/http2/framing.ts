// Frames of HTTP/2 (RFC 9113 sections 3.4, 4 and 6): their headers, which of these are valid, and
// how to find frames in the middle of a connection.

import { u24, u32 } from "../../bytes.ts";
import { CLIENT, NEED_MORE, NOT_MINE, SERVER, type Side } from "../analyser.ts";

// Section 4.1: length (3 bytes), type, flags, and the stream's number after one reserved bit.
export const FRAME_HEADER = 9;
const TYPE_AT = 3;
const FLAGS_AT = 4;
const STREAM_AT = 5;

export const DATA = 0;
export const HEADERS = 1;
export const RST_STREAM = 3;
const SETTINGS = 4;
export const PUSH_PROMISE = 5;
export const GOAWAY = 7;
export const CONTINUATION = 9;

export const END_STREAM = 0x01;
const ACK = 0x01;
export const END_HEADERS = 0x04;
export const PADDED = 0x08;
const PRIORITY = 0x20;

/** The longest payload that every peer accepts (section 4.2). */
const USUAL_MAX_LENGTH = 16384;

/** What a valid frame of one type looks like. */
interface Shape {
  /** Bounds of the length. */
  readonly min: number;
  readonly max: number;
  /** The length is a multiple of this. */
  readonly step: number;
  /** The flags that are defined. */
  readonly flags: number;
  /** Whether it belongs to a stream, to the connection (stream 0), or to either. */
  readonly of: "stream" | "connection" | "either";
}

const MAX_LENGTH = 0xffffff;

/** Sections 6.1 to 6.10, by type. */
const SHAPES: readonly Shape[] = [
  { min: 0, max: MAX_LENGTH, step: 1, flags: END_STREAM | PADDED, of: "stream" }, // DATA
  {
    min: 0,
    max: MAX_LENGTH,
    step: 1,
    flags: END_STREAM | END_HEADERS | PADDED | PRIORITY,
    of: "stream",
  }, // HEADERS
  { min: 5, max: 5, step: 1, flags: 0, of: "stream" }, // PRIORITY
  { min: 4, max: 4, step: 1, flags: 0, of: "stream" }, // RST_STREAM
  { min: 0, max: MAX_LENGTH, step: 6, flags: ACK, of: "connection" }, // SETTINGS
  { min: 4, max: MAX_LENGTH, step: 1, flags: END_HEADERS | PADDED, of: "stream" }, // PUSH_PROMISE
  { min: 8, max: 8, step: 1, flags: ACK, of: "connection" }, // PING
  { min: 8, max: MAX_LENGTH, step: 1, flags: 0, of: "connection" }, // GOAWAY
  { min: 4, max: 4, step: 1, flags: 0, of: "either" }, // WINDOW_UPDATE
  { min: 0, max: MAX_LENGTH, step: 1, flags: END_HEADERS, of: "stream" }, // CONTINUATION
];

// The fields of the frame header at `at`, of which all nine bytes must be there.

export const frameLength = (bytes: Uint8Array, at: number): number => u24(bytes, at);
export const frameType = (bytes: Uint8Array, at: number): number => bytes[at + TYPE_AT]!;
export const frameFlags = (bytes: Uint8Array, at: number): number => bytes[at + FLAGS_AT]!;
/** 31 bits; the reserved one is ignored. */
export const frameStream = (bytes: Uint8Array, at: number): number =>
  u32(bytes, at + STREAM_AT) & 0x7fffffff;

/** Bytes of padding, including the one with their number (section 6.1). */
export function paddingOf(bytes: Uint8Array, at: number): number {
  if ((frameFlags(bytes, at) & PADDED) === 0) return 0;
  return frameLength(bytes, at) === 0 ? 1 : 1 + bytes[at + FRAME_HEADER]!;
}

/** Where the part of a header block begins in the frame at `at` (sections 6.2, 6.6 and 6.10). */
export function fragmentStart(bytes: Uint8Array, at: number): number {
  const payload = at + FRAME_HEADER;
  const type = frameType(bytes, at);
  if (type === CONTINUATION) return payload;
  const flags = frameFlags(bytes, at);
  const padded = (flags & PADDED) === 0 ? 0 : 1;
  if (type === PUSH_PROMISE) return payload + padded + 4;
  return payload + padded + ((flags & PRIORITY) === 0 ? 0 : 5);
}

/** Where it ends. */
export function fragmentEnd(bytes: Uint8Array, at: number): number {
  const end = at + FRAME_HEADER + frameLength(bytes, at);
  if (frameType(bytes, at) === CONTINUATION || (frameFlags(bytes, at) & PADDED) === 0) return end;
  return end - (paddingOf(bytes, at) - 1);
}

/** Whether the frame header at `at` is valid. Unknown types are allowed (section 5.5). */
export function isPossibleFrame(bytes: Uint8Array, at: number): boolean {
  const shape = SHAPES[frameType(bytes, at)];
  if (shape === undefined) return true;
  const length = frameLength(bytes, at);
  if (length < shape.min || length > shape.max || length % shape.step !== 0) return false;
  return shape.of === "either" || (shape.of === "stream") === (frameStream(bytes, at) !== 0);
}

/** Whether a frame very likely begins at `at`: of a known type, and with nothing unusual. */
function isUsualFrame(bytes: Uint8Array, at: number): boolean {
  const shape = SHAPES[frameType(bytes, at)];
  return shape !== undefined && frameLength(bytes, at) <= USUAL_MAX_LENGTH &&
    (frameFlags(bytes, at) & ~shape.flags) === 0 && bytes[at + STREAM_AT]! < 0x80 &&
    isPossibleFrame(bytes, at) && (frameLength(bytes, at) > 0 || mayBeEmpty(bytes, at));
}

/** Few frames make sense without a payload. Without this check a row of zeros would be a frame. */
function mayBeEmpty(bytes: Uint8Array, at: number): boolean {
  const type = frameType(bytes, at);
  return type === SETTINGS || (type === DATA && frameFlags(bytes, at) === END_STREAM);
}

/** What a client sends first (section 3.4). */
const PREFACE = new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
export const PREFACE_LENGTH = PREFACE.length;

/** Whether a client's preface is at `at`: 1 for yes, NEED_MORE for the beginning of it, NOT_MINE. */
export function http2Preface(bytes: Uint8Array, at: number, end: number): number {
  const length = Math.min(end - at, PREFACE_LENGTH);
  for (let i = 0; i < length; i++) {
    if (bytes[at + i] !== PREFACE[i]) return NOT_MINE;
  }
  return length === PREFACE_LENGTH ? 1 : NEED_MORE;
}

/** The same for a server's preface: a SETTINGS frame that is no acknowledgement. */
export function serverPreface(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < FRAME_HEADER) return NEED_MORE;
  const isPreface = frameType(bytes, at) === SETTINGS && isUsualFrame(bytes, at) &&
    frameFlags(bytes, at) === 0;
  return isPreface ? 1 : NOT_MINE;
}

/**
 * Whether frames of a client are at `at`, with a request among them, if the capture begins in the
 * middle of a connection. 1 or NOT_MINE, never NEED_MORE.
 */
export function looksLikeHttp2Requests(bytes: Uint8Array, at: number, end: number): number {
  return areFrames(bytes, at, end) && senderOf(bytes, at, end) === CLIENT ? 1 : NOT_MINE;
}

/** The same for a server's frames, with a response among them, or its preface. */
export function looksLikeHttp2Answers(bytes: Uint8Array, at: number, end: number): number {
  if (!areFrames(bytes, at, end)) return NOT_MINE;
  const isServer = serverPreface(bytes, at, end) === 1 || senderOf(bytes, at, end) === SERVER;
  return isServer ? 1 : NOT_MINE;
}

/**
 * Who sent the frames at `at`, going by the first field of a header block: a request begins with
 * :authority, :method, :path or :scheme, a response with :status (RFC 9113 section 8.3). These are
 * the entries 1 to 7 and 8 to 14 of HPACK's static table. Null if there is no such block.
 */
function senderOf(bytes: Uint8Array, at: number, end: number): Side | null {
  for (let from = at; from + FRAME_HEADER <= end && isUsualFrame(bytes, from);) {
    const first = fragmentStart(bytes, from);
    if (frameType(bytes, from) === HEADERS && first < end) {
      const index = staticName(bytes[first]!);
      if (index !== 0) return index < 8 ? CLIENT : SERVER;
    }
    from += FRAME_HEADER + frameLength(bytes, from);
  }
  return null;
}

/** The entry of the static table with a field's name, 1 to 14, by its first byte; 0 for any other name. */
function staticName(first: number): number {
  if (first < 0x20) first &= 0x0f;
  else if (first >= 0x80) first &= 0x7f;
  else if (first >= 0x40) first &= 0x3f;
  return first <= 14 ? first : 0;
}

/** Where in `bytes[at..end)` frames certainly begin; -1 if that is nowhere certain. */
export function findFrames(bytes: Uint8Array, at: number, end: number): number {
  for (let from = at; from + FRAME_HEADER <= end; from++) {
    if (areFrames(bytes, from, end)) return from;
  }
  return -1;
}

/**
 * Whether frames certainly begin at `at`. Two usual frames in a row are enough: about fifty of
 * their bits have fixed values. So is one that ends with the segment, if it is of a type that often
 * stands alone.
 */
function areFrames(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + FRAME_HEADER > end || !isUsualFrame(bytes, at)) return false;
  const next = at + FRAME_HEADER + frameLength(bytes, at);
  if (next === end) return standsAlone(bytes, at);
  return next + FRAME_HEADER <= end && isUsualFrame(bytes, next);
}

function standsAlone(bytes: Uint8Array, at: number): boolean {
  if (frameType(bytes, at) === HEADERS) {
    return (frameFlags(bytes, at) & END_HEADERS) !== 0 && frameLength(bytes, at) > 0;
  }
  return frameType(bytes, at) === SETTINGS;
}
