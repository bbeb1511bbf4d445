import assert from "node:assert/strict";
import fc from "fast-check";
import { CLIENT, SERVER, type Side } from "../analyser.ts";
import { looksLikeQuic, QuicConnection } from "./quic.ts";
import {
  clientHelloOf,
  concat,
  cryptoFrame,
  fromHex,
  initialPacket,
  NO_KEYS,
  type PacketPlan,
  padded,
  QuicReports,
  SAMPLE_ID,
  SERVER_FRAMES,
  serverInitial,
  VERSION_1,
  VERSION_2,
} from "./quic_samples.ts";

const looks = (bytes: Uint8Array): boolean => looksLikeQuic(bytes, 0, bytes.length);

const SHORT = concat(fromHex("40"), new Uint8Array(100));
const OTHER_ID = fromHex("0102030405060708");
const RETRY_ID = fromHex("f067a5502a4262b5");

/** A client's Initial with all of a ClientHello for `host`. */
const greeting = (host: string, plan: Partial<PacketPlan> = {}): Uint8Array =>
  initialPacket({ frames: padded(cryptoFrame(0, clientHelloOf(host))), ...plan });

/** What is reported of a flow with these datagrams. */
function replay(...datagrams: [Side, Uint8Array][]): QuicReports {
  const reports = new QuicReports();
  const connection = new QuicConnection(NO_KEYS);
  for (const [side, datagram] of datagrams) {
    assert(reports.feed(connection, side, datagram));
  }
  connection.ended(reports.on);
  return reports;
}

/** CRYPTO frames with the parts of `bytes` between `cuts`, and where each begins. */
function pieces(bytes: Uint8Array, ...cuts: number[]): Uint8Array[] {
  const bounds = [0, ...cuts, bytes.length];
  return cuts.concat(0).sort((a, b) => a - b)
    .map((from, i) => cryptoFrame(from, bytes.subarray(from, bounds[i + 1])));
}

Deno.test("looksLikeQuic() accepts the first packets of connections", () => {
  for (const { clientInitial, serverInitial } of [VERSION_1, VERSION_2]) {
    assert(looks(clientInitial));
    assert(looks(serverInitial));
  }
  assert(looks(greeting("example.com", { version: 0xff00001d })));
  assert(looks(greeting("example.com", { version: 0xfaceb002 })));
  assert(looks(concat(fromHex("c0 1a2a3a4a 08"), new Uint8Array(1300))));
});

Deno.test("looksLikeQuic() accepts a cleared fixed bit only if a token allows it", () => {
  const token = fromHex("746f6b656e");
  const withToken = greeting("example.com", { token });
  withToken[0]! &= 0xbf;
  assert(looks(withToken));
  const without = greeting("example.com");
  without[0]! &= 0xbf;
  assert(!looks(without));
  const small = initialPacket({ token, frames: new Uint8Array(100) });
  small[0]! &= 0xbf;
  assert(!looks(small));
});

Deno.test("looksLikeQuic() accepts nothing else", () => {
  const others: Record<string, string> = {
    "short header": "40 0102030405060708090a0b0c0d0e0f1011121314151617",
    "version negotiation": "80 00000000 00 08 f067a5502a4262b5 00000001 6b3343cf",
    "unknown version": "c0 12345678 08 8394c8f03e515708 00 00 449e 00000000",
    "DTLS ClientHello": "16 feff 0000 000000000000 0076 01 00006a 0000 000000 00006a fefd",
    "DTLS 1.3 record": "2e 0001 0020 0102030405060708090a0b0c0d0e0f10",
    "STUN": "0001 0008 2112a442 000102030405060708090a0b 8022 0004 74657374",
    "TURN channel data": "4000 0010 0102030405060708090a0b0c0d0e0f10",
    "RTP": "80 00 0000 0100 0000 0000 0001 d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5",
    "RTP, marked": "80 ff 0000 1d08 0000 0000 0001 d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5",
    "RTCP": "80 c8 0006 00000001 83aa7e80 00000000 00000000 00000000 00000000",
    "DNS": "c000 0100 0001 0000 0000 0000 07 6578616d706c65 03 636f6d 00 0001 0001",
    "DNS, reserved id": "c000 0000 0100 0000 0000 0000 07 6578616d706c65 03 636f6d 00 0001 0001",
    "mDNS": "0000 8400 0000 0001 0000 0000 05 6c6f63616c 00 0001 0001 00000078 0004 0a000001",
    "uTP": "41 00 1234 00000001 00000000 00100000 0001 0000",
    "BitTorrent DHT": "64313a6164323a696432303a",
    "Teredo (IPv6)": "60 000000 0010 3aff fe80000000000000 0000000000000001 ff02",
    "WireGuard": "01000000 12345678 0102030405060708090a0b0c0d0e0f10",
    "NTP": "e3 00 03 fa 00010000 00010000 00000000 0000000000000000 0000000000000000",
    "SIP": "494e56495445207369703a",
    "QUIC cut off": "c0 00000001 08 8394c8f03e515708 00 00 449e 00000000",
    "nothing": "",
  };
  for (const [name, hex] of Object.entries(others)) {
    assert(!looks(fromHex(hex)), name);
    assert(!looks(padded(fromHex(hex), 1300)) || name === "QUIC cut off", `${name}, padded`);
  }
});

