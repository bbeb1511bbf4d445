// Input "mixed": real captures, merged and repeated. Each round has other addresses, so that its
// flows are flows of their own; rounds begin half a second apart and overlap.

import { IPV4_MAPPED } from "../../../src/address.ts";
import type { CaptureInterface } from "../../../src/capture/batch.ts";
import { openFiles } from "../../../src/capture/file.ts";
import { decodeFrom, decodePacket } from "../../../src/decode/decode.ts";
import { UserError } from "../../../src/errors.ts";
import { Layer, Packet } from "../../../src/decode/packet.ts";
import { LINKTYPE } from "../../packets/link.ts";
import type { PcapWriter } from "./pcap_writer.ts";

const TARGET_SIZE = 1e9;
const START = 1_700_000_000e6;
const ROUND_SPACING = 0.5e6;
/** Longer silences in a capture are cut short. */
const MAX_GAP = 1e6;
/** Addresses are told apart by so many rounds. */
const MAX_ROUNDS = 1 << 16;
const RECORD_HEADER = 16;

const ETHERNET = 14;
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
const ETHERTYPES_WITH_TAG = new Set([0x8100, 0x88a8]);

/** A 16-bit word of an address, changed in each round, and the checksums that it takes part in. */
interface Patch {
  readonly at: number;
  readonly mask: (round: number) => number;
  readonly checksums: readonly number[];
}

interface BasePacket {
  readonly bytes: Uint8Array;
  readonly length: number;
  /** Microseconds since the capture's first packet. */
  readonly time: number;
  readonly patches: readonly Patch[];
}

/** The folders' captures whose packets are, or can be made, Ethernet. */
export function captureFiles(folder: string): string[] {
  return [...Deno.readDirSync(folder)]
    .filter(({ name }) => /\.pcap(ng)?$/.test(name))
    .map(({ name }) => `${folder}/${name}`)
    .sort();
}

/** The packets of one round. */
export function readCaptures(files: readonly string[]): BasePacket[] {
  return files.flatMap(readCapture);
}

/** How many rounds make a file of about a gigabyte. */
export function roundsFor(packets: readonly BasePacket[]): number {
  const size = packets.reduce((sum, { bytes }) => sum + bytes.length + RECORD_HEADER, 0);
  return Math.min(MAX_ROUNDS, Math.ceil(TARGET_SIZE / size));
}

/** Writes `rounds` rounds in the order of time, `shift` microseconds later than usual. */
export function writeMixed(
  writer: PcapWriter,
  packets: readonly BasePacket[],
  rounds: number,
  shift = 0,
): void {
  // In each half second there is one half second of each round that has begun: the packets of it all
  // come in the same order, whichever round they belong to.
  const steps = packets.map((packet) => {
    const later = Math.floor(packet.time / ROUND_SPACING);
    return { packet, later, within: packet.time - later * ROUND_SPACING };
  }).sort((a, b) => a.within - b.within);
  const last = rounds + Math.max(...steps.map((step) => step.later));
  for (let newest = 0; newest <= last; newest++) {
    for (const { packet, later, within } of steps) {
      const round = newest - later;
      if (round < 0 || round >= rounds) continue;
      write(writer, packet, START + shift + newest * ROUND_SPACING + within, round);
    }
  }
}

function write(writer: PcapWriter, packet: BasePacket, time: number, round: number): void {
  const { bytes, patches } = packet;
  const at = writer.reserve(time, bytes.length, packet.length);
  writer.bytes.set(bytes, at);
  const { view } = writer;
  for (const patch of patches) {
    const before = view.getUint16(at + patch.at);
    const after = before ^ patch.mask(round);
    view.setUint16(at + patch.at, after);
    for (const checksum of patch.checksums) {
      const old = view.getUint16(at + checksum);
      view.setUint16(at + checksum, updated(old, before, after));
    }
  }
}

/** A checksum after one word has changed (RFC 1624, equation 3). */
function updated(checksum: number, before: number, after: number): number {
  let sum = (~checksum & 0xffff) + (~before & 0xffff) + after;
  sum = (sum & 0xffff) + (sum >>> 16);
  return ~(sum + (sum >>> 16)) & 0xffff;
}

function readCapture(path: string): BasePacket[] {
  const source = openFiles([path]);
  const packets: BasePacket[] = [];
  let time = 0;
  let last: number | null = null;
  try {
    for (let batch = source.read(); batch !== null; batch = source.read()) {
      if (batch instanceof Promise) throw new Error("a file does not make its reader wait");
      for (let i = 0; i < batch.count; i++) {
        const from = batch.offset[i]!;
        const raw = batch.bytes.slice(from, from + batch.captured[i]!);
        const bytes = asEthernet(raw, source.interfaces[batch.interface[i]!]!);
        if (bytes === null) continue;
        const gap = last === null ? 0 : batch.time[i]! - last;
        time += Math.round(Math.max(0, Math.min(MAX_GAP, gap)));
        last = batch.time[i]!;
        const length = batch.length[i]! - raw.length + bytes.length;
        packets.push({ bytes, length, time, patches: patchesOf(bytes, length) });
      }
    }
  } catch (error) {
    // Some captures are damaged on purpose: what could be read of them counts.
    if (!(error instanceof UserError)) throw error;
  } finally {
    source.close();
  }
  return packets;
}

