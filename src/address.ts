// Text of IP addresses.

import { u16 } from "./bytes.ts";

/** Dotted decimal of the four octets at `at`. */
export function ipv4Text(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

/** The sixteen octets at `at` in the form of RFC 5952: lower case, longest run of zeros shortened. */
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
