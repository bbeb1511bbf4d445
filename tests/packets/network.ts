// IPv4 and IPv6. They also fill in the checksum of the TCP or UDP that they carry, for it covers
// the addresses.

import { type Bytes, bytes, checksum, concat, cut, u16, u32, u8 } from "./bytes.ts";

export const PROTOCOL = {
  HOP_BY_HOP: 0,
  ICMP: 1,
  IPIP: 4,
  TCP: 6,
  UDP: 17,
  IPV6: 41,
  ESP: 50,
} as const;
const FRAGMENT_HEADER = 44;

export interface Fragment {
  readonly id: number;
  /** In bytes; a multiple of 8. */
  readonly offset: number;
  readonly more: boolean;
}

interface Addresses {
  readonly src?: string;
  readonly dst?: string;
  /** TCP unless given. */
  readonly protocol?: number;
}

export interface Ipv4Options extends Addresses {
  /** A multiple of 4 bytes. */
  readonly options?: Uint8Array;
  /** The payload is then taken as it is: its checksum is left alone. */
  readonly fragment?: Fragment;
  /** Overrides the total length, to lie about it. */
  readonly length?: number;
}

export function ipv4(fields: Ipv4Options, payload: Uint8Array): Bytes {
  const { src = "10.0.0.1", dst = "10.0.0.2", protocol = PROTOCOL.TCP, fragment } = fields;
  const options = fields.options ?? new Uint8Array(0);
  const headerLength = 20 + options.length;
  const body = fragment ? payload : withChecksum(protocol, address(src), address(dst), payload);
  const flags = fragment === undefined
    ? 0x4000
    : (fragment.more ? 0x2000 : 0) | (fragment.offset / 8);
  const header = concat(
    bytes(0x40 | (headerLength / 4), 0),
    u16(fields.length ?? headerLength + payload.length),
    u16(fragment?.id ?? 1),
    u16(flags),
    bytes(64, protocol, 0, 0),
    address(src),
    address(dst),
    options,
  );
  header.set(u16(checksum(header)), 10);
  return concat(header, body);
}

/** One packet in fragments that carry at most `size` bytes each (a multiple of 8). */
export function ipv4Fragments(
  fields: Omit<Ipv4Options, "fragment"> & { id?: number },
  payload: Uint8Array,
  size: number,
): Bytes[] {
  const { src = "10.0.0.1", dst = "10.0.0.2", protocol = PROTOCOL.TCP, id = 7 } = fields;
  const whole = withChecksum(protocol, address(src), address(dst), payload);
  return fragments(whole, size, id).map(({ fragment, piece }) =>
    ipv4({ ...fields, fragment }, piece)
  );
}

export interface Ipv6Options extends Addresses {
  /** In order. `body` is what follows the two bytes of type and length: 6, 14, 22 ... bytes. */
  readonly extensions?: readonly { readonly type: number; readonly body: Uint8Array }[];
  readonly fragment?: Fragment;
  /** Overrides the payload length, to lie about it. */
  readonly length?: number;
}

export function ipv6(fields: Ipv6Options, payload: Uint8Array): Bytes {
  const { src = "2001:db8::1", dst = "2001:db8::2", protocol = PROTOCOL.TCP, fragment } = fields;
  const body = fragment ? payload : withChecksum(protocol, address(src), address(dst), payload);
  const { first, headers } = extensionHeaders(fields.extensions ?? [], protocol, fragment);
  const length = fields.length ?? headers.length + body.length;
  const fixed = concat(bytes(0x60, 0, 0, 0), u16(length), bytes(first, 64));
  return concat(fixed, address(src), address(dst), headers, body);
}

export function ipv6Fragments(
  fields: Omit<Ipv6Options, "fragment"> & { id?: number },
  payload: Uint8Array,
  size: number,
): Bytes[] {
  const { src = "2001:db8::1", dst = "2001:db8::2", protocol = PROTOCOL.TCP, id = 7 } = fields;
  const whole = withChecksum(protocol, address(src), address(dst), payload);
  return fragments(whole, size, id).map(({ fragment, piece }) =>
    ipv6({ ...fields, fragment }, piece)
  );
}

/** The bytes of an address: four for "10.0.0.1", sixteen for "2001:db8::1". */
export function address(text: string): Bytes {
  if (!text.includes(":")) return Uint8Array.from(text.split("."), Number);
  const [left = "", right] = text.split("::");
  const groups = (part: string) => part === "" ? [] : part.split(":");
  const before = groups(left);
  const after = groups(right ?? "");
  const missing = right === undefined ? 0 : 8 - before.length - after.length;
  const all = [...before, ...Array<string>(missing).fill("0"), ...after];
  return concat(...all.map((group) => u16(Number.parseInt(group, 16))));
}

/** The extension headers, chained, and the type of the first of them. */
function extensionHeaders(
  extensions: readonly { readonly type: number; readonly body: Uint8Array }[],
  protocol: number,
  fragment: Fragment | undefined,
): { first: number; headers: Bytes } {
  let next = protocol;
  let headers: Bytes = new Uint8Array(0);
  if (fragment !== undefined) {
    const place = u16(fragment.offset | (fragment.more ? 1 : 0));
    headers = concat(bytes(next, 0), place, u32(fragment.id));
    next = FRAGMENT_HEADER;
  }
  for (const { type, body } of extensions.toReversed()) {
    headers = concat(bytes(next, (body.length + 2) / 8 - 1), body, headers);
    next = type;
  }
  return { first: next, headers };
}

function fragments(whole: Uint8Array, size: number, id: number) {
  const pieces = cut(whole, size);
  return pieces.map((piece, i) => ({
    piece,
    fragment: { id, offset: i * size, more: i < pieces.length - 1 },
  }));
}

/** A copy of a TCP segment or UDP datagram with its checksum, any other payload as it is. */
function withChecksum(protocol: number, src: Bytes, dst: Bytes, payload: Uint8Array): Uint8Array {
  const [at, least] = protocol === PROTOCOL.TCP ? [16, 20] : [6, 8];
  if (protocol !== PROTOCOL.TCP && protocol !== PROTOCOL.UDP) return payload;
  if (payload.length < least) return payload;
  const pseudo = concat(src, dst, u32(payload.length), bytes(0, 0), u8(0), u8(protocol));
  const sealed = concat(payload);
  sealed.set([0, 0], at);
  // A UDP checksum that comes out as zero is sent as all ones (RFC 768).
  const sum = checksum(pseudo, sealed);
  sealed.set(u16(sum === 0 && protocol === PROTOCOL.UDP ? 0xffff : sum), at);
  return sealed;
}
