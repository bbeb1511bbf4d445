// DNS on ports of its own: what counts, and what only looks like it.

import assert from "node:assert/strict";
import {
  type Bytes,
  clientHello,
  concat,
  DNS_TYPE,
  dnsAnswer,
  dnsOverTcp,
  dnsQuery,
  ethernet,
  filler,
  hex,
  httpRequest,
  ipv4,
  PROTOCOL,
  tlsRecords,
  u16,
  udp,
} from "../../../tests/packet_builder.ts";
import { type Heard, play } from "../../../tests/packets/play.ts";
import { mutate, Random } from "../../../tests/packets/random.ts";
import { Wire } from "../../../tests/packets/wire.ts";
import { NEED_MORE, NOT_MINE } from "../analyser.ts";
import { isPlainQuery, looksLikePlainQueryStream } from "./any_port.ts";

const CLIENT_PORT = 51000;

const asks = (message: Uint8Array, port: number, sport = CLIENT_PORT, dst = "10.0.0.2"): Bytes =>
  ethernet(ipv4({ dst, protocol: PROTOCOL.UDP }, udp({ sport, dport: port }, message)));

const answers = (message: Uint8Array, port: number, dport = CLIENT_PORT): Bytes =>
  ethernet(
    ipv4(
      { src: "10.0.0.2", dst: "10.0.0.1", protocol: PROTOCOL.UDP },
      udp({ sport: port, dport }, message),
    ),
  );

const found = ({ queries, hits }: Heard): string[] => {
  assert.equal(hits.length, queries.length);
  return queries.map(({ host, type, rcode }) => `${host} ${type} ${rcode}`);
};

const AAAA = { name: "b.example", id: 7, type: DNS_TYPE.AAAA } as const;

Deno.test("DNS on any port counts once a query is answered, and all of its flow then", () => {
  for (const port of [5353, 5300, 41234, 1, 65535]) {
    const heard = play([
      asks(dnsQuery({ edns: true }), port),
      asks(dnsQuery(AAAA), port),
      answers(dnsAnswer({ addresses: ["192.0.2.1"] }), port),
      answers(dnsAnswer({ ...AAAA, rcode: 3 }), port),
      asks(dnsQuery({ id: 9, name: "c.example" }), port),
    ]);
    assert.deepEqual(found(heard), [
      "example.com A NOERROR",
      "b.example AAAA NXDOMAIN",
      "c.example A ",
    ], `${port}`);
    assert.deepEqual(heard.queries[0]!.answers, ["192.0.2.1"]);
    assert.match(heard.queries[0]!.between, new RegExp(`^10.0.0.1:51000 > 10.0.0.2:${port}$`));
  }
});

Deno.test("DNS over TCP counts on any port, in one segment, in many, and behind other bytes", () => {
  const wire = new Wire({ serverPort: 8053 });
  const query = dnsOverTcp(dnsQuery());
  const answer = dnsOverTcp(dnsAnswer({ rcode: 3 }));
  for (const size of [1, 2, 7, 1000]) {
    const pieces: Bytes[] = [];
    for (let at = 0; at < query.length; at += size) {
      pieces.push(wire.client(at, query.slice(at, at + size)));
    }
    const heard = play([
      ...wire.open(),
      ...pieces,
      wire.server(0, answer, { ack: query.length }),
    ]);
    assert.deepEqual(found(heard), ["example.com A NXDOMAIN"], `${size}`);
  }
});

Deno.test("DNS on any port does not count without its answer", () => {
  const port = 5300;
  const query = asks(dnsQuery(), port);
  const others = [
    dnsAnswer({ id: 2 }),
    dnsAnswer({ name: "other.example" }),
    dnsAnswer({ type: DNS_TYPE.AAAA }),
    dnsQuery(),
    filler(40),
  ];
  assert.deepEqual(found(play([query])), []);
  for (const other of others) assert.deepEqual(found(play([query, answers(other, port)])), []);
  assert.deepEqual(found(play([answers(dnsAnswer(), port), query])), []);
});

Deno.test("mDNS, LLMNR and NetBIOS are told apart from DNS", () => {
  const exchange = (port: number, sport: number, dst?: string): Bytes[] => [
    asks(dnsQuery(), port, sport, dst),
    answers(dnsAnswer(), port, sport),
  ];
  const neighbours: Bytes[][] = [
    exchange(5353, 5353),
    exchange(5353, 5353, "224.0.0.251"),
    exchange(5353, CLIENT_PORT, "224.0.0.251"),
    exchange(5355, CLIENT_PORT),
    exchange(5355, CLIENT_PORT, "224.0.0.252"),
    exchange(137, 137),
    exchange(137, CLIENT_PORT),
  ];
  for (const [i, packets] of neighbours.entries()) {
    assert.deepEqual(found(play(packets)), [], `${i}`);
  }
  assert.equal(found(play(exchange(5353, CLIENT_PORT))).length, 1);
});

