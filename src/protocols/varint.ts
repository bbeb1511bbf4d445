// QUIC's variable-length integers: their first two bits are the length. RFC 9000 section 16.

/** How many bytes a number that begins with `first` takes: 1, 2, 4 or 8. */
export const varintLength = (first: number): number => 1 << (first >> 6);

/**
 * The number at `at`; -1 if it ends past `end`. Not exact from 2^53 on, but no valid offset or
 * length is as large.
 */
export function varint(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1;
  const length = varintLength(bytes[at]!);
  if (at + length > end) return -1;
  let value = bytes[at]! & 0x3f;
  for (let i = 1; i < length; i++) value = value * 256 + bytes[at + i]!;
  return value;
}
