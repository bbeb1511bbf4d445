// TCP segments, UDP datagrams, and a TCP connection that keeps count of its sequence numbers.

import { type Bytes, bytes, concat, cut, u16, u32 } from "./bytes.ts";
import { ethernet } from "./link.ts";
import { ipv4, ipv6 } from "./network.ts";

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;

export interface TcpOptions {
  readonly sport?: number;
  readonly dport?: number;
  readonly seq?: number;
  readonly ack?: number;
  /** ACK unless given. */
  readonly flags?: number;
  readonly window?: number;
  /** A multiple of 4 bytes. */
  readonly options?: Uint8Array;
}

const NOTHING = new Uint8Array(0);

export function tcp(fields: TcpOptions, payload: Uint8Array = NOTHING): Bytes {
  const { sport = 51000, dport = 80, seq = 1, ack = 1, flags = ACK, window = 65535 } = fields;
  const options = fields.options ?? NOTHING;
  const offset = (20 + options.length) / 4;
  return concat(
    u16(sport),
    u16(dport),
    u32(seq),
    u32(ack),
    bytes(offset << 4, flags),
    u16(window),
    u16(0), // the checksum: ipv4 and ipv6 know it
    u16(0),
    options,
    payload,
  );
}

export interface UdpOptions {
  readonly sport?: number;
  readonly dport?: number;
  /** Overrides the length, to lie about it. */
  readonly length?: number;
}

export function udp(fields: UdpOptions, payload: Uint8Array = NOTHING): Bytes {
  const { sport = 51000, dport = 53, length = 8 + payload.length } = fields;
  return concat(u16(sport), u16(dport), u16(length), u16(0), payload);
}

export interface ConnectionOptions {
  /** Addresses; IPv6 where they have colons. */
  readonly client?: string;
  readonly server?: string;
  readonly clientPort?: number;
  readonly serverPort?: number;
  /** First sequence numbers. */
  readonly clientSeq?: number;
  readonly serverSeq?: number;
  /** The most payload that a segment carries. */
  readonly mss?: number;
  /** The link layer; Ethernet unless given. */
  readonly link?: (payload: Uint8Array) => Bytes;
}

/**
 * A TCP connection. Each method returns the packets of one step, ready for a capture file; leave
 * some out, swap or repeat them to lose, reorder or retransmit.
 */
export class TcpConnection {
  readonly #fields: Required<ConnectionOptions>;
  #clientSeq: number;
  #serverSeq: number;

  constructor(options: ConnectionOptions = {}) {
    const { client = "10.0.0.1" } = options;
    this.#fields = {
      client,
      server: client.includes(":") ? "2001:db8::2" : "10.0.0.2",
      clientPort: 51000,
      serverPort: 80,
      clientSeq: 1000,
      serverSeq: 5000,
      mss: 1460,
      link: ethernet,
      ...options,
    };
    this.#clientSeq = this.#fields.clientSeq;
    this.#serverSeq = this.#fields.serverSeq;
  }

  /** SYN, SYN/ACK, ACK. */
  open(): Bytes[] {
    const syn = this.#fromClient(SYN, NOTHING, 0);
    this.#clientSeq = after(this.#clientSeq, 1);
    const synAck = this.#fromServer(SYN | ACK, NOTHING);
    this.#serverSeq = after(this.#serverSeq, 1);
    return [syn, synAck, this.#fromClient(ACK, NOTHING)];
  }

  /** The client sends `data`, in as many segments as it takes. */
  request(data: Uint8Array): Bytes[] {
    return cut(data, this.#fields.mss).map((piece) => {
      const packet = this.#fromClient(PSH | ACK, piece);
      this.#clientSeq = after(this.#clientSeq, piece.length);
      return packet;
    });
  }

  /** The server sends `data`. */
  answer(data: Uint8Array): Bytes[] {
    return cut(data, this.#fields.mss).map((piece) => {
      const packet = this.#fromServer(PSH | ACK, piece);
      this.#serverSeq = after(this.#serverSeq, piece.length);
      return packet;
    });
  }

  /** FIN of both sides, the client's first. */
  close(): Bytes[] {
    const fin = this.#fromClient(FIN | ACK, NOTHING);
    this.#clientSeq = after(this.#clientSeq, 1);
    const finToo = this.#fromServer(FIN | ACK, NOTHING);
    this.#serverSeq = after(this.#serverSeq, 1);
    return [fin, finToo, this.#fromClient(ACK, NOTHING)];
  }

  reset(): Bytes[] {
    return [this.#fromClient(RST, NOTHING)];
  }

  #fromClient(flags: number, payload: Uint8Array, ack = this.#serverSeq): Bytes {
    const { client, server, clientPort, serverPort } = this.#fields;
    const ports = { sport: clientPort, dport: serverPort };
    return this.#packet(client, server, { ...ports, flags, seq: this.#clientSeq, ack }, payload);
  }

  #fromServer(flags: number, payload: Uint8Array): Bytes {
    const { client, server, clientPort, serverPort } = this.#fields;
    const ports = { sport: serverPort, dport: clientPort };
    const numbers = { seq: this.#serverSeq, ack: this.#clientSeq };
    return this.#packet(server, client, { ...ports, ...numbers, flags }, payload);
  }

  #packet(src: string, dst: string, fields: TcpOptions, payload: Uint8Array): Bytes {
    const network = src.includes(":") ? ipv6 : ipv4;
    return this.#fields.link(network({ src, dst }, tcp(fields, payload)));
  }
}

/** Sequence numbers wrap at 2^32. */
const after = (seq: number, length: number): number => (seq + length) % 2 ** 32;
