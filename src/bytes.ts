// Big-endian numbers and Latin-1 texts in byte arrays, and the arithmetic of TCP sequence numbers.
// Callers check lengths.

export const u16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;

export const u24 = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;

/** As int32: negative from 2^31 on, so that V8 keeps it out of the heap. */
export const i32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;

export const u32 = (bytes: Uint8Array, at: number): number => i32(bytes, at) >>> 0;

/** How far sequence number `a` is ahead of `b` (negative: behind), modulo 2^32 (RFC 9293 section 3.4). */
export const sequenceDistance = (a: number, b: number): number => (a - b) | 0;

/** So many arguments a call may have. */
const MAX_ARGUMENTS = 4096;

/**
 * The bytes `bytes[at..end)`, a character each. 115 of them take 0.5 µs, with the arguments spread
 * they take 4. Buffer's texts are ropes in the runtime of compiled binaries: 3.3 KB for those 115.
 */
export function latin1(bytes: Uint8Array, at: number, end: number): string {
  let text = "";
  for (let from = at; from < end; from += MAX_ARGUMENTS) {
    const piece = bytes.subarray(from, Math.min(end, from + MAX_ARGUMENTS));
    text += String.fromCharCode.apply(null, piece as unknown as number[]);
  }
  return text;
}
