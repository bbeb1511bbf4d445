// Bytes out of numbers and texts, network byte order.

export type Bytes = Uint8Array<ArrayBuffer>;

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const bytes = (...values: number[]): Bytes => Uint8Array.from(values);
export const u8 = (value: number): Bytes => bytes(value);
export const u16 = (value: number): Bytes => bytes(value >> 8, value);
export const u24 = (value: number): Bytes => bytes(value >> 16, value >> 8, value);
export const u32 = (value: number): Bytes => bytes(value >> 24, value >> 16, value >> 8, value);
export const text = (value: string): Bytes => new TextEncoder().encode(value);

/** "0a 0b0c" to bytes; blanks are ignored. */
export function hex(digits: string): Bytes {
  const pairs = digits.replaceAll(/\s+/g, "").match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

/** `count` bytes that differ from their neighbours, the same on every run. */
export const filler = (count: number): Bytes =>
  Uint8Array.from({ length: count }, (_, i) => i * 31 + (i >> 8));

/** `data` preceded by its length, which takes `width` bytes. */
export function prefixed(width: 1 | 2 | 3, data: Uint8Array): Bytes {
  const length = width === 1 ? u8 : width === 2 ? u16 : u24;
  return concat(length(data.length), data);
}

/** `data` in pieces of at most `size` bytes. */
export function cut(data: Uint8Array, size: number): Bytes[] {
  const pieces: Bytes[] = [];
  for (let at = 0; at < data.length; at += size) pieces.push(data.slice(at, at + size) as Bytes);
  return pieces;
}

/** The Internet checksum (RFC 1071) of all parts as if they were one; only the last may be odd. */
export function checksum(...parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let i = 0; i < part.length; i++) sum += i % 2 === 0 ? part[i]! << 8 : part[i]!;
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}