Deno.test("queries on any port may be for types of private use, and have the reserved bit", () => {
  const query = dnsQuery({ type: 65280 });
  query.set([0x40], 3);
  const heard = play([asks(query, 5300), answers(dnsAnswer({ type: 65280 }), 5300)]);
  assert.deepEqual(found(heard), ["example.com TYPE65280 NOERROR"]);
  const stream = dnsOverTcp(query);
  assert.equal(looksLikePlainQueryStream(stream, 0, stream.length), 1);
});

Deno.test("only what parses whole is a plain query", () => {
  const query = dnsQuery({ edns: true });
  assert.ok(isPlainQuery(query, 0, query.length));
  for (let length = 0; length < query.length; length++) {
    assert.ok(!isPlainQuery(query, 0, length), `${length}`);
    const stream = dnsOverTcp(query).slice(0, length + 2);
    assert.equal(looksLikePlainQueryStream(stream, 0, stream.length), NEED_MORE, `${length}`);
  }
  const wrong: Record<string, Bytes> = {
    "more bytes": concat(query, hex("00")),
    "an answer": dnsAnswer(),
    "another type": dnsQuery({ type: 200 }),
    "a reserved type": dnsQuery({ type: 0xffff }),
    "a name of NetBIOS": dnsQuery({ type: 32 }),
    "a blank": dnsQuery({ name: "a b" }),
    "a control character": dnsQuery({ name: "a\nb" }),
    "two questions": concat(query.slice(0, 4), u16(2), query.slice(6)),
    "an answer record": concat(query.slice(0, 6), u16(1), query.slice(8)),
    "an update": concat(query.slice(0, 2), hex("2800"), query.slice(4)),
    "a pointer": concat(dnsQuery().slice(0, 12), hex("c00c00010001")),
    "the unicast bit": concat(dnsQuery().slice(0, -2), hex("8001")),
  };
  for (const [what, bytes] of Object.entries(wrong)) {
    assert.ok(!isPlainQuery(bytes, 0, bytes.length), what);
    const stream = dnsOverTcp(bytes);
    assert.equal(looksLikePlainQueryStream(stream, 0, stream.length), NOT_MINE, what);
  }
});

/** Messages of other protocols. */
const OTHERS = [
  httpRequest(),
  tlsRecords(clientHello()),
  hex("d5080020 6cc8d8f1 2000 0100 0000 0000"), // STUN, NetBIOS
  concat(hex("854401100001000000000000"), filler(40)),
  concat(hex("1b00"), filler(46)), // NTP
  concat(hex("302902010104067075626c6963a01c"), filler(28)), // SNMP
  concat(hex("8060"), filler(170)), // RTP
];

/** A datagram of no DNS: random bytes, often with the header that a query has, or another protocol. */
function noise(random: Random): Uint8Array {
  if (random.below(3) === 0) return mutate(random.pick(OTHERS), random);
  const bytes = Uint8Array.from({ length: random.below(120) }, () => random.below(256));
  if (bytes.length >= 12 && random.below(2) === 0) bytes.set(hex("01000001000000000000"), 2);
  return bytes;
}

Deno.test("no random or changed datagram of other protocols is a plain query", () => {
  const rounds = Number(Deno.env.get("WEBSTAT_NOISE") ?? 100_000);
  const random = new Random(1);
  for (let i = 0; i < rounds; i++) {
    const bytes = noise(random);
    assert.ok(!isPlainQuery(bytes, 0, bytes.length), `${i}`);
  }
});

Deno.test("changed queries and answers count only if they still belong together", () => {
  const random = new Random(2);
  for (let i = 0; i < 3000; i++) {
    const query = mutate(dnsQuery({ edns: true }), random);
    const answer = mutate(dnsAnswer({ addresses: ["192.0.2.1"] }), random);
    const { queries } = play([asks(query, 5300), answers(answer, 5300)]);
    assert.ok(queries.length <= 1);
    if (queries.length === 0) continue;
    assert.deepEqual(query.slice(0, 2), answer.slice(0, 2));
    assert.ok(isPlainQuery(query, 0, query.length));
  }
});

Deno.test("a query for the changes of a zone counts on any port, with the version that it names", () => {
  const soa = concat(hex("c00c 0006 0001 00000000"), u16(22), new Uint8Array(22));
  const query = concat(dnsQuery({ type: 251 }), soa);
  query[9] = 1;
  const heard = play([asks(query, 5300), answers(dnsAnswer({ type: 251 }), 5300)]);
  assert.deepEqual(found(heard), ["example.com IXFR NOERROR"]);
  // Other queries have no such record, and this one has no other.
  const other = concat(dnsQuery(), soa);
  other[9] = 1;
  assert.ok(!isPlainQuery(other, 0, other.length));
  query[query.length - 31] = 5;
  assert.ok(!isPlainQuery(query, 0, query.length));
});
