// Input "flows": synthetic connections, a given number of them open at any time; in turn HTTP, TLS,
// QUIC and DNS. Each lives for 50 seconds and says the same whatever the number is, so that only
// that number differs between two such files.

import {
  ACK,
  type Endpoints,
  FIN,
  NOTHING,
  PSH,
  type Sender,
  SYN,
  writeTcp,
  writeUdp,
} from "./frames.ts";
import { answer, DNS, Message, QUIC_HOSTS, quicAnswer, quicData, quicHellos } from "./payloads.ts";
import { request, TLS } from "./payloads.ts";
import type { PcapWriter } from "./pcap_writer.ts";
import { hash, zipf } from "./random.ts";
import type { Truth } from "./truth.ts";

export const FLOW_COUNTS = [1_000, 10_000, 100_000, 1_000_000] as const;

const HOSTS = 100_000;
/** Enough to measure; more are needed only for more at once. */
const MIN_CONNECTIONS = 250_000;
const START = 1_700_000_000e6;
const LIFETIME = 50e6;
const MIDDLE = LIFETIME / 2;
const ROUND_TRIP = 20_000;
const MILLISECOND = 1_000;

const PROTOCOLS = ["http", "tls", "quic", "dns"] as const;
type Protocol = typeof PROTOCOLS[number];
const PORTS: Record<Protocol, number> = { http: 80, tls: 443, quic: 443, dns: 53 };

/** A packet of a connection's life. */
interface Step {
  /** Microseconds after the connection's first packet. */
  readonly at: number;
  readonly from: Sender;
  readonly flags: number;
  readonly message: Message | "quic hello" | null;
}

const tcpOpening: readonly Step[] = [
  { at: 0, from: 0, flags: SYN, message: null },
  { at: ROUND_TRIP, from: 1, flags: SYN | ACK, message: null },
  { at: ROUND_TRIP + 100, from: 0, flags: ACK, message: null },
];

const tcpClosing: readonly Step[] = [
  { at: LIFETIME, from: 0, flags: FIN | ACK, message: null },
  { at: LIFETIME + ROUND_TRIP, from: 1, flags: FIN | ACK, message: null },
  { at: LIFETIME + ROUND_TRIP + 100, from: 0, flags: ACK, message: null },
];

/** One side speaks, the other answers; TCP acknowledges. */
function exchange(at: number, first: Step["message"], second: Message): Step[] {
  return [
    { at, from: 0, flags: PSH | ACK, message: first },
    { at: at + ROUND_TRIP + 5 * MILLISECOND, from: 1, flags: PSH | ACK, message: second },
  ];
}

const acknowledgement = (at: number): Step => ({ at, from: 0, flags: ACK, message: null });

function scripts(): Record<Protocol, readonly Step[]> {
  const hello = ROUND_TRIP + 200;
  return {
    http: [
      ...tcpOpening,
      ...exchange(hello, request("/"), answer(300)),
      acknowledgement(hello + 26 * MILLISECOND),
      ...exchange(MIDDLE, request("/style.css?version=1"), answer(100)),
      ...tcpClosing,
    ],
    tls: [
      ...tcpOpening,
      ...exchange(hello, TLS.hello, TLS.answer),
      acknowledgement(hello + 26 * MILLISECOND),
      ...exchange(MIDDLE, TLS.data(200), TLS.data(300)),
      ...tcpClosing,
    ],
    quic: [
      ...exchange(0, "quic hello", new Message(quicAnswer())),
      ...exchange(2 * ROUND_TRIP, quicData(80), quicData(300)),
      ...exchange(MIDDLE, quicData(80), quicData(300)),
      ...exchange(LIFETIME, quicData(40), quicData(40)),
    ],
    dns: [...exchange(0, DNS.query, DNS.answer), ...exchange(MIDDLE, DNS.query, DNS.answer)],
  };
}

/** A step with what it needs to be written without remembering the connection. */
interface Placed {
  readonly step: Step;
  /** Index into PROTOCOLS. */
  readonly protocol: number;
  /** How many connections begin between a connection's first packet and this one. */
  readonly later: number;
  /** Microseconds after the newest connection began. */
  readonly within: number;
  /** Sequence numbers of both sides, relative to their first. */
  readonly sent: readonly [number, number];
}

function placed(spacing: number): Placed[] {
  const all = scripts();
  const steps = PROTOCOLS.flatMap((name, protocol) => {
    const sent: [number, number] = [0, 0];
    return all[name].map((step): Placed => {
      const later = Math.floor(step.at / spacing);
      const before: [number, number] = [...sent];
      const payload = step.message instanceof Message ? step.message.bytes.length : 0;
      sent[step.from] += payload + (step.flags & (SYN | FIN) ? 1 : 0);
      return { step, protocol, later, within: step.at - later * spacing, sent: before };
    });
  });
  // What comes later in a connection's life comes from an older connection.
  return steps.sort((a, b) => a.within - b.within);
}

/** Writes connections of which `concurrent` are open at once (on the way up and down: fewer). */
export function writeFlows(
  writer: PcapWriter,
  concurrent: number,
  connections = Math.max(concurrent, MIN_CONNECTIONS),
): Truth {
  const spacing = LIFETIME / concurrent;
  const steps = placed(spacing);
  const hellos = quicHellos();
  const last = connections + Math.max(...steps.map((each) => each.later));
  const on: Endpoints = { client: 0, server: 0, clientPort: 0, serverPort: 0, next: [0, 0] };
  for (let newest = 0; newest <= last; newest++) {
    const now = START + newest * spacing;
    for (const { step, protocol, later, within, sent } of steps) {
      const connection = newest - later;
      if (connection < 0 || connection >= connections) continue;
      if (connection % PROTOCOLS.length !== protocol) continue;
      const name = PROTOCOLS[protocol]!;
      const host = hostOf(connection, name);
      locate(on, connection, host, name);
      on.next[0] = (on.next[0] + sent[0]) | 0;
      on.next[1] = (on.next[1] + sent[1]) | 0;
      const payload = step.message === "quic hello"
        ? hellos[host]!
        : step.message?.naming(host) ?? NOTHING;
      const time = now + within;
      if (name === "http" || name === "tls") {
        writeTcp(writer, time, on, step.from, step.flags, payload);
      } else writeUdp(writer, time, on, step.from, payload);
    }
  }
  return truth(connections);
}

function hostOf(connection: number, protocol: Protocol): number {
  return zipf(connection, protocol === "quic" ? QUIC_HOSTS : HOSTS);
}

/** Addresses and ports: of each connection its own. */
function locate(on: Endpoints, connection: number, host: number, protocol: Protocol): void {
  on.client = 0x0a010000 | (connection & 0xffff);
  on.clientPort = 20_000 + (connection >>> 16);
  on.server = 0x17000000 + host;
  on.serverPort = PORTS[protocol];
  on.next[0] = hash(connection) | 0;
  on.next[1] = hash(~connection) | 0;
}

function truth(connections: number): Truth {
  const hits = { http: 0, tls: 0, quic: 0, dns: 0 };
  const hosts = new Set<number>();
  for (let connection = 0; connection < connections; connection++) {
    const name = PROTOCOLS[connection % PROTOCOLS.length]!;
    hits[name] += name === "http" || name === "dns" ? 2 : 1;
    hosts.add(hostOf(connection, name));
  }
  return { hits, hosts: hosts.size, connections };
}
