// Plays packets to a Tracker, and keeps what it reports. The memory that packets lie in is used again
// at once, as batches do: whoever keeps a view of it is found out.

import { decodePacket } from "../../src/decode/decode.ts";
import { Packet } from "../../src/decode/packet.ts";
import { Tracker } from "../../src/flow/tracker.ts";
import { MemoryLedger } from "../../src/memory_ledger.ts";
import { type Conversation, SERVER, type Sink } from "../../src/protocols/analyser.ts";
import type {
  DnsQuery,
  HttpExchange,
  QuicHandshake,
  TlsHandshake,
} from "../../src/protocols/transactions.ts";
import { type CapturedPacket, FIRST_TIME } from "./files.ts";
import { LINKTYPE } from "./link.ts";

/** Who spoke to whom, "10.0.0.1:51000 > 10.0.0.2:80": the client first. */
interface Endpoints {
  readonly between: string;
}

/** A sink that keeps everything. */
export class Heard implements Sink {
  targets = true;
  detail = true;
  /** "http example.com" */
  readonly hits: string[] = [];
  readonly exchanges: (HttpExchange & Endpoints)[] = [];
  readonly handshakes: (TlsHandshake & Endpoints)[] = [];
  readonly quicHandshakes: (QuicHandshake & Endpoints)[] = [];
  readonly queries: (DnsQuery & Endpoints)[] = [];
  /** "dtls 1.2" */
  readonly unnamedHellos: string[] = [];
  /** "read" */
  readonly decryptions: string[] = [];
  /** "http1" */
  readonly resynchronisedStreams: string[] = [];
  /** "http chunk" */
  readonly complaints: string[] = [];
  /** "dns" */
  readonly evictions: string[] = [];
  readonly #between: (on: Conversation) => string;

  constructor(between: (on: Conversation) => string) {
    this.#between = between;
  }

  hit(_on: Conversation, source: string, host: string): void {
    this.hits.push(`${source} ${host}`);
  }

  http(on: Conversation, exchange: HttpExchange): void {
    this.exchanges.push({ ...exchange, between: this.#between(on) });
  }

  tls(on: Conversation, handshake: TlsHandshake): void {
    this.handshakes.push({ ...handshake, between: this.#between(on) });
  }

  quic(on: Conversation, handshake: QuicHandshake): void {
    this.quicHandshakes.push({ ...handshake, between: this.#between(on) });
  }

  dns(on: Conversation, query: DnsQuery): void {
    this.queries.push({ ...query, between: this.#between(on) });
  }

  unnamed(): void {}

  unnamedHello(protocol: string, version: string): void {
    this.unnamedHellos.push(`${protocol} ${version}`);
  }

  decrypted(outcome: string): void {
    this.decryptions.push(outcome);
  }

  resynchronised(protocol: string): void {
    this.resynchronisedStreams.push(protocol);
  }

  evicted(what: string): void {
    this.evictions.push(what);
  }

  malformed(layer: string, reason: string): void {
    this.complaints.push(`${layer} ${reason}`);
  }
}

export class Player {
  readonly heard: Heard;
  readonly tracker: Tracker;
  readonly ledger: MemoryLedger;
  /** The time of the next packet that brings none, microseconds since 1970; each takes a millisecond. */
  clock = FIRST_TIME;
  readonly #linkType: number;
  readonly #packet = new Packet();
  readonly #slab = new Uint8Array(1 << 17);

  /** `linkType` is that of all packets; `memory` the bytes that may be kept. */
  constructor(linkType: number = LINKTYPE.ETHERNET, memory = Infinity) {
    this.#linkType = linkType;
    this.ledger = new MemoryLedger(memory);
    this.heard = new Heard((on) => {
      const { flows } = this.tracker;
      const client = `${flows.address(on.flow, 0)}:${flows.port(on.flow, 0)}`;
      return `${client} > ${flows.address(on.flow, SERVER)}:${flows.port(on.flow, SERVER)}`;
    });
    this.tracker = new Tracker(this.heard, this.ledger);
  }

  /** Plays packets of the link type. */
  play(packets: Iterable<Uint8Array | CapturedPacket>): this {
    for (const given of packets) {
      const one: CapturedPacket = given instanceof Uint8Array ? { data: given } : given;
      this.#one(one.data, one.length ?? one.data.length, one.time ?? this.clock);
      this.clock += 1000;
    }
    return this;
  }

  #one(data: Uint8Array, length: number, time: number): void {
    const slab = this.#slab;
    slab.fill(0xee, 0, data.length + 64);
    slab.set(data);
    const packet = this.#packet;
    packet.time = time;
    const layer = decodePacket(slab, 0, data.length, length, this.#linkType, packet);
    this.tracker.packet(layer, packet);
    slab.fill(0xee, 0, data.length);
  }

  /** Lets time pass in which no packets come. */
  wait(seconds: number): this {
    this.clock += seconds * 1e6;
    this.tracker.expire(this.clock, Infinity);
    return this;
  }

  /** Ends the capture; returns everything that was heard. */
  finish(): Heard {
    this.tracker.finish();
    return this.heard;
  }

  get gaps(): number {
    return this.tracker.flows.gaps;
  }
}

/** What is reported of a capture of these packets. */
export const play = (packets: Iterable<Uint8Array | CapturedPacket>): Heard =>
  new Player().play(packets).finish();

/** An exchange in a line: "GET example.com/ 200 0 5". */
export const line = (exchange: HttpExchange): string =>
  `${exchange.method} ${exchange.host}${exchange.target} ${exchange.status} ` +
  `${exchange.requestBytes} ${exchange.responseBytes}`;
