// Reassembly of CRYPTO frames, which carry the bytes of the handshake. Clients split and shuffle
// them on purpose. RFC 9000 sections 12.4 (frames of Initial packets), 19.6 (CRYPTO) and 7.5
// (buffering).

import { varint, varintLength } from "../varint.ts";

const PADDING = 0x00;
const PING = 0x01;
const ACK = 0x02;
const ACK_WITH_ECN = 0x03;
const CRYPTO = 0x06;
const CONNECTION_CLOSE = 0x1c;

/** Google's frame types, in Q050, T050 and T051. */
const GOOGLE_PING = 0x07;
const GOOGLE_CRYPTO = 0x08;

/** Handshake bytes of one side that are read. */
export const MAX_CRYPTO = 1 << 16;
/** How far past the first missing byte others are kept: four times what RFC 9000 section 7.5 asks for. */
export const MAX_AHEAD = 1 << 14;

/** How many pieces past the first missing byte are kept. */
export const MAX_PIECES = 256;

/** Bytes of memory that a stream takes, beside what has come. */
const STREAM_BYTES = 300;

const NOTHING = new Uint8Array(0);
/** A little more than a ClientHello with a post-quantum key share. */
const FIRST_SIZE = 2048;

/** The handshake bytes of one side. */
export class CryptoStream {
  /** `bytes[at..at + length)` has come without holes. */
  bytes: Uint8Array = NOTHING;
  at = 0;
  length = 0;
  /**
   * Whether `bytes` belong to a packet: nothing is copied while there is a single frame, the usual
   * case.
   */
  #isBorrowed = false;
  /** Beginning and end of each piece past a hole, in order; no two touch. */
  readonly #pieces: number[] = [];

  /** Bytes of memory, see MemoryUser. */
  get held(): number {
    return STREAM_BYTES + this.bytes.length + this.#pieces.length * 8;
  }

  /**
   * Adds `bytes[from..to)`, which must not change until `keep` is called, at `offset`. False if that is out
   * of bounds: then nothing is added.
   */
  add(offset: number, bytes: Uint8Array, from: number, to: number): boolean {
    const stop = offset + to - from;
    if (stop > MAX_CRYPTO || stop > this.length + MAX_AHEAD) return false;
    if (offset === 0 && this.bytes === NOTHING) {
      this.#borrow(bytes, from, to);
      return true;
    }
    this.keep();
    if (offset > this.length) {
      if (!this.#addPiece(offset, stop)) return false;
    } else if (stop > this.length) {
      this.length = stop;
      this.#join();
    }
    this.#copy(offset, bytes, from, to);
    return true;
  }

  #borrow(bytes: Uint8Array, from: number, to: number): void {
    this.#isBorrowed = true;
    this.bytes = bytes;
    this.at = from;
    this.length = to - from;
  }

  /** Copies what belongs to a packet, which is overwritten now. */
  keep(): void {
    if (!this.#isBorrowed) return;
    const { bytes, at, length } = this;
    this.#isBorrowed = false;
    this.bytes = NOTHING;
    this.at = 0;
    this.#copy(0, bytes, at, at + length);
  }

  #copy(offset: number, bytes: Uint8Array, from: number, to: number): void {
    const stop = offset + to - from;
    if (stop > this.bytes.length) this.#grow(stop);
    this.bytes.set(bytes.subarray(from, to), offset);
  }

  #grow(needed: number): void {
    const bytes = new Uint8Array(Math.max(FIRST_SIZE, 2 ** Math.ceil(Math.log2(needed))));
    bytes.set(this.bytes);
    this.bytes = bytes;
  }

  /** Notes a piece past a hole, joined with those that it touches. False if there are too many. */
  #addPiece(from: number, to: number): boolean {
    const pieces = this.#pieces;
    let first = pieces.length;
    while (first > 0 && pieces[first - 1]! >= from) first -= 2;
    let last = first;
    for (; last < pieces.length && pieces[last]! <= to; last += 2) {
      from = Math.min(from, pieces[last]!);
      to = Math.max(to, pieces[last + 1]!);
    }
    if (last === first && pieces.length >= 2 * MAX_PIECES) return false;
    pieces.splice(first, last - first, from, to);
    return true;
  }

  /** Joins the pieces that are no longer past a hole. */
  #join(): void {
    const pieces = this.#pieces;
    let done = 0;
    for (; done < pieces.length && pieces[done]! <= this.length; done += 2) {
      this.length = Math.max(this.length, pieces[done + 1]!);
    }
    if (done > 0) pieces.splice(0, done);
  }
}

