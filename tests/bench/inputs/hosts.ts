// Input "hosts": as many hosts as webstat keeps, each visited by HTTP and by TLS, with round trips and
// answers of 0.1 ms to a second: what /metrics can have of a thousand hosts.

import { ACK, type Endpoints, FIN, NOTHING, PSH, type Sender, SYN, writeTcp } from "./frames.ts";
import { answer, request, TLS } from "./payloads.ts";
import type { PcapWriter } from "./pcap_writer.ts";
import { hash } from "./random.ts";
import type { Truth } from "./truth.ts";

const HOSTS = 1000;
/** Of each host, by each protocol. */
const VISITS = 12;
const START = 1_700_000_000e6;
/** Microseconds: the shortest delay, and how many times longer the longest is. */
const SHORTEST = 100;
const SPREAD = 1e4;

const HTTP = { port: 80, question: request("/"), answers: answer(300) };
const HTTPS = { port: 443, question: TLS.hello, answers: TLS.answer };

/** One connection after the other. */
export function writeHosts(writer: PcapWriter, hosts = HOSTS): Truth {
  const visits = hosts * VISITS;
  let time = START;
  for (let visit = 0; visit < visits; visit++) {
    for (const protocol of [HTTP, HTTPS]) time = writeVisit(writer, time, visit, hosts, protocol);
  }
  return { hits: { http: visits, tls: visits, quic: 0, dns: 0 }, hosts, connections: 2 * visits };
}

/** Writes a connection from its first packet to its last. Returns when the next one may begin. */
function writeVisit(
  writer: PcapWriter,
  begin: number,
  visit: number,
  hosts: number,
  { port, question, answers }: typeof HTTP,
): number {
  const host = visit % hosts;
  const on: Endpoints = {
    client: 0x0a000001,
    server: 0x17000000 + host,
    clientPort: 20_000 + visit % 40_000,
    serverPort: port,
    next: [hash(visit) | 0, hash(~visit) | 0],
  };
  let time = begin;
  const send = (from: Sender, flags: number, payload: Uint8Array = NOTHING) => {
    time += from === 0 ? 1 : delay(visit * 8 + flags + port);
    writeTcp(writer, time, on, from, flags, payload);
  };
  send(0, SYN);
  send(1, SYN | ACK);
  send(0, ACK);
  send(0, PSH | ACK, question.naming(host));
  send(1, PSH | ACK, answers.naming(host));
  send(0, FIN | ACK);
  send(1, FIN | ACK);
  send(0, ACK);
  return time + 1;
}

const delay = (seed: number): number => Math.round(SHORTEST * SPREAD ** (hash(seed) / 2 ** 32));
