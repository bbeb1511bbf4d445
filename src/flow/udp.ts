// UDP: only flows of a protocol that is read get a record. Anything else, however much of it there
// is, leaves no trace in the table.

import { i32 } from "../bytes.ts";
import type { Packet } from "../decode/packet.ts";
import { detectDatagram } from "../protocols/registry.ts";
import { LAST_TIME, NUMBERS } from "./flow_table.ts";
import { Flag, type Flows } from "./flows.ts";
import { DatagramReader } from "./reader.ts";

export class Udp {
  readonly #flows: Flows;

  constructor(flows: Flows) {
    this.#flows = flows;
  }

  packet(packet: Packet): void {
    const flows = this.#flows;
    const { table } = flows;
    const hash = table.hash(packet, true);
    let flow = table.find(packet, true, hash);
    if (flow < 0) {
      flow = this.#open(packet, hash);
      if (flow < 0) return;
    }
    const { fromB } = table;
    if (flows.copies.has(packet, digestOf(packet), hash ^ fromB)) return;
    table.numbers[flow * NUMBERS + LAST_TIME] = packet.time;
    flows.charge(flow, fromB, packet.wireLength);
    const reader = flows.datagramReaders[flow]!;
    if (reader === null || packet.at >= packet.end) return;
    flows.conversation.turnTo(flow, packet.time, null);
    const side = flows.sideOf(flow, fromB);
    const { bytes, at, end } = packet;
    if (!reader.analyser.datagram(flows.conversation, side, bytes, at, end)) {
      flows.datagramReaders[flow] = null;
    }
  }

  /** A record for the flow that `packet` begins; -1 where nothing reads it. */
  #open(packet: Packet, hash: number): number {
    const { bytes, at, end, srcPort, dstPort } = packet;
    if (at >= end) return -1;
    const protocol = detectDatagram(bytes, at, end, (srcPort << 16) | dstPort);
    if (protocol === null) return -1;
    const flow = this.#flows.open(packet, true, hash);
    this.#flows.datagramReaders[flow] = new DatagramReader(protocol.open());
    // Who speaks first asks, unless its port says that it answers.
    const isAnswer = protocol.port !== undefined && srcPort === protocol.port &&
      dstPort !== protocol.port;
    this.#flows.setClient(flow, isAnswer ? 1 : 0);
    this.#flows.set(flow, Flag.CLIENT_KNOWN);
    return flow;
  }
}

/** How much of a payload's beginning tells datagrams of one flow apart: all headers are within it. */
const SAMPLE = 64;

/**
 * A sum of a payload's beginning and end. Without it datagrams of the same length could look alike:
 * their identification is often 0, and checksums may not be filled in yet.
 */
function digestOf({ bytes, at, end, identity }: Packet): number {
  let sum = Math.imul(identity, 0x9e3779b1) ^ (end - at);
  const stop = Math.min(end, at + SAMPLE) - 4;
  for (let i = at; i <= stop; i += 4) {
    sum = Math.imul(sum ^ (sum >>> 15), 0x85ebca6b) ^ i32(bytes, i);
  }
  return end - at >= 4 ? Math.imul(sum, 0xc2b2ae35) ^ i32(bytes, end - 4) : sum;
}
