// The attacks on what is kept and on what a packet costs: each is a few lines that anybody on the
// network could run. SECURITY.md has them as a table.

import { ACK, type Endpoints, PSH, SYN } from "../bench/inputs/frames.ts";
import {
  clientHelloOf,
  cryptoFrame,
  initialPacket,
  padded,
} from "../../src/protocols/quic/quic_samples.ts";
import { bytes, concat, filler, text, u16, u24, u32 } from "../packets/bytes.ts";
import { dnsName } from "../packets/dns.ts";
import { ethernet } from "../packets/link.ts";
import { ipv4, ipv6 } from "../packets/network.ts";
import { clientHello, tlsRecords } from "../packets/tls.ts";
import { tcp } from "../packets/transport.ts";
import { each, type Flood } from "./flood.ts";
import { connection, type Wire } from "./traffic.ts";

const PREFACE = text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const HEADERS = 1;
const RST_STREAM = 3;
const GOAWAY = 7;
const END_HEADERS = 4;

const frame = (type: number, flags: number, stream: number, payload: Uint8Array): Uint8Array =>
  concat(u24(payload.length), bytes(type, flags), u32(stream), payload);

/** The server's side of a new HTTP/2 connection: empty SETTINGS. */
const SETTINGS = frame(4, 0, 0, new Uint8Array());

/** Of a header block: makes the dynamic table 65536 bytes large. */
const LARGE_TABLE = bytes(0x3f, 0xe1, 0xff, 0x03);

/** A header block that makes the dynamic table as large, and fills it with entries of two bytes. */
const TABLE_FILLER = concat(
  LARGE_TABLE,
  ...Array.from({ length: 1590 }, () => bytes(0x41, 0x00)),
);

/** Of a header block: an :authority of 16,000 bytes, which is kept in the dynamic table. */
const longAuthority = (letter: string): Uint8Array =>
  concat(bytes(0x41, 0x7f, 0x81, 0x7c), text(letter.repeat(16_000)));

/** Requests of one byte (:method GET) on `count` streams from `first` on. */
const tinyRequests = (first: number, count: number): Uint8Array =>
  concat(
    ...Array.from(
      { length: count },
      (_, i) => frame(HEADERS, END_HEADERS, first + 2 * i, bytes(0x82)),
    ),
  );

/** One connection with a handshake, as HTTP/2. */
function openHttp2(wire: Wire): Endpoints {
  const on = connection(0, 80);
  wire.handshake(on);
  wire.tcp(on, 0, PSH | ACK, concat(PREFACE, SETTINGS));
  wire.tcp(on, 1, PSH | ACK, SETTINGS);
  return on;
}

