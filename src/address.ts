// IP addresses as text. Elsewhere an address is four int32 words, IPv4 as IPv4-mapped (::ffff:a.b.c.d).

import { u16 } from "./bytes.ts";

/** The third word of an IPv4-mapped address (RFC 4291 section 2.5.5.2). */
export const IPV4_MAPPED = 0xffff;

/** Dotted decimal of the four bytes at `at`. */
export function ipv4Text(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

/** The sixteen bytes at `at` in the form of RFC 5952: lower case, longest run of zeros shortened. */
export function ipv6Text(bytes: Uint8Array, at: number): string {
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(u16(bytes, at + i));
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let run = i;
    while (run < 8 && groups[run] === 0) run++;
    if (run - i > length) {
      start = i;
      length = run - i;
    }
  }
  if (start < 0) return groups.map(hex).join(":");
  return `${groups.slice(0, start).map(hex).join(":")}::${
    groups.slice(start + length).map(hex).join(":")
  }`;
}

const hex = (group: number): string => group.toString(16);

const bytes = new Uint8Array(16);

export function addressText(words: Int32Array): string {
  for (let i = 0; i < 16; i++) bytes[i] = words[i >> 2]! >>> (24 - (i & 3) * 8);
  return isIpv4(words) ? ipv4Text(bytes, 12) : ipv6Text(bytes, 0);
}

export const isIpv4 = (words: Int32Array): boolean =>
  words[0] === 0 && words[1] === 0 && words[2] === IPV4_MAPPED;

/**
 * Writes the four words of an address to `into`. `text` as addressText() writes it: no other form is
 * read.
 */
export function readAddress(text: string, into: Int32Array): void {
  into.fill(0);
  if (!text.includes(":")) return readIpv4(text, into);
  const [head = "", tail = ""] = text.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === "" ? [] : tail.split(":");
  const put = (group: string, i: number) =>
    into[i >> 1]! |= parseInt(group, 16) << ((i & 1) === 0 ? 16 : 0);
  before.forEach(put);
  after.forEach((group, i) => put(group, 8 - after.length + i));
}

function readIpv4(text: string, into: Int32Array): void {
  let word = 0;
  let byte = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (digit >= 0) byte = byte * 10 + digit;
    else {
      word = (word << 8) | byte;
      byte = 0;
    }
  }
  into[2] = IPV4_MAPPED;
  into[3] = (word << 8) | byte;
}

const ZERO = 0x30;

const CACHE_SLOTS = 4096;

/** Caches the texts of addresses, as most come again and again. */
export class AddressTexts {
  readonly #words = new Int32Array(CACHE_SLOTS * 4);
  readonly #texts: string[] = new Array(CACHE_SLOTS).fill("");

  of(words: Int32Array): string {
    const hash = Math.imul(
      words[3]! ^ words[2]! ^ Math.imul(words[1]! ^ words[0]!, 31),
      0x9e3779b1,
    );
    const slot = (hash >>> 16) & (CACHE_SLOTS - 1);
    if (this.#texts[slot] !== "" && this.#isAt(slot, words)) return this.#texts[slot]!;
    this.#words.set(words, slot * 4);
    return this.#texts[slot] = addressText(words);
  }

  #isAt(slot: number, words: Int32Array): boolean {
    for (let i = 0; i < 4; i++) {
      if (this.#words[slot * 4 + i] !== words[i]) return false;
    }
    return true;
  }
}
