// How much memory the pipeline takes for packets that bring no name. Prints, as JSON, the octets of
// heap a packet for each kind of traffic. Run with --v8-flags=--expose-gc,--min-semi-space-size=64:
// else the garbage collector hides what is allocated.

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

const PACKETS = 1 << 18;
const FLOWS = 64;
/** No packet here is longer. */
const MAX_LENGTH = 2048;
const FIRST_TIME = 1_700_000_000_000_000;

const gc = (globalThis as unknown as { gc(): void }).gc;

/** A kind of traffic: how each flow begins, and its packet number `i` after that. */
interface Traffic {
  begin(flow: number): Bytes[];
  next(flow: number, i: number): Bytes;
}

const BODY = filler(100);
const client = (flow: number) => ({ sport: 40000 + flow, dport: 80 });
const server = (flow: number) => ({ sport: 80, dport: 40000 + flow });
const overIpv4 = (segment: Uint8Array) => ethernet(ipv4({}, segment));

/** Connections, opened by `opening` of client and server, which then send `body` in turn. */
function connections(
  opening: readonly [Bytes, Bytes],
  body: Bytes,
  wrap: (segment: Uint8Array) => Bytes = overIpv4,
): Traffic {
  const START = 0x7fffff00; // so that sequence numbers pass 2^31
  return {
    begin: (flow) => [
      wrap(tcp({ ...client(flow), seq: START - 1, ack: 0, flags: SYN })),
      wrap(tcp({ ...server(flow), seq: START - 1, ack: START, flags: SYN | ACK })),
      wrap(tcp({ ...client(flow), seq: START, ack: START }, opening[0])),
      wrap(tcp({ ...server(flow), seq: START, ack: START + opening[0].length }, opening[1])),
    ],
    next: (flow, i) => {
      const own = START + opening[1].length + Math.floor(i / 2) * body.length;
      const other = START + opening[0].length;
      return i % 2 === 0
        ? wrap(tcp({ ...server(flow), seq: own, ack: other }, body))
        : wrap(tcp({ ...client(flow), seq: other, ack: own }));
    },
  };
}

const RESPONSE = text("HTTP/1.1 200 OK\r\nContent-Length: 2000000000\r\n\r\n");
const HELLO = tlsRecords(clientHello({ serverName: "example.com" }));

const TRAFFIC: Record<string, Traffic> = {
  "a body of HTTP": connections([httpRequest(), RESPONSE], BODY),
  "a body of HTTP over IPv6": connections(
    [httpRequest(), RESPONSE],
    BODY,
    (segment) => ethernet(ipv6({}, segment)),
  ),
  "data of TLS": connections([HELLO, tlsApplicationData(10)], tlsApplicationData(95)),
  "a protocol that is not known": connections([filler(40), filler(20)], BODY),
  "datagrams that are not known": {
    begin: () => [],
    next: (flow) => {
      const datagram = udp({ sport: 40000 + flow, dport: 50000 }, BODY);
      return ethernet(ipv4({ protocol: PROTOCOL.UDP }, datagram));
    },
  },
  "what can't be decoded": {
    begin: () => [],
    next: (_, i) => ethernet(ipv4({}, tcp({}))).slice(0, 14 + i % 40),
  },
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
      batch.bytes = new Uint8Array(BATCH_PACKETS * MAX_LENGTH);
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

/** Octets of heap that each packet takes, once the code is compiled. */
function measure(traffic: Traffic): number {
  const pipeline = new Pipeline({ maxHosts: 100, event: null });
  const packets = batches(established(traffic));
  const warmUp = packets.splice(0, packets.length / 2);
  for (const batch of [...batches(beginning(traffic)), ...warmUp]) pipeline.feed(batch, INTERFACES);
  gc();
  const before = Deno.memoryUsage().heapUsed;
  for (let i = 0; i < packets.length; i++) pipeline.feed(packets[i]!, INTERFACES);
  return (Deno.memoryUsage().heapUsed - before) / (PACKETS / 2);
}

const taken = Object.entries(TRAFFIC).map(([name, traffic]) => [name, measure(traffic)]);
console.log(JSON.stringify(Object.fromEntries(taken)));