Deno.test("a connection is counted with its ClientHello, and reported with its ServerHello", () => {
  const reports = new QuicReports();
  const connection = new QuicConnection(NO_KEYS);
  reports.feed(connection, CLIENT, VERSION_1.clientInitial);
  assert.deepEqual(reports.hits, ["quic example.com"]);
  assert.deepEqual(reports.handshakes, []);
  reports.feed(connection, SERVER, VERSION_1.serverInitial);
  const [handshake] = reports.handshakes;
  assert.deepEqual(handshake, {
    host: "example.com",
    quicVersion: "1",
    alpn: "alpn",
    ech: false,
    helloTime: 1000,
    answerTime: 2000,
  });
  connection.ended(reports.on);
  assert.equal(reports.handshakes.length, 1);
});

Deno.test("an unanswered connection is reported at the end of the flow", () => {
  const { handshakes } = replay([CLIENT, VERSION_1.clientInitial]);
  assert.equal(handshakes.length, 1);
  assert.equal(handshakes[0]!.answerTime, 0);
});

Deno.test("every version whose packets can be decrypted is read", () => {
  const versions: [number, string][] = [
    [0xff00001d, "draft-29"],
    [0xff000022, "draft-34"],
    [0xff000017, "draft-23"],
    [0xfaceb001, "mvfst-22"],
    [0xfaceb002, "mvfst-27"],
    [0x709a50c4, "2"],
  ];
  for (const [version, name] of versions) {
    const { handshakes } = replay(
      [CLIENT, greeting("example.com", { version })],
      [SERVER, serverInitial({ version })],
    );
    assert.deepEqual(handshakes, [{
      host: "example.com",
      quicVersion: name,
      alpn: "h3",
      ech: false,
      helloTime: 1000,
      answerTime: 2000,
    }]);
  }
});

Deno.test("a ClientHello in shuffled pieces over two datagrams, the later one first", () => {
  const [a, b, c, d] = pieces(clientHelloOf("example.com", "h3", 1700), 50, 700, 1100);
  const one = initialPacket({ number: 0, frames: padded(concat(d!, fromHex("01 00 00"), a!)) });
  const two = initialPacket({ number: 1, frames: padded(concat(c!, fromHex("01"), b!)) });
  for (const order of [[one, two], [two, one], [one, one, two, two, one]]) {
    const { hits, handshakes } = replay(...order.map((x): [Side, Uint8Array] => [CLIENT, x]));
    assert.deepEqual(hits, ["quic example.com"]);
    assert.equal(handshakes.length, 1);
    assert.equal(handshakes[0]!.helloTime, 1000);
  }
});

Deno.test("hellos in two packets each, between which another connection has its own", () => {
  const serverHello = SERVER_FRAMES.subarray(9);
  const [first, second] = pieces(clientHelloOf("one.example"), 20);
  const [third, fourth] = pieces(serverHello, 30);
  const [reports, others] = [new QuicReports(), new QuicReports()];
  const [connection, other] = [new QuicConnection(NO_KEYS), new QuicConnection(NO_KEYS)];
  reports.feed(connection, CLIENT, initialPacket({ frames: padded(first!) }));
  others.feed(other, CLIENT, greeting("another.example"));
  reports.feed(connection, CLIENT, initialPacket({ number: 1, frames: padded(second!) }));
  reports.feed(connection, SERVER, serverInitial({ frames: third! }));
  others.feed(other, SERVER, serverInitial());
  reports.feed(connection, SERVER, serverInitial({ number: 2, frames: fourth! }));
  assert.deepEqual(reports.handshakes.map(({ host, answerTime }) => [host, answerTime]), [
    ["one.example", 4000],
  ]);
  assert.deepEqual(others.handshakes.map(({ host }) => host), ["another.example"]);
});

