// Input "small": frames of 64 bytes, of 1000 connections that no analyser has anything to say about.

import { ACK, type Endpoints, PSH, SYN, writeTcp, writeUdp } from "./frames.ts";
import { NOTHING, type Sender } from "./frames.ts";
import type { PcapWriter } from "./pcap_writer.ts";
import { hash } from "./random.ts";
import type { Truth } from "./truth.ts";

const PACKETS = 2_000_000;
const FLOWS = 1000;
const FRAME = 64;
const START = 1_700_000_000e6;
/** Microseconds between two packets: a million packets a second. */
const SPACING = 1;

/** Fills a frame; begins like nothing that is known. */
const TCP_DATA = new Uint8Array(FRAME - 54).fill(0x80);
const UDP_DATA = new Uint8Array(FRAME - 42).fill(0x80);

/** One flow of three is UDP. TCP opens, and then sends now data, now acknowledgements. */
export function writeSmall(writer: PcapWriter): Truth {
  const flows = Array.from({ length: FLOWS }, (_, flow): Endpoints => ({
    client: 0x0a000000 | flow,
    server: 0x17000000 | (flow % 200),
    clientPort: 30_000 + flow,
    serverPort: 9_000,
    next: [hash(flow) | 0, hash(~flow) | 0],
  }));
  const said = new Int32Array(FLOWS);
  for (let i = 0; i < PACKETS; i++) {
    const flow = i < FLOWS ? i : hash(i) % FLOWS;
    writeNext(writer, START + i * SPACING, flows[flow]!, said[flow]!++, flow % 3 === 2);
  }
  return { hits: { http: 0, tls: 0, quic: 0, dns: 0 }, hosts: 0, connections: FLOWS };
}

function writeNext(
  writer: PcapWriter,
  time: number,
  on: Endpoints,
  said: number,
  isUdp: boolean,
): void {
  if (isUdp) return writeUdp(writer, time, on, (said & 1) as Sender, UDP_DATA, FRAME);
  if (said === 0) return writeTcp(writer, time, on, 0, SYN, NOTHING, FRAME);
  if (said === 1) return writeTcp(writer, time, on, 1, SYN | ACK, NOTHING, FRAME);
  const from = (said >> 1 & 1) as Sender;
  if (said & 1) writeTcp(writer, time, on, from, PSH | ACK, TCP_DATA, FRAME);
  else writeTcp(writer, time, on, from, ACK, NOTHING, FRAME);
}
