// Addresses that have no place: IANA's special-purpose registries (RFC 6890) and multicast.

import { parseAddress } from "./address_number.ts";

/**
 * The first block that contains an address counts, so a block comes before a larger one around it.
 */
const BLOCKS: readonly (readonly [prefix: string, word: string])[] = [
  ["0.0.0.0/32", "unspecified"], // RFC 1122, section 3.2.1.3
  ["0.0.0.0/8", "reserved"], // RFC 791, section 3.2
  ["10.0.0.0/8", "private"], // RFC 1918
  ["100.64.0.0/10", "shared"], // RFC 6598: between a provider and its customers
  ["127.0.0.0/8", "loopback"], // RFC 1122, section 3.2.1.3
  ["169.254.0.0/16", "link-local"], // RFC 3927
  ["172.16.0.0/12", "private"], // RFC 1918
  ["192.0.0.0/24", "reserved"], // RFC 6890, section 2.1
  ["192.0.2.0/24", "documentation"], // RFC 5737
  ["192.168.0.0/16", "private"], // RFC 1918
  ["198.18.0.0/15", "benchmarking"], // RFC 2544
  ["198.51.100.0/24", "documentation"], // RFC 5737
  ["203.0.113.0/24", "documentation"], // RFC 5737
  ["224.0.0.0/4", "multicast"], // RFC 5771
  ["255.255.255.255/32", "broadcast"], // RFC 919, section 7
  ["240.0.0.0/4", "reserved"], // RFC 1112, section 4

  ["::/128", "unspecified"], // RFC 4291, section 2.5.2
  ["::1/128", "loopback"], // RFC 4291, section 2.5.3
  ["64:ff9b:1::/48", "private"], // RFC 8215: translation inside one network
  ["100::/64", "reserved"], // RFC 6666: discarded
  ["2001:2::/48", "benchmarking"], // RFC 5180
  ["2001:db8::/32", "documentation"], // RFC 3849
  ["2001::/23", "reserved"], // RFC 2928
  ["3fff::/20", "documentation"], // RFC 9637
  ["5f00::/16", "reserved"], // RFC 9602: segment routing
  ["fc00::/7", "private"], // RFC 4193
  ["fe80::/10", "link-local"], // RFC 4291, section 2.5.6
  ["fec0::/10", "private"], // RFC 3879: site-local, as it was
  ["ff00::/8", "multicast"], // RFC 4291, section 2.7
];

interface Block {
  readonly start: bigint;
  /** How many low bits are not part of the prefix. */
  readonly free: bigint;
  readonly word: string;
}

const TABLE: readonly Block[] = BLOCKS.map(([prefix, word]) => {
  const [text = "", length] = prefix.split("/");
  const width = text.includes(":") ? 128 : 32;
  const free = BigInt(width - Number(length));
  return { start: parseAddress(text)! >> free, free, word };
});

/** The word shown for a special address; null for an address that can have a place. */
export function specialWord(address: bigint): string | null {
  for (const { start, free, word } of TABLE) {
    if (address >> free === start) return word;
  }
  return null;
}