Deno.test("several packets in a datagram, among them some that cannot be read", () => {
  const [a, b] = pieces(clientHelloOf("example.com"), 40);
  const zeroRtt = concat(
    fromHex("d0 00000001 08"),
    SAMPLE_ID,
    fromHex("00 20"),
    new Uint8Array(32),
  );
  const datagram = concat(
    initialPacket({ number: 0, frames: concat(b!, new Uint8Array(20)) }),
    zeroRtt,
    initialPacket({ number: 1, frames: padded(a!, 900) }),
    SHORT,
  );
  const { hits } = replay([CLIENT, zeroRtt], [CLIENT, datagram]);
  assert.deepEqual(hits, ["quic example.com"]);
});

Deno.test("a ClientHello sent again, also to the address that the server chose, counts once", () => {
  const [a, b] = pieces(clientHelloOf("example.com"), 40);
  const acknowledgement = fromHex("02 00 00 00 00 0000000000000000000000000000");
  const { hits } = replay(
    [CLIENT, initialPacket({ number: 0, frames: padded(a!) })],
    [SERVER, serverInitial({ frames: acknowledgement })],
    [CLIENT, initialPacket({ number: 1, destination: fromHex("5e5e5e5e"), frames: padded(b!) })],
    [CLIENT, initialPacket({ number: 2, frames: padded(concat(a!, b!)) })],
    [CLIENT, initialPacket({ number: 3, destination: fromHex("5e5e5e5e"), frames: padded(a!) })],
  );
  assert.deepEqual(hits, ["quic example.com"]);
});

Deno.test("after Retry the same connection goes on with another id", () => {
  const { hits, handshakes } = replay(
    [CLIENT, VERSION_1.clientInitial],
    [SERVER, VERSION_1.retry],
    [CLIENT, greeting("example.com", { firstId: RETRY_ID, token: fromHex("746f6b656e") })],
    [SERVER, serverInitial({ firstId: RETRY_ID })],
  );
  assert.deepEqual(hits, ["quic example.com"]);
  assert.equal(handshakes.length, 1);
  assert.equal(handshakes[0]!.helloTime, 1000);
  assert.equal(handshakes[0]!.answerTime, 4000);
});

Deno.test("a Retry that was not captured is known by the token; Retry before a whole ClientHello", () => {
  const second = greeting("example.com", { firstId: RETRY_ID, token: fromHex("746f6b656e") });
  assert.equal(replay([CLIENT, VERSION_1.clientInitial], [CLIENT, second]).hits.length, 1);
  const [a] = pieces(clientHelloOf("example.com"), 40);
  const half = initialPacket({ frames: padded(a!) });
  const { hits, handshakes } = replay([CLIENT, half], [SERVER, VERSION_1.retry], [CLIENT, second]);
  assert.deepEqual(hits, ["quic example.com"]);
  assert.equal(handshakes[0]!.helloTime, 1000);
});

Deno.test("after version negotiation the ClientHello is not counted again", () => {
  const negotiation = concat(fromHex("80 00000000 00 08"), SAMPLE_ID, fromHex("00000001"));
  const { hits, handshakes } = replay(
    [CLIENT, VERSION_2.clientInitial],
    [SERVER, negotiation],
    [CLIENT, greeting("example.com", { firstId: OTHER_ID })],
    [SERVER, serverInitial({ firstId: OTHER_ID })],
  );
  assert.deepEqual(hits, ["quic example.com"]);
  assert.deepEqual(handshakes.map(({ quicVersion }) => quicVersion), ["1"]);
});

Deno.test("packets of a reserved version are ignored", () => {
  const forcing = concat(fromHex("c0 1a2a3a4a 08"), SAMPLE_ID, new Uint8Array(1200));
  const { hits } = replay([CLIENT, forcing], [CLIENT, VERSION_1.clientInitial]);
  assert.deepEqual(hits, ["quic example.com"]);
});

Deno.test("connections one after the other on the same ports each count", () => {
  const { hits, handshakes } = replay(
    [CLIENT, VERSION_1.clientInitial],
    [SERVER, VERSION_1.serverInitial],
    ...Array.from({ length: 200 }, (): [Side, Uint8Array] => [SERVER, SHORT]),
    [CLIENT, greeting("second.example", { firstId: OTHER_ID })],
    [SERVER, serverInitial({ firstId: OTHER_ID })],
    [CLIENT, VERSION_1.clientInitial],
  );
  assert.deepEqual(hits, ["quic example.com", "quic second.example"]);
  assert.equal(handshakes.filter(({ answerTime }) => answerTime > 0).length, 2);
});

