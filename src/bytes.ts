// Big-endian numbers and Latin-1 texts in byte arrays, and the arithmetic of TCP sequence numbers.
// Callers check lengths.

import { Buffer } from "node:buffer";

export const u16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;

export const u24 = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;

/** As int32: negative from 2^31 on, so that V8 keeps it out of the heap. */
export const i32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;

export const u32 = (bytes: Uint8Array, at: number): number => i32(bytes, at) >>> 0;

/** How far sequence number `a` is ahead of `b` (negative: behind), modulo 2^32 (RFC 9293 section 3.4). */
export const sequenceDistance = (a: number, b: number): number => (a - b) | 0;

let view: Buffer = Buffer.alloc(0);

/**
 * The octets `bytes[at..end)`, a character each. Of 115 of them Buffer makes a text in 0.12 µs,
 * String.fromCharCode with its arguments spread in 4.
 */
export function latin1(bytes: Uint8Array, at: number, end: number): string {
  if (view.buffer !== bytes.buffer) view = Buffer.from(bytes.buffer);
  return view.toString("latin1", bytes.byteOffset + at, bytes.byteOffset + end);
}
