// How much memory the pipeline allocates for packets that name no host. Prints, as JSON, the bytes of heap
// per packet for each kind of traffic, null if it could not be measured. Run with
// --v8-flags=--expose-gc,--min-semi-space-size=64, so that the garbage collector seldom interferes.

import v8 from "node:v8";
import { Batch, BATCH_PACKETS } from "../../src/capture/batch.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import {
  ACK,
  type Bytes,
  clientHello,
  ethernet,
  filler,
  httpRequest,
  ipv4,
  ipv6,
  LINKTYPE,
  PROTOCOL,
  SYN,
  tcp,
  text,
  tlsApplicationData,
  tlsRecords,
  udp,
} from "../packet_builder.ts";

const PACKETS = 1 << 17;
const FLOWS = 64;
/** Measurements at most, until one shows less than this: at first V8 still compiles. */
const ROUNDS = 20;
const ENOUGH = 0.5;
/** Objects that are garbage when a measurement begins, 9 MB of them. */
const GARBAGE = 1 << 14;
/** More than the packets here have on average. */
const ROOM = 256;
const FIRST_TIME = 1_700_000_000_000_000;

const gc = (globalThis as unknown as { gc(): void }).gc;

/** A kind of traffic: how each flow begins, and its packet number `i` after that. */
interface Traffic {
  begin(flow: number): Bytes[];
  /** Valid until the next is asked for. */
  next(flow: number, i: number): Bytes;
}

const BODY = filler(100);
const client = (flow: number) => ({ sport: 40000 + flow, dport: 80 });
const server = (flow: number) => ({ sport: 80, dport: 40000 + flow });

/** Puts a segment in a frame, from client to server or back. */
type Wrap = (segment: Uint8Array, isAnswer: boolean) => Bytes;

function overIpv4(segment: Uint8Array, isAnswer: boolean): Bytes {
  const [src, dst] = isAnswer ? ["10.0.0.2", "10.0.0.1"] : ["10.0.0.1", "10.0.0.2"];
  return ethernet(ipv4({ src, dst }, segment));
}

function overIpv6(segment: Uint8Array, isAnswer: boolean): Bytes {
  const [src, dst] = isAnswer ? ["2001:db8::2", "2001:db8::1"] : ["2001:db8::1", "2001:db8::2"];
  return ethernet(ipv6({ src, dst }, segment));
}

/** The first sequence number of both sides, so that they pass 2^31. */
const START = 0x7fffff00;

/** A connection opened with `request` and `answer`; then the server sends `body` again and again. */
class Connection {
  readonly opening: Bytes[];
  readonly #data: Bytes;
  readonly #acknowledgement: Bytes;
  readonly #firstData: number;
  readonly #bodyLength: number;

  constructor(
    flow: number,
    request: Bytes,
    answer: Bytes,
    body: Bytes,
    wrap: Wrap,
  ) {
    const fromClient = { ...client(flow), seq: START, ack: START };
    const fromServer = { ...server(flow), seq: START, ack: START + request.length };
    this.opening = [
      wrap(tcp({ ...client(flow), seq: START - 1, ack: 0, flags: SYN }), false),
      wrap(tcp({ ...server(flow), seq: START - 1, ack: START, flags: SYN | ACK }), true),
      wrap(tcp(fromClient, request), false),
      wrap(tcp(fromServer, answer), true),
    ];
    this.#data = wrap(tcp(fromServer, body), true);
    this.#acknowledgement = wrap(tcp({ ...fromClient, seq: START + request.length }), false);
    this.#firstData = START + answer.length;
    this.#bodyLength = body.length;
  }