Deno.test("the client is who sent the ClientHello, also if the server was captured first", () => {
  const { hits, handshakes } = replay(
    [CLIENT, VERSION_1.serverInitial],
    [SERVER, VERSION_1.clientInitial],
    [CLIENT, VERSION_1.serverInitial],
  );
  assert.deepEqual(hits, ["quic example.com"]);
  assert.equal(handshakes[0]!.answerTime, 3000);
});

Deno.test("unencrypted Google QUIC counts each connection once", () => {
  const chlo = concat(
    fromHex("c3 51303436 50 3650eacfe6e706df 00000001"),
    fromHex("0460da58929f6839d0860efc a4010004000000"),
    new TextEncoder().encode("CHLO"),
    fromHex("01000000"),
    new TextEncoder().encode("SNI\0"),
    fromHex("0b000000"),
    new TextEncoder().encode("example.com"),
  );
  assert(looks(chlo));
  const { hits, handshakes } = replay([CLIENT, chlo], [CLIENT, chlo], [CLIENT, SHORT]);
  assert.deepEqual(hits, ["quic example.com"]);
  assert.equal(handshakes[0]!.quicVersion, "Q046");
});

Deno.test("a flow captured from the middle reports nothing, and is soon no longer read", () => {
  const late = initialPacket({ destination: OTHER_ID, frames: new Uint8Array(100) });
  for (const datagram of [SHORT, late]) {
    const reports = new QuicReports();
    const connection = new QuicConnection(NO_KEYS);
    let datagrams = 1;
    while (reports.feed(connection, CLIENT, datagram)) datagrams++;
    assert(datagrams <= 64);
    assert.deepEqual(reports.hits, []);
  }
});

Deno.test("a flow that is no longer read has reported what was open", () => {
  const reports = new QuicReports();
  const connection = new QuicConnection(NO_KEYS);
  reports.feed(connection, CLIENT, VERSION_1.clientInitial);
  const noise = initialPacket({ destination: OTHER_ID, frames: new Uint8Array(100) });
  let left = 65;
  while (reports.feed(connection, CLIENT, noise)) assert(left-- > 0);
  assert.equal(reports.handshakes.length, 1);
});

Deno.test("no prefix of a datagram gives a wrong name", () => {
  const datagram = concat(VERSION_1.clientInitial, SHORT);
  for (let end = 0; end < datagram.length; end += 7) {
    const { hits } = replay([CLIENT, datagram.slice(0, end)]);
    assert.equal(hits.length, end >= 1200 ? 1 : 0);
  }
});

Deno.test("changed bytes, before and after encryption, never give an error or a wrong name", () => {
  const hello = clientHelloOf("example.com", "h3", 300);
  const inside = padded(concat(...pieces(hello, 100, 200).reverse()), 600);
  const samples = [VERSION_1.clientInitial, VERSION_2.clientInitial, VERSION_1.retry];
  const change = fc.record({ at: fc.nat(1199), byte: fc.nat(255) });
  const changes = fc.array(change, { minLength: 1, maxLength: 6 });
  fc.assert(fc.property(changes, fc.constantFrom(...samples), (changes, sample) => {
    const datagram = changed(sample, changes);
    looks(datagram);
    const { hits } = replay([CLIENT, datagram], [SERVER, VERSION_1.serverInitial]);
    assert(hits.every((hit) => hit === "quic example.com"));
  }));
  fc.assert(fc.property(changes, (changes) => {
    const frames = changed(inside, changes);
    const { hits, handshakes } = replay([CLIENT, initialPacket({ frames })]);
    assert(hits.length <= 1 && handshakes.length === hits.length);
  }));
});

function changed(sample: Uint8Array, changes: { at: number; byte: number }[]): Uint8Array {
  const copy = Uint8Array.from(sample);
  for (const { at, byte } of changes) copy[at % copy.length] = byte;
  return copy;
}

Deno.test("any bytes after the beginning of a long header do no harm", () => {
  const header = fc.constantFrom("c0 00000001", "d0 6b3343cf", "c3 51303436", "0d", "c0 0a0a0a0a");
  fc.assert(fc.property(header, fc.uint8Array({ maxLength: 1400 }), (start, rest) => {
    const datagram = concat(fromHex(start), rest);
    looks(datagram);
    assert.deepEqual(replay([CLIENT, datagram], [SERVER, datagram]).hits, []);
  }));
});