/** Adds the CRYPTO frames in an Initial packet's `payload` to `stream`. False if a frame is malformed. */
export function readFrames(payload: Uint8Array, stream: CryptoStream): boolean {
  let at = 0;
  while (at >= 0 && at < payload.length) at = readFrame(payload, at, stream);
  return at >= 0;
}

/** Returns where the next frame begins, -1 if that is unknown. */
function readFrame(payload: Uint8Array, at: number, stream: CryptoStream): number {
  switch (payload[at]) {
    case PADDING:
      return skipPadding(payload, at + 1);
    case PING:
      return at + 1;
    case CRYPTO:
      return readCrypto(payload, at + 1, stream);
    case ACK:
      return skipAck(payload, at + 1, 0);
    case ACK_WITH_ECN:
      return skipAck(payload, at + 1, 3);
    case CONNECTION_CLOSE:
      return skipClose(payload, at + 1);
    default: // No other frame may be in an Initial packet.
      return -1;
  }
}

/** The same for Google's frames, up to an acknowledgement, whose length is not known. */
export function readGoogleFrames(payload: Uint8Array, stream: CryptoStream): boolean {
  let at = 0;
  while (at >= 0 && at < payload.length) {
    const type = payload[at]!;
    if (type === PADDING) at = skipPadding(payload, at + 1);
    else if (type === GOOGLE_PING) at++;
    else if (type === GOOGLE_CRYPTO) at = readCrypto(payload, at + 1, stream);
    else return true;
  }
  return at >= 0;
}

/** Each byte is a frame; often half of a packet is padding. */
function skipPadding(payload: Uint8Array, at: number): number {
  const end = payload.length;
  while (at < end && payload[at] === PADDING) at++;
  return at;
}

/** Offset (i), length (i), data. */
function readCrypto(payload: Uint8Array, at: number, stream: CryptoStream): number {
  const offset = varint(payload, at, payload.length);
  if (offset < 0) return -1;
  const lengthAt = at + varintLength(payload[at]!);
  const length = varint(payload, lengthAt, payload.length);
  if (length < 0) return -1;
  const from = lengthAt + varintLength(payload[lengthAt]!);
  const to = from + length;
  if (to > payload.length) return -1;
  return stream.add(offset, payload, from, to) ? to : -1;
}

/** Largest (i), delay (i), count of ranges (i), first range (i), ranges (2i each), `counts` (i). */
function skipAck(payload: Uint8Array, at: number, counts: number): number {
  const countAt = skipVarints(payload, at, 2);
  if (countAt < 0) return -1;
  const ranges = varint(payload, countAt, payload.length);
  return ranges < 0 ? -1 : skipVarints(payload, countAt, 2 + 2 * ranges + counts);
}

/** Error code (i), frame type (i), reason length (i), reason. */
function skipClose(payload: Uint8Array, at: number): number {
  const lengthAt = skipVarints(payload, at, 2);
  if (lengthAt < 0) return -1;
  const length = varint(payload, lengthAt, payload.length);
  if (length < 0) return -1;
  const stop = lengthAt + varintLength(payload[lengthAt]!) + length;
  return stop <= payload.length ? stop : -1;
}

function skipVarints(payload: Uint8Array, at: number, count: number): number {
  for (let i = 0; i < count; i++) {
    if (at >= payload.length) return -1;
    at += varintLength(payload[at]!);
  }
  return at <= payload.length ? at : -1;
}
