import assert from "node:assert/strict";
import { CLIENT, SERVER, type Side } from "../analyser.ts";
import { LongHeader, parseLongHeader } from "./packet_header.ts";
import { InitialExchange } from "./initial.ts";
import {
  clientHelloOf,
  concat,
  cryptoFrame,
  fromHex,
  initialPacket,
  NO_KEYS,
  padded,
  QuicReports,
  SAMPLE_ID,
  serverInitial,
  VERSION_1,
  VERSION_2,
} from "./quic_samples.ts";

function headerOf(packet: Uint8Array): LongHeader {
  const header = new LongHeader();
  assert(parseLongHeader(packet, 0, packet.length, header));
  return header;
}

const open = (
  { on }: QuicReports,
  packet: Uint8Array,
  former: InitialExchange | null = null,
): InitialExchange | null =>
  InitialExchange.open(on, CLIENT, packet, 0, headerOf(packet), former, NO_KEYS);

const read = (
  { on }: QuicReports,
  exchange: InitialExchange,
  side: Side,
  packet: Uint8Array,
): boolean => exchange.packet(on, side, packet, 0, headerOf(packet));

const isKnown = (exchange: InitialExchange, side: Side, packet: Uint8Array): boolean =>
  exchange.isKnown(side, packet, headerOf(packet));

for (const [rfc, samples] of [["9001", VERSION_1], ["9369", VERSION_2]] as const) {
  Deno.test(`the samples of RFC ${rfc} appendix A: a connection to example.com`, () => {
    const reports = new QuicReports();
    reports.on.time = 1000;
    const exchange = open(reports, samples.clientInitial)!;
    assert.deepEqual(reports.hits, ["quic example.com"]);
    assert(exchange.greeted);
    reports.on.time = 3000;
    assert(read(reports, exchange, SERVER, samples.serverInitial));
    assert.deepEqual(reports.handshakes, [{
      host: "example.com",
      quicVersion: rfc === "9001" ? "1" : "2",
      alpn: "alpn",
      ech: false,
      helloTime: 1000,
      answerTime: 3000,
    }]);
  });
}

Deno.test("a packet that is not a client's first begins no connection", () => {
  assert.equal(open(new QuicReports(), VERSION_1.serverInitial), null);
});

Deno.test("packets with nothing new are recognised by their connection ids", () => {
  const reports = new QuicReports();
  const exchange = open(reports, VERSION_1.clientInitial)!;
  const answer = serverInitial();
  const toServer = initialPacket({ destination: fromHex("5e5e5e5e"), frames: new Uint8Array(40) });
  assert(isKnown(exchange, CLIENT, VERSION_1.clientInitial));
  assert(!isKnown(exchange, SERVER, answer));
  assert(!isKnown(exchange, CLIENT, toServer));
  assert(read(reports, exchange, SERVER, answer));
  assert(isKnown(exchange, SERVER, answer));
  assert(isKnown(exchange, CLIENT, toServer));
  const other = initialPacket({ firstId: fromHex("0102030405060708"), frames: new Uint8Array(40) });
  assert(!isKnown(exchange, CLIENT, other));
});

Deno.test("a server may answer version 1 with version 2", () => {
  const reports = new QuicReports();
  const exchange = open(reports, VERSION_1.clientInitial)!;
  assert(read(reports, exchange, SERVER, serverInitial({ frames: fromHex("0200000000") })));
  assert(read(reports, exchange, SERVER, serverInitial({ version: VERSION_2.version })));
  assert.equal(reports.handshakes[0]!.quicVersion, "1");
  assert(reports.handshakes[0]!.answerTime >= 0);
});

Deno.test("a ClientHello that is cut off names its host at the end", () => {
  const reports = new QuicReports();
  const hello = clientHelloOf("late.example", "h3");
  const frames = padded(cryptoFrame(0, hello.subarray(0, hello.length - 4)));
  const exchange = open(reports, initialPacket({ frames }))!;
  assert.deepEqual(reports.hits, []);
  exchange.ended(reports.on);
  assert.deepEqual(reports.hits, ["quic late.example"]);
  assert.equal(reports.handshakes.length, 1);
});

Deno.test("a ClientHello in two packets, with one of another connection between them", () => {
  const hello = clientHelloOf("two.example", "h3", 1500);
  const part = (from: number, to: number, number: number) =>
    initialPacket({ number, frames: padded(cryptoFrame(from, hello.subarray(from, to))) });
  const reports = new QuicReports();
  const exchange = open(reports, part(0, 900, 0))!;
  open(reports, VERSION_2.clientInitial);
  assert(read(reports, exchange, CLIENT, part(900, hello.length, 1)));
  assert.deepEqual(reports.hits, ["quic example.com", "quic two.example"]);
  assert(exchange.greeted);
});

Deno.test("malformed frames and hellos are counted", () => {
  const reports = new QuicReports();
  open(reports, initialPacket({ frames: padded(fromHex("08 01 02")) }));
  const hello = cryptoFrame(0, new Uint8Array(60).fill(9));
  open(reports, initialPacket({ frames: padded(hello) }));
  assert.deepEqual(reports.malformed, ["quic frame", "quic hello"]);
  assert.deepEqual(reports.hits, []);
});

Deno.test("a connection after another on the same ports first reports that one", () => {
  const reports = new QuicReports();
  const first = open(reports, VERSION_1.clientInitial)!;
  const second = initialPacket({
    firstId: fromHex("0102030405060708"),
    frames: padded(cryptoFrame(0, clientHelloOf("second.example"))),
  });
  const exchange = open(reports, second, first)!;
  assert.deepEqual(reports.hits, ["quic example.com", "quic second.example"]);
  assert.deepEqual(reports.handshakes.map(({ host }) => host), ["example.com"]);
  // A retransmission of the first client is not a third connection.
  assert(isKnown(exchange, CLIENT, VERSION_1.clientInitial));
});

Deno.test("Google's handshake in encrypted packets", () => {
  const reports = new QuicReports();
  const chlo = concat(
    new TextEncoder().encode("CHLO"),
    fromHex("01000000"),
    new TextEncoder().encode("SNI\0"),
    fromHex("0b000000"),
    new TextEncoder().encode("example.com"),
  );
  const frames = padded(cryptoFrame(0, chlo, 0x08));
  assert(open(reports, initialPacket({ version: 0x51303530, frames })) !== null);
  assert.equal(reports.handshakes[0]?.host, "example.com");
  assert.equal(reports.handshakes[0]?.quicVersion, "Q050");
});

Deno.test("TLS in Google's frames", () => {
  const reports = new QuicReports();
  const frames = padded(cryptoFrame(0, clientHelloOf("example.com", "h3-T051"), 0x08));
  const exchange = open(reports, initialPacket({ version: 0x54303531, frames }))!;
  exchange.ended(reports.on);
  assert.equal(reports.handshakes[0]?.quicVersion, "T051");
  assert.equal(reports.handshakes[0]?.alpn, "h3-T051");
});

Deno.test("keys are derived from the destination id of the client's first packet", () => {
  const reports = new QuicReports();
  const frames = padded(cryptoFrame(0, clientHelloOf("example.com")));
  const elsewhere = initialPacket({ firstId: SAMPLE_ID, destination: fromHex("01020304"), frames });
  assert.equal(open(reports, elsewhere), null);
});
