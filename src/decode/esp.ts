// ESP (RFC 4303), which is read if it does not encrypt (RFC 2410). It does not say so: the bytes must show
// it, up to the trailer behind the payload (padding, its length, the protocol).

import { u16 } from "../bytes.ts";
import { fail, Failure, Layer, type Packet } from "./packet.ts";
import { ipEnd } from "./plausible.ts";

/** Security parameters index, sequence number. */
const HEADER = 8;
/** Lengths of the check value, as tunnels agree on them. */
const CHECK_VALUES = [12, 16, 24, 32, 0];
/** Padding's length and the protocol. */
const TRAILER = 2;

const Protocol = { IPV4: 4, TCP: 6, UDP: 17, IPV6: 41 } as const;

const TCP_HEADER = 20;
const UDP_HEADER = 8;
const UDP_CHECKSUM_AT = 6;

export function esp(packet: Packet): Layer {
  const layer = nullEsp(packet);
  return layer === Layer.UDP ? fail(packet, Layer.ESP, Failure.ENCRYPTED) : layer;
}

/** What ESP carries without encryption; UDP if it seems to be encrypted, or is none. */
export function nullEsp(packet: Packet): Layer {
  const inner = packet.at + HEADER;
  if (packet.end < packet.wireEnd) return Layer.UDP;
  const end = ipEnd(packet, inner);
  if (end > 0 && isTrailer(packet, end)) {
    packet.at = inner;
    return Layer.IP;
  }
  for (const length of CHECK_VALUES) {
    if (isSegment(packet, inner, packet.end - length)) return Layer.IP_PAYLOAD;
  }
  return Layer.UDP;
}

/** Whether the trailer of a tunnel is at `at`. */
function isTrailer({ bytes, end }: Packet, at: number): boolean {
  let padding = 0;
  while (at + padding + TRAILER < end && bytes[at + padding] === padding + 1) padding++;
  const protocol = at + padding + 1;
  return protocol < end && bytes[protocol - 1] === padding &&
    (bytes[protocol] === Protocol.IPV4 || bytes[protocol] === Protocol.IPV6);
}

/** Whether a whole TCP segment or datagram is at `at`, with the trailer before `end`. If so, it is what is left. */
function isSegment(packet: Packet, at: number, end: number): boolean {
  const { bytes } = packet;
  if (at + UDP_HEADER + TRAILER > end) return false;
  const protocol = bytes[end - 1]!;
  const last = end - TRAILER - bytes[end - 2]!;
  const header = protocol === Protocol.TCP ? TCP_HEADER : UDP_HEADER;
  if (protocol !== Protocol.TCP && protocol !== Protocol.UDP || at + header > last) return false;
  if (protocol === Protocol.UDP && u16(bytes, at + UDP_CHECKSUM_AT) === 0) return false;
  for (let i = last; i < end - TRAILER; i++) if (bytes[i] !== i - last + 1) return false;
  if (!isIntact(packet, protocol, at, last)) return false;
  packet.next = protocol;
  packet.at = at;
  packet.end = packet.wireEnd = last;
  return true;
}

/** Whether the checksum of TCP or UDP is right (RFC 9293 section 3.1). */
function isIntact(packet: Packet, protocol: number, at: number, end: number): boolean {
  const { bytes, src0, src1, src2, src3, dst0, dst1, dst2, dst3 } = packet;
  let sum = protocol + end - at;
  sum += halves(src0) + halves(src1) + halves(src2) + halves(src3);
  sum += halves(dst0) + halves(dst1) + halves(dst2) + halves(dst3);
  for (let i = at; i < end - 1; i += 2) sum += u16(bytes, i);
  if ((end - at) % 2 === 1) sum += bytes[end - 1]! << 8;
  return sum % 0xffff === 0;
}

const halves = (word: number): number => (word >>> 16) + (word & 0xffff);
