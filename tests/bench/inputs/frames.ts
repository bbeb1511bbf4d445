// TCP and UDP over IPv4 over Ethernet, with right lengths and checksums, built in the writer's buffer.

import type { PcapWriter } from "./pcap_writer.ts";

const ETHERNET = 14;
const IPV4 = 20;
const TCP_HEADER = 20;
const UDP_HEADER = 8;
const TCP_PROTOCOL = 6;
const UDP_PROTOCOL = 17;
const ETHERTYPE_IPV4 = 0x0800;

export const FIN = 0x01;
export const SYN = 0x02;
export const PSH = 0x08;
export const ACK = 0x10;

export const NOTHING = new Uint8Array(0);

/** The numbers of a connection; addresses are int32, `next` is the sequence number that each side sends next. */
export interface Endpoints {
  client: number;
  server: number;
  clientPort: number;
  serverPort: number;
  next: [number, number];
}

/** Who sends: 0 the client, 1 the server. */
export type Sender = 0 | 1;

/** Writes a segment of `from` and moves its sequence number; padded with zeros to `minimum` bytes. */
export function writeTcp(
  writer: PcapWriter,
  time: number,
  on: Endpoints,
  from: Sender,
  flags: number,
  payload: Uint8Array,
  minimum = 0,
): void {
  const length = TCP_HEADER + payload.length;
  const at = writeIp(writer, time, on, from, TCP_PROTOCOL, length, minimum);
  const { bytes, view } = writer;
  writePorts(view, at, on, from);
  view.setInt32(at + 4, on.next[from]);
  view.setInt32(at + 8, flags & ACK ? on.next[from ^ 1 as Sender]! : 0);
  view.setUint16(at + 12, (TCP_HEADER / 4) << 12 | flags);
  view.setUint16(at + 14, 64240);
  view.setUint32(at + 16, 0);
  bytes.set(payload, at + TCP_HEADER);
  view.setUint16(at + 16, transportChecksum(view, at, length, TCP_PROTOCOL));
  on.next[from] = (on.next[from] + payload.length + (flags & (SYN | FIN) ? 1 : 0)) | 0;
}

/** Writes a datagram of `from`; padded with zeros to `minimum` bytes. */
export function writeUdp(
  writer: PcapWriter,
  time: number,
  on: Endpoints,
  from: Sender,
  payload: Uint8Array,
  minimum = 0,
): void {
  const length = UDP_HEADER + payload.length;
  const at = writeIp(writer, time, on, from, UDP_PROTOCOL, length, minimum);
  const { bytes, view } = writer;
  writePorts(view, at, on, from);
  view.setUint16(at + 4, length);
  view.setUint16(at + 6, 0);
  bytes.set(payload, at + UDP_HEADER);
  view.setUint16(at + 6, transportChecksum(view, at, length, UDP_PROTOCOL) || 0xffff);
}

function writePorts(view: DataView, at: number, on: Endpoints, from: Sender): void {
  view.setUint16(at, from === 0 ? on.clientPort : on.serverPort);
  view.setUint16(at + 2, from === 0 ? on.serverPort : on.clientPort);
}

/** Writes Ethernet and IPv4 headers for `length` bytes; returns where those begin. */
function writeIp(
  writer: PcapWriter,
  time: number,
  on: Endpoints,
  from: Sender,
  protocol: number,
  length: number,
  minimum: number,
): number {
  const total = ETHERNET + IPV4 + length;
  const frame = writer.reserve(time, Math.max(total, minimum));
  const { bytes, view } = writer;
  if (minimum > total) bytes.fill(0, frame + total, frame + minimum);
  // Locally administered addresses 02:00:00:00:00:01 and :02.
  view.setUint32(frame, 0x02000000);
  view.setUint16(frame + 4, from === 0 ? 2 : 1);
  view.setUint32(frame + 6, 0x02000000);
  view.setUint16(frame + 10, from === 0 ? 1 : 2);
  view.setUint16(frame + 12, ETHERTYPE_IPV4);
  const at = frame + ETHERNET;
  view.setUint16(at, 0x4500);
  view.setUint16(at + 2, IPV4 + length);
  view.setUint16(at + 4, writer.packets & 0xffff);
  view.setUint16(at + 6, 0x4000); // do not fragment
  view.setUint16(at + 8, 64 << 8 | protocol);
  view.setUint16(at + 10, 0);
  view.setInt32(at + 12, from === 0 ? on.client : on.server);
  view.setInt32(at + 16, from === 0 ? on.server : on.client);
  view.setUint16(at + 10, ~folded(sum(view, at, IPV4)) & 0xffff);
  return at + IPV4;
}

/** RFC 9293 section 3.1: with a pseudo header of addresses, protocol and length. */
function transportChecksum(view: DataView, at: number, length: number, protocol: number): number {
  return ~folded(sum(view, at - 8, length + 8) + protocol + length) & 0xffff;
}

/** The sum of 16-bit words; of less than 2^16 of them it is exact. */
function sum(view: DataView, at: number, length: number): number {
  let total = 0;
  const even = at + (length & ~1);
  for (let i = at; i < even; i += 2) total += view.getUint16(i);
  return length & 1 ? total + (view.getUint8(even) << 8) : total;
}

function folded(total: number): number {
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}