export const FLOODS: readonly Flood[] = [
  {
    name: "http2-tables-and-streams",
    about: "HTTP/2 without handshake: a full header table and 998 open streams a flow",
    rate: 2500,
    size: 16_000,
    write(wire, size) {
      const block = frame(HEADERS, END_HEADERS, 1, TABLE_FILLER);
      const bytes = concat(PREFACE, block, tinyRequests(3, 998));
      each(size, 80, (on) => wire.stream(on, 0, bytes));
    },
  },
  {
    name: "http2-tables",
    about: "a full HTTP/2 header table on each connection",
    rate: 50_000,
    size: 30_000,
    write(wire, size) {
      const block = concat(PREFACE, SETTINGS, frame(HEADERS, END_HEADERS, 1, TABLE_FILLER));
      each(size, 80, (on) => {
        wire.handshake(on);
        wire.stream(on, 0, block);
        wire.tcp(on, 1, PSH | ACK, SETTINGS);
      });
    },
  },
  {
    name: "http2-streams",
    about: "999 open HTTP/2 streams on each connection",
    rate: 50_000,
    size: 15_000,
    write(wire, size) {
      const requests = concat(PREFACE, SETTINGS, tinyRequests(1, 999));
      each(size, 80, (on) => {
        wire.handshake(on);
        wire.stream(on, 0, requests);
        wire.tcp(on, 1, PSH | ACK, SETTINGS);
      });
    },
  },
  {
    name: "http1-pipelined",
    about: "300 HTTP/1.1 requests without answer on each connection",
    rate: 50_000,
    size: 55_000,
    write(wire, size) {
      const requests = text("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(300));
      each(size, 80, (on) => wire.stream(on, 0, requests));
    },
  },
  {
    name: "http1-one-letter",
    about: "the first letter of a request on each of a million flows",
    rate: 50_000,
    size: 1_000_000,
    write: (wire, size) => each(size, 80, (on) => wire.tcp(on, 0, PSH | ACK, text("G"))),
  },
  {
    name: "http1-half-lines",
    about: "a header line of 60 KB without end on each flow",
    rate: 50_000,
    size: 20_000,
    write(wire, size) {
      const head = text(`GET / HTTP/1.1\r\nX: ${"x".repeat(60_000)}`);
      each(size, 80, (on) => wire.stream(on, 0, head));
    },
  },
  {
    name: "dns-questions",
    about: "512 DNS questions without answer on each flow",
    rate: 50_000,
    size: 15_000,
    write(wire, size) {
      each(size, 53, (on, number) => {
        for (let i = 0; i < 128; i++) wire.udp(on, 0, questions(i, 4, number));
      });
    },
  },
  {
    name: "tcp-out-of-order",
    about: "20 segments of one byte out of order on each flow",
    rate: 50_000,
    size: 100_000,
    write(wire, size) {
      each(size, 80, (on) => {
        wire.tcp(on, 0, SYN);
        wire.tcp(on, 0, PSH | ACK, text("G"));
        for (let i = 0; i < 20; i++) {
          on.next[0] += 1;
          wire.tcp(on, 0, PSH | ACK, text("x"));
        }
      });
    },
  },
  {
    name: "quic-holes",
    about: "a QUIC Initial with one byte of CRYPTO at offset 16383 on each flow",
    rate: 50_000,
    size: 100_000,
    write(wire, size) {
      const packet = initialPacket({ frames: padded(cryptoFrame(16383, bytes(1))) });
      each(size, 443, (on) => wire.udp(on, 0, packet));
    },
  },
  {
    name: "tls-half-hellos",
    about: "the first half of a ClientHello on each flow",
    rate: 50_000,
    size: 500_000,
    write(wire, size) {
      const hello = tlsRecords(clientHello({ serverName: "half.example" }));
      const half = hello.subarray(0, hello.length >> 1);
      each(size, 443, (on) => wire.tcp(on, 0, PSH | ACK, half));
    },
  },
  {
    name: "http2-early-answers",
    about: "998 HTTP/2 answers before their requests, then HEADERS and RST_STREAM without end",
    rate: 5000,
    size: 100_000,
    cheap: true,
    write(wire, size) {
      const on = openHttp2(wire);
      const answers = Array.from(
        { length: 998 },
        (_, i) => frame(HEADERS, END_HEADERS, 1_000_001 + 2 * i, bytes(0x88)),
      );
      wire.stream(on, 1, concat(...answers));
      for (let i = 0; i < size; i++) {
        const stream = 1 + 2 * i;
        const request = frame(HEADERS, END_HEADERS, stream, bytes(0x82));
        wire.tcp(on, 0, PSH | ACK, concat(request, frame(RST_STREAM, 0, stream, u32(8))));
      }
    },
  },
  {
    name: "http2-goaway",
    about: "GOAWAY again and again over 999 open HTTP/2 streams",
    rate: 5000,
    size: 100_000,
    cheap: true,
    write(wire, size) {
      const on = openHttp2(wire);
      wire.stream(on, 0, tinyRequests(1, 999));
      const goAway = concat(
        ...Array.from({ length: 80 }, () => frame(GOAWAY, 0, 0, concat(u32(0x7fffffff), u32(0)))),
      );
      for (let i = 0; i < size; i++) wire.tcp(on, 1, PSH | ACK, goAway);
    },
  },
  {
    name: "http2-long-authorities",
    about: "HTTP/2 requests of 13 bytes for two names of 16 KB in the header table, in turn",
    rate: 5000,
    size: 100_000,
    cheap: true,
    write(wire, size) {
      const on = openHttp2(wire);
      const block = concat(LARGE_TABLE, longAuthority("a"), longAuthority("b"));
      wire.stream(on, 0, frame(HEADERS, END_HEADERS, 1, block));
      for (let i = 0; i < size; i++) {
        const request = bytes(0x82, 0x84, 0x86, 0xbe + i % 2);
        wire.tcp(on, 0, PSH | ACK, frame(HEADERS, END_HEADERS, 3 + 2 * i, request));
      }
    },
  },
  {
    name: "dns-one-flow",
    about: "DNS questions for ever new names on one flow, on which 512 wait",
    rate: 5000,
    size: 100_000,
    cheap: true,
    write(wire, size) {
      const on = connection(0, 53);
      for (let i = 0; i < size; i++) wire.udp(on, 0, questions(i, 1, 0));
    },
  },
  {
    name: "dns-answers",
    about: "forged answers with 30 addresses each, to ever new clients and names",
    rate: 5000,
    size: 50_000,
    cheap: true,
    write(wire, size) {
      each(size, 53, (on, number) => {
        wire.udp(on, 0, questions(number, 1, number));
        wire.udp(on, 1, answers(number, 30));
      });
    },
  },
  {
    name: "quic-random-ids",
    about: "QUIC Initials that cannot be decrypted, each with an id of its own",
    rate: 5000,
    size: 100_000,
    cheap: true,
    write(wire, size) {
      const packet = Uint8Array.from(
        initialPacket({ frames: padded(cryptoFrame(0, clientHelloOf("quic.example"))) }),
      );
      each(size, 443, (on, number) => {
        packet.set(u32(number), 6);
        wire.udp(on, 0, packet);
      });
    },
  },
  {
    name: "ip-fragments",
    about: "one small IP fragment of a packet of its own in each frame",
    rate: 5000,
    size: 100_000,
    cheap: true,
    write(wire, size) {
      for (let i = 0; i < size; i++) {
        const fragment = { id: i & 0xffff, offset: 8, more: true };
        const source = `10.${1 + (i >> 16)}.0.1`;
        wire.frame(ethernet(
          ipv4({ src: source, dst: "10.99.0.1", protocol: 17, fragment }, filler(16)),
        ));
      }
    },
  },
  {
    name: "syn",
    about: "SYN packets, each from a port of its own",
    rate: 150_000,
    size: 2_000_000,
    write: (wire, size) => each(size, 80, (on) => wire.tcp(on, 0, SYN)),
  },
  {
    name: "udp",
    about: "UDP datagrams of no protocol, each from a port of its own",
    rate: 150_000,
    size: 2_000_000,
    write(wire, size) {
      const payload = filler(64);
      each(size, 9999, (on) => wire.udp(on, 0, payload));
    },
  },
  {
    name: "ipv6-same-sums",
    about: "SYN packets over IPv6, whose ports make up for the difference of their addresses",
    rate: 5000,
    size: 100_000,
    cheap: true,
    write(wire, size) {
      for (let i = 0; i < size; i++) {
        const src = `2001:${(0xffff - i % 0xffff).toString(16)}::${(i >> 16).toString(16)}`;
        wire.frame(ethernet(ipv6({ src }, tcp({ sport: i % 0xffff, flags: SYN }))));
      }
    },
  },
];

/** A DNS query with `count` questions, whose names no other flow and number has. */
function questions(number: number, count: number, flow: number): Uint8Array {
  const asked = Array.from(
    { length: count },
    (_, i) => concat(dnsName(`q${i}.n${number}.f${flow}.example`), u16(1), u16(1)),
  );
  return concat(u16(number), u16(0x0100), u16(count), u16(0), u16(0), u16(0), ...asked);
}

/** The answer to `questions(number, 1, number)`, with so many addresses that no other has. */
function answers(number: number, count: number): Uint8Array {
  const question = questions(number, 1, number).subarray(12);
  const records = Array.from(
    { length: count },
    (_, i) => concat(u16(0xc00c), u16(1), u16(1), u32(3600), u16(4), u32(number * count + i)),
  );
  const header = concat(u16(number), u16(0x8180), u16(1), u16(count), u16(0), u16(0));
  return concat(header, question, ...records);
}
