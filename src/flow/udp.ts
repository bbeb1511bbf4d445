// UDP: only flows of a known protocol get a record. Other datagrams, however many, take no memory.

import { i32 } from "../bytes.ts";
import { encryptedTunnel } from "../decode/encrypted.ts";
import { Layer, type Packet } from "../decode/packet.ts";
import { behindProxyHeader } from "../protocols/proxy_header.ts";
import { detectDatagram } from "../protocols/registry.ts";
import { DatagramCopies } from "./datagram_copies.ts";
import { hearNames } from "./announced.ts";
import { Flag } from "./flow_record.ts";
import type { Flows } from "./flows.ts";

export class Udp {
  readonly #flows: Flows;
  readonly #copies: DatagramCopies;

  constructor(flows: Flows) {
    this.#flows = flows;
    this.#copies = new DatagramCopies(flows.copies);
  }

  /** Returns UDP, or FAILED if all that is known of a datagram is that it is encrypted. */
  packet(packet: Packet): Layer {
    const flows = this.#flows;
    const { table, readers } = flows;
    if (flows.announced !== null) hearNames(packet, flows.announced);
    const hash = table.hash(packet, true);
    let flow = table.find(packet, true, hash);
    if (flow < 0) {
      flow = this.#open(packet, hash);
      if (flow < 0) return encryptedTunnel(packet);
    }
    const { fromB } = table;
    if (flows.copies.has(packet, digestOf(packet), hash ^ fromB)) return Layer.UDP;
    table.touch(flow, packet);
    if (fromB === 1) table.set(flow, Flag.ANSWERED);
    flows.charge(flow, fromB, this.#copies.newBytes(packet, hash ^ fromB));
    const reader = readers.ofDatagrams(flow);
    if (reader === null || packet.at >= packet.end) return Layer.UDP;
    flows.conversation.turnTo(flow, packet.time, null);
    const side = table.sideOf(flow, fromB);
    const { bytes, end } = packet;
    const at = behindProxyHeader(bytes, packet.at, end);
    if (!reader.analyser.datagram(flows.conversation, side, bytes, at, end)) {
      readers.close(flow);
    } else readers.settle(flow);
    return Layer.UDP;
  }

  /** Adds the flow that `packet` begins; -1 if no known protocol begins with it. */
  #open(packet: Packet, hash: number): number {
    const { bytes, end, srcPort, dstPort } = packet;
    const at = behindProxyHeader(bytes, packet.at, end);
    if (at >= end) return -1;
    const protocol = detectDatagram(bytes, at, end, (srcPort << 16) | dstPort);
    if (protocol === null) return -1;
    // Multicast asks neighbours, as mDNS does.
    if (protocol.mayBeBetween !== undefined && isMulticast(packet)) return -1;
    const flow = this.#flows.open(packet, true, hash);
    this.#flows.readers.openDatagrams(flow, protocol.open(this.#flows.keys));
    // The first to send is the client, unless its port is the server's.
    const isAnswer = protocol.port !== undefined && srcPort === protocol.port &&
      dstPort !== protocol.port;
    this.#flows.table.setClient(flow, isAnswer ? 1 : 0);
    return flow;
  }
}

const isMulticast = ({ dst0, dst2, dst3 }: Packet): boolean =>
  dst0 >>> 24 === 0xff || dst0 === 0 && dst2 === 0xffff && dst3 >>> 28 === 0xe;

/**
 * Bytes at the beginning of a payload that differ between datagrams of a flow: all headers are in
 * them.
 */
const SAMPLE = 64;

/**
 * 32 bits that differ between the datagrams of one sender, but not between copies of one datagram. The
 * IP header is not enough: its identification is often 0, and checksums may not be filled in yet.
 */
function digestOf({ bytes, at, end, identity }: Packet): number {
  let sum = Math.imul(identity, 0x9e3779b1) ^ (end - at);
  const stop = Math.min(end, at + SAMPLE) - 4;
  for (let i = at; i <= stop; i += 4) {
    sum = Math.imul(sum ^ (sum >>> 15), 0x85ebca6b) ^ i32(bytes, i);
  }
  return end - at >= 4 ? Math.imul(sum, 0xc2b2ae35) ^ i32(bytes, end - 4) : sum;
}
