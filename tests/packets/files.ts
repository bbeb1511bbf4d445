// Capture files: pcap (draft-ietf-opsawg-pcap) and pcapng (draft-ietf-opsawg-pcapng).

import { type Bytes, concat, text } from "./bytes.ts";
import { LINKTYPE } from "./link.ts";

/** A packet with what the capture knows about it; bytes alone are given a time of their own. */
export interface CapturedPacket {
  readonly data: Uint8Array;
  /** Microseconds since 1970. */
  readonly time?: number;
  /** Its length on the wire, where the snaplen cut it. */
  readonly length?: number;
  /** pcapng: which interface, the first unless given. */
  readonly interface?: number;
}

export interface PcapOptions {
  readonly linkType?: number;
  readonly nanoseconds?: boolean;
  readonly bigEndian?: boolean;
  readonly snaplen?: number;
}

/** Where the clock stands for the first packet that has no time; a millisecond passes with each. */
export const FIRST_TIME = 1_700_000_000_000_000;

export function pcap(
  packets: readonly (Uint8Array | CapturedPacket)[],
  options: PcapOptions = {},
): Bytes {
  const { linkType = LINKTYPE.ETHERNET, nanoseconds = false, snaplen = 262144 } = options;
  const { u16, u32 } = writers(options.bigEndian ?? false);
  const magic = nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4;
  const header = concat(u32(magic), u16(2), u16(4), u32(0), u32(0), u32(snaplen), u32(linkType));
  const records = packets.map(timed).map(({ data, time, length }) => {
    const micros = time % 1e6;
    const seconds = (time - micros) / 1e6;
    const fraction = nanoseconds ? micros * 1000 : micros;
    return concat(u32(seconds), u32(fraction), u32(data.length), u32(length), data);
  });
  return concat(header, ...records);
}

export interface PcapngInterface {
  readonly linkType?: number;
  readonly name?: string;
  /** The option if_tsresol: 6 for microseconds (as without it), 9 for nanoseconds. */
  readonly resolution?: number;
}

export interface PcapngOptions {
  readonly interfaces?: readonly PcapngInterface[];
  readonly bigEndian?: boolean;
}

export function pcapng(
  packets: readonly (Uint8Array | CapturedPacket)[],
  options: PcapngOptions = {},
): Bytes {
  const { interfaces = [{}], bigEndian = false } = options;
  const write = writers(bigEndian);
  return concat(
    sectionHeader(write),
    ...interfaces.map((description) => interfaceDescription(write, description)),
    ...packets.map(timed).map((packet) =>
      enhancedPacket(write, packet, interfaces[packet.interface]?.resolution ?? 6)
    ),
  );
}

/** A pcapng block of any type: for those that webstat has to pass over. */
export function pcapngBlock(type: number, body: Uint8Array, bigEndian = false): Bytes {
  return block(writers(bigEndian), type, body);
}

interface Writers {
  u16(value: number): Bytes;
  u32(value: number): Bytes;
}

function writers(bigEndian: boolean): Writers {
  return {
    u16: (value) => {
      const out = new Uint8Array(2);
      new DataView(out.buffer).setUint16(0, value, !bigEndian);
      return out;
    },
    u32: (value) => {
      const out = new Uint8Array(4);
      new DataView(out.buffer).setUint32(0, value, !bigEndian);
      return out;
    },
  };
}

function timed(packet: Uint8Array | CapturedPacket, index: number): Required<CapturedPacket> {
  const given: CapturedPacket = packet instanceof Uint8Array ? { data: packet } : packet;
  return {
    data: given.data,
    time: given.time ?? FIRST_TIME + index * 1000,
    length: given.length ?? given.data.length,
    interface: given.interface ?? 0,
  };
}

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const IF_NAME = 2;
const IF_TSRESOL = 9;

function block({ u32 }: Writers, type: number, body: Uint8Array): Bytes {
  const filled = padded(body);
  const length = u32(filled.length + 12);
  return concat(u32(type), length, filled, length);
}

function sectionHeader(write: Writers): Bytes {
  const { u16, u32 } = write;
  const unknownLength = concat(u32(0xffffffff), u32(0xffffffff));
  return block(write, SECTION_HEADER, concat(u32(0x1a2b3c4d), u16(1), u16(0), unknownLength));
}

function interfaceDescription(write: Writers, description: PcapngInterface): Bytes {
  const { u16, u32 } = write;
  const option = (code: number, value: Uint8Array) =>
    concat(u16(code), u16(value.length), padded(value));
  const { linkType = LINKTYPE.ETHERNET, name, resolution } = description;
  const options = concat(
    name === undefined ? new Uint8Array(0) : option(IF_NAME, text(name)),
    resolution === undefined ? new Uint8Array(0) : option(IF_TSRESOL, Uint8Array.of(resolution)),
    u32(0), // opt_endofopt
  );
  return block(write, INTERFACE_DESCRIPTION, concat(u16(linkType), u16(0), u32(0), options));
}

function enhancedPacket(
  write: Writers,
  packet: Required<CapturedPacket>,
  resolution: number,
): Bytes {
  const { u32 } = write;
  const units = BigInt(packet.time) * 10n ** BigInt(resolution) / 1_000_000n;
  const time = concat(u32(Number(units >> 32n)), u32(Number(units & 0xffffffffn)));
  const lengths = concat(u32(packet.data.length), u32(packet.length));
  return block(write, ENHANCED_PACKET, concat(u32(packet.interface), time, lengths, packet.data));
}

/** Filled up to a multiple of four bytes. */
const padded = (data: Uint8Array): Bytes => concat(data, new Uint8Array(-data.length & 3));
