// Headers that a capture has instead of a link layer: Linux's cooked ones (the interface `any`), BSD's
// loopback, logs of packet filters, Apple's PKTAP, BSD's IPsec interface, InfiniBand.

import { u16, u32 } from "../bytes.ts";
import { linkLayer } from "./link_layers.ts";
import { fail, Failure, Layer, type Packet, short } from "./packet.ts";

const SLL_HEADER = 16;
const SLL2_HEADER = 20;

export function linuxCooked(packet: Packet): Layer {
  if (packet.at + SLL_HEADER > packet.end) return short(packet, Layer.SLL);
  const { bytes, at } = packet;
  return cooked(packet, u16(bytes, at + 14), u16(bytes, at + 2), SLL_HEADER);
}

export function linuxCooked2(packet: Packet): Layer {
  if (packet.at + SLL2_HEADER > packet.end) return short(packet, Layer.SLL2);
  const { bytes, at } = packet;
  return cooked(packet, u16(bytes, at), u16(bytes, at + 8), SLL2_HEADER);
}

function cooked(packet: Packet, protocol: number, device: number, header: number): Layer {
  packet.at += header;
  packet.next = protocol;
  return protocol > LAST_OF_LINUX ? Layer.ETHERTYPE : ofLinux(protocol, device);
}

/** Linux has numbers of its own (if_ether.h) below those of EtherTypes. */
const LAST_OF_LINUX = 1500;
/** Kinds of devices (if_arp.h) whose packets are 802.11 frames. */
const DEVICE_WLAN = 801;
const DEVICE_PRISM = 802;
const DEVICE_RADIOTAP = 803;

function ofLinux(protocol: number, device: number): Layer {
  switch (protocol) {
    case 0x0003: // ETH_P_ALL
      return Layer.ETHERNET;
    case 0x0007: // ETH_P_WAN_PPP
      return Layer.PPP;
    case 0x0004: // ETH_P_802_2
      if (device === DEVICE_RADIOTAP) return Layer.RADIOTAP;
      if (device === DEVICE_PRISM) return Layer.PRISM;
      return device === DEVICE_WLAN ? Layer.WLAN : Layer.LLC;
    default:
      return Layer.OTHER;
  }
}

const FAMILY = 4;

export function bsdLoopback(packet: Packet): Layer {
  if (packet.at + FAMILY > packet.end) return short(packet, Layer.NULL);
  return ofFamily(packet, FAMILY);
}

const ENC_HEADER = 12;

/** BSD's interface that shows packets as IPsec has decrypted them: family, security association, flags. */
export function enc(packet: Packet): Layer {
  if (packet.at + ENC_HEADER > packet.end) return short(packet, Layer.ENC);
  return ofFamily(packet, ENC_HEADER);
}

/** Skips `header` bytes that begin with an address family, in the byte order of the capturing machine. */
function ofFamily(packet: Packet, header: number): Layer {
  const { bytes, at } = packet;
  const big = u32(bytes, at);
  const family = big <= 0xffff ? big : bytes[at]! | (bytes[at + 1]! << 8);
  if (u16(bytes, at) === FRAMED_PPP) return Layer.PPP;
  packet.at += header;
  packet.next = family;
  if (isIpFamily(family)) return Layer.IP;
  return family > LAST_FAMILY ? Layer.ETHERTYPE : Layer.OTHER;
}

/** Some have an EtherType, which is above all families, or a whole frame of PPP. */
const LAST_FAMILY = 1500;
const FRAMED_PPP = 0xff03;

/** The address family of IPv4 is 2; that of IPv6 differs between systems. */
const isIpFamily = (family: number): boolean =>
  family === 2 || family === 10 || family === 24 || family === 28 || family === 30;

/** The shortest that any system writes (MIN_PFLOG_HDRLEN of tcpdump). */
const MIN_PFLOG_HEADER = 45;

/** OpenBSD's packet filter log: the length of its header, then the address family. */
export function pflog(packet: Packet): Layer {
  const { bytes, at } = packet;
  if (at + 4 > packet.end) return short(packet, Layer.PFLOG);
  if (bytes[at]! < MIN_PFLOG_HEADER) return fail(packet, Layer.PFLOG, Failure.MALFORMED);
  const length = (bytes[at]! + 3) & ~3;
  if (at + length > packet.end) return short(packet, Layer.PFLOG);
  packet.at += length;
  return isIpFamily(bytes[at + 1]!) ? Layer.IP : Layer.OTHER;
}

const NFLOG_PAYLOAD = 9;

/** Linux's netfilter log: attributes, each with length and type in the byte order of the machine. */
export function nflog(packet: Packet): Layer {
  const { bytes, end } = packet;
  let at = packet.at + 4;
  while (at + 4 <= end) {
    // Types are below 64, with two flags in the highest bits: this shows which byte is the upper one.
    const little = (bytes[at + 3]! & 0x3f) === 0;
    const length = little ? bytes[at]! | (bytes[at + 1]! << 8) : u16(bytes, at);
    const type = little ? bytes[at + 2]! : u16(bytes, at + 2);
    if (length < 4) return fail(packet, Layer.NFLOG, Failure.MALFORMED);
    if ((type & 0x7fff) === NFLOG_PAYLOAD) {
      packet.at = at + 4;
      packet.end = Math.min(end, at + length);
      // The kernel may have cut the packet off, and does not say so: the packet's own lengths count.
      packet.isCut = true;
      return Layer.IP;
    }
    at += (length + 3) & ~3;
  }
  return short(packet, Layer.NFLOG);
}

const MIN_PKTAP_HEADER = 12;
const PKTAP_PACKET = 1;

/** Apple's PKTAP: length, kind of record, link type; in the byte order of the machine. */
export function pktap(packet: Packet): Layer {
  const { bytes, at } = packet;
  if (at + MIN_PKTAP_HEADER > packet.end) return short(packet, Layer.PKTAP);
  const isLittle = bytes[at + 3] === 0;
  const length = smallNumber(bytes, at, isLittle);
  if (length < MIN_PKTAP_HEADER) return fail(packet, Layer.PKTAP, Failure.MALFORMED);
  if (at + length > packet.end) return short(packet, Layer.PKTAP);
  packet.at += length;
  if (smallNumber(bytes, at + 4, isLittle) !== PKTAP_PACKET) return Layer.OTHER;
  const inner = linkLayer(smallNumber(bytes, at + 8, isLittle));
  return inner ?? fail(packet, Layer.PKTAP, Failure.UNSUPPORTED);
}

/** The lower 16 bits of a number of four bytes. */
const smallNumber = (bytes: Uint8Array, at: number, isLittle: boolean): number =>
  isLittle ? bytes[at]! | (bytes[at + 1]! << 8) : u16(bytes, at + 2);

const IPOIB_ADDRESSES = 40;

/** IP over InfiniBand (RFC 4391): InfiniBand's own header, an EtherType, two bytes of 0. */
export function ipoib(packet: Packet): Layer {
  const { bytes, at } = packet;
  if (at + IPOIB_ADDRESSES + 4 > packet.end) return short(packet, Layer.IPOIB);
  packet.next = u16(bytes, at + IPOIB_ADDRESSES);
  packet.at += IPOIB_ADDRESSES + 4;
  return Layer.ETHERTYPE;
}
