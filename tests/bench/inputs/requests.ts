// Input "requests": HTTP/1.1 on connections that stay open, answers of 1 to 4 KB.

import { ACK, type Endpoints, NOTHING, PSH, SYN, writeTcp } from "./frames.ts";
import { answer, type Message, request } from "./payloads.ts";
import type { PcapWriter } from "./pcap_writer.ts";
import { hash, zipf } from "./random.ts";
import type { Truth } from "./truth.ts";

const REQUESTS = 220_000;
const CONNECTIONS = 1000;
const HOSTS = 500;
const SEGMENT = 1460;
const START = 1_700_000_000e6;
/** Microseconds between two packets. */
const SPACING = 10;

interface Connection {
  readonly on: Endpoints;
  readonly host: number;
  /** Packets of the handshake that were sent. */
  opened: number;
  /** The answer that is being sent; null between two requests. */
  body: Message | null;
  sent: number;
}

/** Connections take turns, packet by packet, so that answers of many are under way at once. */
export function writeRequests(writer: PcapWriter): Truth {
  const targets = [request("/"), request("/images/logo.svg?v=20231114"), request("/api/v1/items")];
  const answers = Array.from({ length: 16 }, (_, i) => answer(1024 + i * 204));
  const connections = Array.from({ length: CONNECTIONS }, open);
  let requests = 0;
  for (let i = 0; requests < REQUESTS || connections.some(isAnswering); i++) {
    const connection = connections[hash(i) % CONNECTIONS]!;
    const { on } = connection;
    const time = START + i * SPACING;
    if (connection.opened < 3) handshake(writer, time, connection);
    else if (connection.body !== null) sendAnswer(writer, time, connection);
    else if (requests < REQUESTS) {
      const target = targets[requests % targets.length]!;
      writeTcp(writer, time, on, 0, PSH | ACK, target.naming(connection.host));
      connection.body = answers[hash(requests) % answers.length]!;
      connection.sent = 0;
      requests++;
    }
  }
  const hosts = new Set(connections.map(({ host }) => host)).size;
  return { hits: { http: REQUESTS, tls: 0, quic: 0, dns: 0 }, hosts, connections: CONNECTIONS };
}

function open(_: unknown, number: number): Connection {
  const host = zipf(number, HOSTS);
  const on: Endpoints = {
    client: 0x0a000000 | number,
    server: 0x17000000 | host,
    clientPort: 40_000 + number,
    serverPort: 80,
    next: [hash(number) | 0, hash(~number) | 0],
  };
  return { on, host, opened: 0, body: null, sent: 0 };
}

function isAnswering(connection: Connection): boolean {
  return connection.body !== null;
}

function handshake(writer: PcapWriter, time: number, connection: Connection): void {
  const { on, opened } = connection;
  const flags = opened === 0 ? SYN : opened === 1 ? SYN | ACK : ACK;
  writeTcp(writer, time, on, opened === 1 ? 1 : 0, flags, NOTHING);
  connection.opened++;
}

/** The next segment of the answer; when all is sent, the client's acknowledgement. */
function sendAnswer(writer: PcapWriter, time: number, connection: Connection): void {
  const { on, sent } = connection;
  const { bytes } = connection.body!;
  if (sent === bytes.length) {
    connection.body = null;
    return writeTcp(writer, time, on, 0, ACK, NOTHING);
  }
  const end = Math.min(bytes.length, sent + SEGMENT);
  writeTcp(writer, time, on, 1, end === bytes.length ? PSH | ACK : ACK, bytes.subarray(sent, end));
  connection.sent = end;
}