  next(i: number): Bytes {
    const sent = this.#firstData + (i >> 1) * this.#bodyLength;
    if (i % 2 === 0) return numbered(this.#data, this.#bodyLength, SEQUENCE_AT, sent);
    return numbered(this.#acknowledgement, 0, ACKNOWLEDGEMENT_AT, sent);
  }
}

const TCP_HEADER = 20;
const SEQUENCE_AT = 4;
const ACKNOWLEDGEMENT_AT = 8;

/** `packet`, which ends with a TCP segment of `length` bytes, with a number in its header. */
function numbered(packet: Bytes, length: number, at: number, value: number): Bytes {
  const segment = packet.length - TCP_HEADER - length;
  new DataView(packet.buffer).setUint32(segment + at, value);
  return packet;
}

function connections(request: Bytes, answer: Bytes, body: Bytes, wrap: Wrap = overIpv4): Traffic {
  const all = Array.from(
    { length: FLOWS },
    (_, flow) => new Connection(flow, request, answer, body, wrap),
  );
  return { begin: (flow) => all[flow]!.opening, next: (flow, i) => all[flow]!.next(i) };
}

const RESPONSE = text("HTTP/1.1 200 OK\r\nContent-Length: 2000000000\r\n\r\n");
const HELLO = tlsRecords(clientHello({ serverName: "example.com" }));

const DATAGRAMS = Array.from(
  { length: FLOWS },
  (_, flow) =>
    ethernet(ipv4({ protocol: PROTOCOL.UDP }, udp({ sport: 40000 + flow, dport: 50000 }, BODY))),
);
const BEGINNINGS = Array.from({ length: 54 }, (_, i) => ethernet(ipv4({}, tcp({}))).slice(0, i));

const TRAFFIC: Readonly<Record<string, Traffic>> = {
  "a body of HTTP": connections(httpRequest(), RESPONSE, BODY),
  "a body of HTTP over IPv6": connections(httpRequest(), RESPONSE, BODY, overIpv6),
  "data of TLS": connections(HELLO, tlsApplicationData(10), tlsApplicationData(95)),
  "a protocol that is not known": connections(filler(40), filler(20), BODY),
  "datagrams that are not known": { begin: () => [], next: (flow) => DATAGRAMS[flow]! },
  "what can't be decoded": { begin: () => [], next: (_, i) => BEGINNINGS[i % BEGINNINGS.length]! },
};

const INTERFACES = [{ name: "test", linkType: LINKTYPE.ETHERNET }];

function batches(packets: Iterable<Bytes>): Batch[] {
  const all: Batch[] = [];
  let time = FIRST_TIME;
  let at = 0;
  for (const packet of packets) {
    let batch = all.at(-1);
    if (batch === undefined || batch.count === BATCH_PACKETS) {
      batch = new Batch();
      batch.bytes = new Uint8Array(BATCH_PACKETS * ROOM);
      all.push(batch);
      at = 0;
    }
    const i = batch.count++;
    batch.bytes.set(packet, at);
    batch.offset[i] = at;
    batch.captured[i] = batch.length[i] = packet.length;
    batch.time[i] = time += 10;
    at += packet.length;
  }
  return all;
}

function* beginning(traffic: Traffic): Iterable<Bytes> {
  for (let flow = 0; flow < FLOWS; flow++) yield* traffic.begin(flow);
}

function* established(traffic: Traffic): Iterable<Bytes> {
  for (let i = 0; i < PACKETS / FLOWS; i++) {
    for (let flow = 0; flow < FLOWS; flow++) yield traffic.next(flow, i);
  }
}

/** Keeps V8 from leaving out the making of an object. */
const kept: { object: unknown } = { object: null };

/** Bytes that young objects take: those made since the last garbage collection. */
const youngBytes = (): number =>
  v8.getHeapSpaceStatistics().find((space) => space.space_name === "new_space")!.space_used_size;

/**
 * Bytes of heap that `work` allocates; null if a garbage collection ran meanwhile, as none can be counted
 * then: it frees the garbage made here first, so that young objects get fewer. The larger of two counts,
 * as V8 may place an object among the old ones, and as late sweeping of those may free some of them.
 */
function allocated(work: () => void): number | null {
  gc();
  for (let i = 0; i < GARBAGE; i++) kept.object = new Array(64).fill(i);
  kept.object = null;
  const heap = Deno.memoryUsage().heapUsed;
  const young = youngBytes();
  work();
  const grown = youngBytes() - young;
  return grown < 0 ? null : Math.max(grown, Deno.memoryUsage().heapUsed - heap);
}

/** Bytes of heap per packet, null if it could not be measured. `each` is called for each packet too. */
function measure(traffic: Traffic, each: () => void): number | null {
  const pipeline = new Pipeline({ maxHosts: 100, event: null });
  const packets = batches(established(traffic));
  const warmUp = packets.splice(0, packets.length / 2);
  for (const batch of [...batches(beginning(traffic)), ...warmUp]) pipeline.feed(batch, INTERFACES);
  const bytes = allocated(() => {
    for (let i = 0; i < packets.length; i++) {
      pipeline.feed(packets[i]!, INTERFACES);
      for (let left = packets[i]!.count; left > 0; left--) each();
    }
  });
  return bytes === null ? null : bytes / (PACKETS / 2);
}

/** The least of a few measurements: on a busy machine it takes a while until the code is compiled. */
function least(traffic: Traffic, each: () => void = () => {}): number | null {
  let lowest: number | null = null;
  for (let i = 0; i < ROUNDS && (lowest === null || lowest > ENOUGH); i++) {
    lowest = Math.min(lowest ?? Infinity, measure(traffic, each) ?? Infinity);
  }
  return lowest;
}

const names = Object.keys(TRAFFIC);
const bytes = Object.fromEntries(names.map((name) => [name, least(TRAFFIC[name]!)]));
/** What the measurement shows if one object with two fields is made for each packet. */
const control = least(TRAFFIC[names[0]!]!, () => kept.object = { first: 1, second: 2 });
Deno.stdout.writeSync(text(JSON.stringify({ bytes, control })));
