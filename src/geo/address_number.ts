// Addresses as numbers: one 128-bit number for both families, an IPv4 address in its mapped form.

import { isIPv4, isIPv6 } from "node:net";

/** ::ffff:0:0/96, where IPv4 addresses are (RFC 4291, section 2.5.5.2). */
const MAPPED = 0xffffn;

/** 64:ff9b::/96, IPv4 addresses as IPv6-only networks write them (RFC 6052, section 2.1). */
const NAT64 = 0x64ff9bn << 64n;

/**
 * Reads the text of an IPv4 or IPv6 address, with or without a zone ("%eth0"). An IPv4 address in a
 * NAT64 prefix gives that IPv4 address. Null if the text is no address.
 */
export function parseAddress(text: string): bigint | null {
  if (isIPv4(text)) return fromIPv4(parseIPv4(text));
  const zone = text.indexOf("%");
  const bare = zone < 0 ? text : text.slice(0, zone);
  if (!isIPv6(bare)) return null;
  const address = parseIPv6(bare);
  return address >> 32n === NAT64 ? fromIPv4(Number(address & 0xffffffffn)) : address;
}

/** The IPv4 address in an address, as an unsigned 32-bit number; null for an IPv6 address. */
export function toIPv4(address: bigint): number | null {
  return address >> 32n === MAPPED ? Number(address & 0xffffffffn) : null;
}

/** Canonical for IPv4 ("192.0.2.1"); without "::" for IPv6 ("2001:db8:0:0:0:0:0:1"). */
export function formatAddress(address: bigint): string {
  const v4 = toIPv4(address);
  if (v4 !== null) return [v4 >>> 24, v4 >>> 16 & 255, v4 >>> 8 & 255, v4 & 255].join(".");
  const groups: string[] = [];
  for (let shift = 112n; shift >= 0n; shift -= 16n) {
    groups.push((address >> shift & 0xffffn).toString(16));
  }
  return groups.join(":");
}

function fromIPv4(v4: number): bigint {
  return MAPPED << 32n | BigInt(v4);
}

/** `text` is a valid dotted quad. */
function parseIPv4(text: string): number {
  return text.split(".").reduce((value, byte) => value * 256 + Number(byte), 0);
}

/** `text` is valid, without a zone: up to eight groups, one "::", perhaps a dotted quad last. */
function parseIPv6(text: string): bigint {
  const [head = "", tail] = text.split("::");
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  const omitted = new Array<number>(8 - before.length - after.length).fill(0);
  return [...before, ...omitted, ...after]
    .reduce((value, group) => value << 16n | BigInt(group), 0n);
}

function groupsOf(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (!group.includes(".")) return [parseInt(group, 16)];
    const v4 = parseIPv4(group);
    return [v4 >>> 16, v4 & 0xffff];
  });
}