/** The packet with an Ethernet header; null where its own link layer is none that can be replaced. */
function asEthernet(bytes: Uint8Array, { linkType }: CaptureInterface): Uint8Array | null {
  switch (linkType) {
    case LINKTYPE.ETHERNET:
      return bytes;
    case LINKTYPE.RAW:
    case LINKTYPE.IPV4:
    case LINKTYPE.IPV6:
      return withEthernet(bytes, 0);
    case LINKTYPE.NULL:
      return withEthernet(bytes, 4);
    case LINKTYPE.SLL:
      return withEthernet(bytes, 16);
    case LINKTYPE.SLL2:
      return withEthernet(bytes, 20);
    default:
      return null;
  }
}

function withEthernet(bytes: Uint8Array, oldHeader: number): Uint8Array | null {
  const version = (bytes[oldHeader] ?? 0) >> 4;
  if (version !== 4 && version !== 6) return null;
  const framed = new Uint8Array(ETHERNET + bytes.length - oldHeader);
  framed.set([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1]);
  new DataView(framed.buffer).setUint16(12, version === 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
  framed.set(bytes.subarray(oldHeader), ETHERNET);
  return framed;
}

/** Both addresses of the outermost IP header and, where the packet is a tunnel's, of the innermost. */
function patchesOf(bytes: Uint8Array, length: number): Patch[] {
  const outer = outerIp(bytes);
  const inner = innerIp(bytes, length);
  const headers = [
    ...(outer === null ? [] : [outer]),
    ...(inner === null || inner.at === outer?.at ? [] : [inner]),
  ];
  return headers.flatMap((header) => addressPatches(bytes, header, checksumsOf(bytes, header)));
}

interface IpHeader {
  readonly at: number;
  readonly version: 4 | 6;
}

function outerIp(bytes: Uint8Array): IpHeader | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = ETHERNET;
  while (at + 4 <= bytes.length && ETHERTYPES_WITH_TAG.has(view.getUint16(at - 2))) at += 4;
  if (at > bytes.length) return null;
  const type = view.getUint16(at - 2);
  if (type === ETHERTYPE_IPV4 && at + 20 <= bytes.length) return { at, version: 4 };
  if (type === ETHERTYPE_IPV6 && at + 40 <= bytes.length) return { at, version: 6 };
  return null;
}

const addressesAt = ({ at, version }: IpHeader): number => at + (version === 4 ? 12 : 8);

/** The checksums that an outer address takes part in: of its header, and of TCP or UDP behind it. */
function checksumsOf(bytes: Uint8Array, { at, version }: IpHeader): number[] {
  const isFirst = version === 6 || ((bytes[at + 6]! & 0x1f) === 0 && bytes[at + 7] === 0);
  const protocol = bytes[at + (version === 4 ? 9 : 6)]!;
  const transport = at + (version === 4 ? (bytes[at]! & 15) * 4 : 40);
  const offset = protocol === 6 ? 16 : protocol === 17 ? 6 : null;
  const checksums = version === 4 ? [at + 10] : [];
  if (isFirst && offset !== null && transport + offset + 2 <= bytes.length) {
    const isZero = bytes[transport + offset] === 0 && bytes[transport + offset + 1] === 0;
    // UDP without a checksum stays without.
    if (protocol === 6 || !isZero) checksums.push(transport + offset);
  }
  return checksums;
}

/** The header whose addresses a flow is known by: the last one that has them before the payload. */
function innerIp(bytes: Uint8Array, length: number): IpHeader | null {
  const packet = new Packet();
  const captured = bytes as Uint8Array<ArrayBuffer>;
  let layer = decodePacket(captured, 0, bytes.length, length, LINKTYPE.ETHERNET, packet);
  // The first fragment of a tunnel's packet has the headers of what is inside.
  if (layer === Layer.FRAGMENT && packet.fragmentOffset === 0) {
    layer = decodeFrom(Layer.IP_PAYLOAD, packet);
  }
  if (layer !== Layer.TCP && layer !== Layer.UDP) return null;
  const isIpv4 = packet.src0 === 0 && packet.src1 === 0 && packet.src2 === IPV4_MAPPED;
  const words = isIpv4 ? [packet.src3, packet.dst3] : [
    ...[packet.src0, packet.src1, packet.src2, packet.src3],
    ...[packet.dst0, packet.dst1, packet.dst2, packet.dst3],
  ];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = packet.at - words.length * 4; at >= ETHERNET; at--) {
    if (words.every((word, i) => view.getInt32(at + i * 4) === word)) {
      return isIpv4 ? { at: at - 12, version: 4 } : { at: at - 8, version: 6 };
    }
  }
  return null;
}

const low = (round: number): number => (round & 0xff) << 8;
const high = (round: number): number => round >> 8;

/** IPv4: the second and third byte; IPv6: the third group. Multicast stays what it is. */
function addressPatches(
  bytes: Uint8Array,
  header: IpHeader,
  checksums: readonly number[],
): Patch[] {
  const { version } = header;
  const source = addressesAt(header);
  return [source, source + (version === 4 ? 4 : 16)].flatMap((address): Patch[] => {
    if (version === 6) {
      if (bytes[address] === 0xff) return [];
      return [{ at: address + 4, mask: (round) => round, checksums }];
    }
    if (bytes[address]! >= 224) return [];
    return [{ at: address, mask: high, checksums }, { at: address + 2, mask: low, checksums }];
  });
}
