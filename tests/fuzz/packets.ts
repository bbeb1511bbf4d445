// Conversations as packets: cut into segments anywhere, with handshakes and acknowledgements, and with what
// networks and captures do to them.

import { type Bytes, concat } from "../packets/bytes.ts";
import { ethernet } from "../packets/link.ts";
import { ipv4, PROTOCOL } from "../packets/network.ts";
import { mutate, type Random } from "../packets/random.ts";
import { ACK, FIN, PSH, RST, SYN, tcp, udp } from "../packets/transport.ts";
import type { Conversation, Turn } from "./conversations.ts";

/** So many conversations take turns, so that ports are used again. */
const PORTS = 64;

const NOTHING = new Uint8Array(0);

/** The packets of one conversation, in order. */
export function packetsOf(conversation: Conversation, random: Random): Bytes[] {
  const { transport, serverPort } = conversation;
  const ports = [40_000 + random.below(PORTS), serverPort] as const;
  return transport === "udp"
    ? conversation.turns.map((turn) => datagram(turn, ports))
    : segments(conversation.turns, ports, random);
}

type Ports = readonly [client: number, server: number];

const ends = (side: 0 | 1) =>
  side === 0 ? { src: "10.1.0.1", dst: "10.1.0.2" } : { src: "10.1.0.2", dst: "10.1.0.1" };

function datagram({ side, data }: Turn, ports: Ports): Bytes {
  const fields = { sport: ports[side]!, dport: ports[side === 0 ? 1 : 0]! };
  return ethernet(
    ipv4({ ...ends(side), protocol: PROTOCOL.UDP }, udp(fields, data.subarray(0, 60_000))),
  );
}

function segments(turns: readonly Turn[], ports: Ports, random: Random): Bytes[] {
  const packets: Bytes[] = [];
  const next: [number, number] = [random.below(2 ** 31) * 2, random.below(2 ** 31) * 2];
  const send = (side: 0 | 1, flags: number, data: Uint8Array) => {
    const fields = {
      sport: ports[side]!,
      dport: ports[side === 0 ? 1 : 0]!,
      seq: next[side] >>> 0,
      ack: next[side === 0 ? 1 : 0] >>> 0,
      flags,
    };
    packets.push(ethernet(ipv4(ends(side), tcp(fields, data))));
    next[side] = (next[side] + data.length + ((flags & (SYN | FIN)) !== 0 ? 1 : 0)) % 2 ** 32;
  };
  if (random.below(4) > 0) {
    send(0, SYN, NOTHING);
    send(1, SYN | ACK, NOTHING);
    send(0, ACK, NOTHING);
  }
  const most = random.pick([1, 7, 100, 1460, 1460, 1460, 20_000]);
  for (const { side, data } of joined(turns, random)) {
    // Of a megabyte byte by byte nobody learns anything.
    const size = Math.max(most, Math.ceil(data.length / 400));
    for (let at = 0; at < data.length; at += size) {
      send(side, PSH | ACK, data.subarray(at, at + size));
    }
    if (random.below(3) === 0) send(side === 0 ? 1 : 0, ACK, NOTHING);
  }
  if (random.below(2) === 0) {
    send(0, random.below(5) === 0 ? RST : FIN | ACK, NOTHING);
    send(1, FIN | ACK, NOTHING);
  }
  return packets;
}

/** Some turns of the same side in one, so that segments hold the end of one message and the next. */
function joined(turns: readonly Turn[], random: Random): Turn[] {
  const result: Turn[] = [];
  for (const turn of turns) {
    const last = result.at(-1);
    if (last?.side === turn.side && random.below(2) === 0) {
      result[result.length - 1] = { side: turn.side, data: concat(last.data, turn.data) };
    } else result.push(turn);
  }
  return result;
}

/** Loss, copies, another order, damage: of few packets, or of many. */
export function impaired(packets: readonly Bytes[], random: Random): Bytes[] {
  const rate = random.pick([0, 0.01, 0.1, 0.4]);
  const result: Bytes[] = [];
  for (const packet of packets) {
    if (random.next() >= rate) {
      result.push(packet);
      continue;
    }
    switch (random.below(5)) {
      case 0:
        break;
      case 1:
        result.push(packet, packet);
        break;
      case 2:
        result.splice(Math.max(0, result.length - random.below(6)), 0, packet);
        break;
      case 3:
        result.push(packet.slice(0, random.below(packet.length + 1)));
        break;
      default:
        result.push(mutate(packet, random));
    }
  }
  return result;
}

/** The packets of several connections, one after the other in turn. */
export function interleaved(connections: readonly (readonly Bytes[])[], random: Random): Bytes[] {
  const waiting = connections.map((packets) => ({ packets, at: 0 }));
  const result: Bytes[] = [];
  while (waiting.length > 0) {
    const index = random.below(waiting.length);
    const connection = waiting[index]!;
    for (
      let left = 1 + random.below(5);
      left > 0 && connection.at < connection.packets.length;
      left--
    ) {
      result.push(connection.packets[connection.at++]!);
    }
    if (connection.at === connection.packets.length) waiting.splice(index, 1);
  }
  return result;
}
