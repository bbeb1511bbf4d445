// What attacks are made of: packets of an attacker at a steady rate, and ordinary HTTP requests beside
// them, which must be counted in full whatever the attacker does.

import {
  ACK,
  type Endpoints,
  NOTHING,
  PSH,
  type Sender,
  SYN,
  writeTcp,
  writeUdp,
} from "../bench/inputs/frames.ts";
import { PcapWriter } from "../bench/inputs/pcap_writer.ts";
import { httpRequest, httpResponse } from "../packets/http.ts";

const START = 1_700_000_000e6;
const CONNECTIONS = 200;
const REQUESTS_PER_SECOND = 2000;
/** Of each ordinary request: itself, its answer and the client's acknowledgement. */
const ORDINARY_PACKETS = 3;

/** The name that all ordinary requests go to. */
export const ORDINARY_HOST = "ordinary.example";

const REQUEST = httpRequest({ host: ORDINARY_HOST, target: "/index.html" });
const RESPONSE = httpResponse({ body: new Uint8Array(200) });

/** Keep-alive connections on which requests are asked and answered, one every 500 microseconds. */
class Ordinary {
  requests = 0;
  packets = 0;
  readonly #writer: PcapWriter;
  readonly #perSecond: number;
  readonly #connections: Endpoints[];

  constructor(writer: PcapWriter, perSecond: number) {
    this.#writer = writer;
    this.#perSecond = perSecond;
    this.#connections = Array.from({ length: perSecond > 0 ? CONNECTIONS : 0 }, (_, i) => ({
      client: 0x0ac80001 + i,
      server: 0x0ac90001,
      clientPort: 20_000 + i,
      serverPort: 80,
      next: [1000, 5000],
    }));
    for (const on of this.#connections) {
      this.#tcp(START, on, 0, SYN, NOTHING);
      this.#tcp(START, on, 1, SYN | ACK, NOTHING);
      this.#tcp(START, on, 0, ACK, NOTHING);
    }
  }

  /** Writes all that is due before `time`. */
  until(time: number): void {
    if (this.#perSecond === 0) return;
    for (;;) {
      const due = START + (this.requests + 1) * 1e6 / this.#perSecond;
      if (due >= time) return;
      const on = this.#connections[this.requests % this.#connections.length]!;
      this.#tcp(due, on, 0, PSH | ACK, REQUEST);
      this.#tcp(due + 50, on, 1, PSH | ACK, RESPONSE);
      this.#tcp(due + 100, on, 0, ACK, NOTHING);
      this.requests++;
    }
  }

  #tcp(time: number, on: Endpoints, from: Sender, flags: number, payload: Uint8Array): void {
    writeTcp(this.#writer, time, on, from, flags, payload);
    this.packets++;
  }
}

/** What an attacker sends, a packet every 1/`rate` seconds. */
export class Wire {
  readonly #writer: PcapWriter;
  readonly #ordinary: Ordinary;
  readonly #spacing: number;
  #time = START + 10_000;
  #packets = 0;

  constructor(writer: PcapWriter, rate: number, ordinaryPerSecond: number) {
    this.#writer = writer;
    this.#spacing = 1e6 / rate;
    this.#ordinary = new Ordinary(writer, ordinaryPerSecond);
  }

  tcp(on: Endpoints, from: Sender, flags: number, payload: Uint8Array = NOTHING): void {
    this.#tick();
    writeTcp(this.#writer, this.#time, on, from, flags, payload);
  }

  /** SYN, SYN/ACK, ACK. */
  handshake(on: Endpoints): void {
    this.tcp(on, 0, SYN);
    this.tcp(on, 1, SYN | ACK);
    this.tcp(on, 0, ACK);
  }

  /** In segments of at most `size` bytes. */
  stream(on: Endpoints, from: Sender, bytes: Uint8Array, size = 1400): void {
    for (let at = 0; at < bytes.length; at += size) {
      this.tcp(on, from, PSH | ACK, bytes.subarray(at, at + size));
    }
  }

  udp(on: Endpoints, from: Sender, payload: Uint8Array): void {
    this.#tick();
    writeUdp(this.#writer, this.#time, on, from, payload);
  }

  /** A whole Ethernet frame. */
  frame(bytes: Uint8Array): void {
    this.#tick();
    const at = this.#writer.reserve(this.#time, bytes.length);
    this.#writer.bytes.set(bytes, at);
  }

  #tick(): void {
    this.#time += this.#spacing;
    this.#packets++;
    this.#ordinary.until(this.#time);
  }

  get written(): Written {
    const ordinary = this.#ordinary;
    return {
      attackPackets: this.#packets,
      ordinaryRequests: ordinary.requests,
      seconds: (this.#time - START) / 1e6,
      perSecond: this.#writer.packets / ((this.#time - START) / 1e6),
    };
  }
}

/** What is in a file. */
export interface Written {
  readonly attackPackets: number;
  readonly ordinaryRequests: number;
  readonly seconds: number;
  /** All packets. */
  readonly perSecond: number;
}

/** Writes `attack` as a capture file, with ordinary requests beside it unless there are to be none. */
export function writeAttack(
  path: string,
  rate: number,
  attack: (wire: Wire) => void,
  ordinaryPerSecond = REQUESTS_PER_SECOND,
): Written {
  using writer = new PcapWriter(path);
  const wire = new Wire(writer, rate, ordinaryPerSecond);
  attack(wire);
  return wire.written;
}

/** So many packets a second are ordinary. */
export const ORDINARY_RATE = REQUESTS_PER_SECOND * ORDINARY_PACKETS;

/** The connection with this number: a client and a port of its own, one server. */
export const connection = (number: number, serverPort: number): Endpoints => ({
  client: 0x0a000001 + Math.floor(number / 50_000),
  server: 0x0a630001,
  clientPort: 10_000 + number % 50_000,
  serverPort,
  next: [1, 1],
});
