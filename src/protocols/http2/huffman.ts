// Decodes the Huffman code of HPACK strings (RFC 7541 section 5.2 and appendix B).

import { HUFFMAN_LENGTHS } from "./hpack_tables.ts";

const EOS = 256;
const ALL_ONES = 0xffffffff;

/** The codes of one length. As binary fractions, they are all greater than those of shorter lengths. */
interface CodeGroup {
  readonly bits: number;
  /** The first code and the one after the last, in the upper of 32 bits. */
  readonly first: number;
  readonly limit: number;
  /** Bytes (or EOS) in the order of their codes. */
  readonly symbols: readonly number[];
}

/** Made on first use: at the start it would take a millisecond. */
let groups: readonly CodeGroup[] | null = null;

function canonicalGroups(lengths: readonly number[]): CodeGroup[] {
  const groups: CodeGroup[] = [];
  let first = 0;
  for (let bits = 1; bits <= 32; bits++) {
    const symbols = [...lengths.keys()].filter((symbol) => lengths[symbol] === bits);
    if (symbols.length === 0) continue;
    const limit = first + symbols.length * 2 ** (32 - bits);
    groups.push({ bits, first, limit, symbols });
    first = limit;
  }
  return groups;
}

/** The most bytes that `length` encoded bytes can hold: the shortest code has five bits. */
export const decodedBound = (length: number): number => Math.floor((length * 8) / 5);

/**
 * Decodes `bytes[at..end)` into `out`, which must have room for `decodedBound(end - at)` bytes.
 * Returns how many were written, -1 if they break the rules of section 5.2: EOS in the string, or
 * padding that is longer than seven bits or not all ones.
 */
export function decodeHuffman(
  bytes: Uint8Array,
  at: number,
  end: number,
  out: Uint8Array,
): number {
  const bits = (end - at) * 8;
  let written = 0;
  for (let bit = 0; bit < bits;) {
    const ahead = window(bytes, at + (bit >>> 3), end, bit & 7);
    const group = groupOf(ahead);
    if (bit + group.bits > bits) return isPadding(ahead, bits - bit) ? written : -1;
    const symbol = group.symbols[(ahead - group.first) >>> (32 - group.bits)]!;
    if (symbol === EOS) return -1;
    out[written++] = symbol;
    bit += group.bits;
  }
  return written;
}

/** The next 32 bits from bit `shift` of byte `at` on; past the end they are ones, like padding. */
function window(bytes: Uint8Array, at: number, end: number, shift: number): number {
  let high = 0;
  for (let i = at; i < at + 4; i++) high = (high << 8) | byteOrOnes(bytes, i, end);
  return ((high << shift) | (byteOrOnes(bytes, at + 4, end) >>> (8 - shift))) >>> 0;
}

const byteOrOnes = (bytes: Uint8Array, at: number, end: number): number =>
  at < end ? bytes[at]! : 0xff;

function groupOf(ahead: number): CodeGroup {
  const all = groups ??= canonicalGroups(HUFFMAN_LENGTHS);
  let group = 0;
  while (ahead >= all[group]!.limit) group++;
  return all[group]!;
}

/** Padding is the beginning of EOS, whose bits are all ones; eight bits or more of it are an error. */
const isPadding = (ahead: number, bits: number): boolean => bits <= 7 && ahead === ALL_ONES;
