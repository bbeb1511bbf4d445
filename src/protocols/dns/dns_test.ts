// DNS in packets: questions with and without answers.

import assert from "node:assert/strict";
import {
  type Bytes,
  concat,
  cut,
  dnsAnswer,
  dnsOverTcp,
  dnsQuery,
  ethernet,
  filler,
  ipv4,
  PROTOCOL,
  u16,
  udp,
} from "../../../tests/packet_builder.ts";
import { play, Player } from "../../../tests/packets/play.ts";
import { fuzz } from "../../../tests/packets/random.ts";
import { Wire } from "../../../tests/packets/wire.ts";
import type { DnsQuery } from "../transactions.ts";

const asks = (message: Uint8Array, ports = { sport: 51000, dport: 53 }): Bytes =>
  ethernet(ipv4({ protocol: PROTOCOL.UDP }, udp(ports, message)));

const answers = (message: Uint8Array, ports = { sport: 53, dport: 51000 }): Bytes =>
  ethernet(ipv4({ src: "10.0.0.2", dst: "10.0.0.1", protocol: PROTOCOL.UDP }, udp(ports, message)));

const line = ({ host, type, rcode, answers }: DnsQuery): string =>
  [host, type, rcode, ...answers].join(" ");

const lines = (packets: Iterable<Uint8Array>): string[] => play(packets).queries.map(line);

Deno.test("a DNS question is matched with its answer, by id and name", () => {
  const found = lines([
    asks(dnsQuery({ id: 1, name: "a.example" })),
    asks(dnsQuery({ id: 2, name: "b.example", type: 28 })),
    answers(dnsAnswer({ id: 2, name: "b.example", type: 28, addresses: ["2001:db8::1"] })),
    answers(dnsAnswer({ id: 1, name: "a.example", rcode: 3 })),
    answers(dnsAnswer({ id: 3, name: "c.example" })),
  ]);
  assert.deepEqual(found, ["b.example AAAA NOERROR 2001:db8::1", "a.example A NXDOMAIN"]);
});

Deno.test("a DNS question's times are those of its packets; its flow goes from client to server", () => {
  const player = new Player().play([asks(dnsQuery())]);
  player.clock += 24_000;
  const [query] = player.play([answers(dnsAnswer())]).finish().queries;
  assert.equal(query!.answerTime - query!.queryTime, 25_000);
  assert.equal(query!.between, "10.0.0.1:51000 > 10.0.0.2:53");
});

Deno.test("a DNS answer that comes first still goes from server to client", () => {
  const player = new Player().play([
    answers(dnsAnswer({ id: 9 })),
    asks(dnsQuery({ id: 1 })),
    answers(dnsAnswer({ id: 1 })),
  ]);
  assert.deepEqual(player.heard.queries.map(({ between }) => between), [
    "10.0.0.1:51000 > 10.0.0.2:53",
  ]);
});

Deno.test("a DNS question repeated within 5 s counts once, later it is another", () => {
  const player = new Player().play([asks(dnsQuery())]);
  player.clock += 4_900_000;
  player.play([asks(dnsQuery())]);
  assert.deepEqual(player.heard.hits, ["dns example.com"]);
  player.clock += 200_000;
  player.play([asks(dnsQuery()), answers(dnsAnswer({ addresses: ["192.0.2.1"] }))]);
  assert.deepEqual(player.heard.hits, ["dns example.com", "dns example.com"]);
  assert.deepEqual(player.finish().queries.map(line), [
    "example.com A ",
    "example.com A NOERROR 192.0.2.1",
  ]);
});

Deno.test("a DNS answer that comes twice counts once, one without question not at all", () => {
  const answer = answers(dnsAnswer());
  assert.deepEqual(lines([asks(dnsQuery()), answer, answer]), ["example.com A NOERROR"]);
  assert.deepEqual(lines([answers(dnsAnswer(), { sport: 53, dport: 52000 })]), []);
});

Deno.test("DNS questions without answer are reported at the flow's end, or if there are too many", () => {
  const player = new Player().play([asks(dnsQuery())]);
  player.wait(61);
  assert.deepEqual(player.heard.queries.map(line), ["example.com A "]);

  const resolver = new Player();
  for (let id = 0; id < 2000; id++) resolver.play([asks(dnsQuery({ id, name: `${id}.example` }))]);
  const { queries, evictions } = resolver.heard;
  assert.ok(queries.length >= 2000 - 512 && queries.length < 2000 - 512 + 64, `${queries.length}`);
  assert.equal(evictions.length, queries.length);
  assert.equal(queries[0]!.host, "0.example");
  assert.equal(resolver.finish().queries.length, 2000);
});

Deno.test("each question of a DNS message counts", () => {
  const one = dnsQuery({ name: "a.example" });
  const two = dnsQuery({ name: "b.example", type: 28 }).slice(12);
  const both = concat(one, two);
  both.set(u16(2), 4);
  assert.deepEqual(lines([asks(both), answers(dnsAnswer({ name: "b.example", type: 28 }))]), [
    "a.example A NOERROR",
    "b.example AAAA NOERROR",
  ]);
});

Deno.test("DNS answers that do not repeat the question are matched by their id", () => {
  const bare = concat(u16(1), u16(0x8182), new Uint8Array(8));
  assert.deepEqual(lines([asks(dnsQuery()), answers(bare)]), ["example.com A SERVFAIL"]);
  const other = dnsAnswer({ id: 1, name: "EXAMPLE.com", rcode: 3 });
  assert.deepEqual(lines([asks(dnsQuery()), answers(other)]), ["example.com A NXDOMAIN"]);
});

Deno.test("DNS over TCP: several messages, split at every byte, and pipelined", () => {
  const wire = new Wire({ serverPort: 53 });
  const asked = concat(
    dnsOverTcp(dnsQuery({ id: 1, name: "a.example" })),
    dnsOverTcp(dnsQuery({ id: 2, name: "b.example" })),
  );
  const answered = concat(
    dnsOverTcp(dnsAnswer({ id: 2, name: "b.example", addresses: ["192.0.2.2"] })),
    dnsOverTcp(dnsAnswer({ id: 1, name: "a.example", addresses: ["192.0.2.1"] })),
  );
  for (let at = 0; at <= Math.max(asked.length, answered.length); at++) {
    const heard = play([
      ...wire.open(),
      wire.client(0, asked.slice(0, at)),
      wire.client(Math.min(at, asked.length), asked.slice(at)),
      wire.server(0, answered.slice(0, at), { ack: asked.length }),
      wire.server(Math.min(at, answered.length), answered.slice(at), { ack: asked.length }),
    ]);
    assert.deepEqual(heard.queries.map(line), [
      "b.example A NOERROR 192.0.2.2",
      "a.example A NOERROR 192.0.2.1",
    ], `split at ${at}`);
    assert.equal(heard.queries[0]!.between, "10.0.0.1:51000 > 10.0.0.2:53");
  }
});

Deno.test("DNS over TCP: after a gap the other side is still read", () => {
  const wire = new Wire({ serverPort: 53 });
  const asked = dnsOverTcp(dnsQuery());
  const heard = play([
    ...wire.open(),
    wire.client(0, asked),
    wire.server(50, filler(20), { ack: asked.length }),
    wire.client(asked.length, dnsOverTcp(dnsQuery({ id: 2, name: "b.example" })), { ack: 70 }),
    wire.client(asked.length + 100, "x", { ack: 70 }),
  ]);
  assert.deepEqual(heard.queries.map(line), ["example.com A ", "b.example A "]);
});

Deno.test("only DNS queries count: no updates, no notifications", () => {
  for (const opcode of [4, 5]) {
    const message = dnsQuery();
    message[2]! |= opcode << 3;
    assert.deepEqual(lines([asks(message)]), []);
  }
});

Deno.test("other data on port 53 is ignored", () => {
  const player = new Player().play([asks(filler(5)), asks(filler(200).fill(0xff))]);
  assert.equal(player.tracker.flows.table.count, 0);
  assert.deepEqual(player.finish().hits, []);
});

Deno.test("malformed DNS is counted", () => {
  const query = dnsQuery();
  const heard = play([asks(query), asks(query.slice(0, -6))]);
  assert.deepEqual(heard.complaints, ["dns malformed"]);
  assert.deepEqual(heard.queries.map(line), ["example.com A "]);
});

Deno.test("DNS with any changes to its bytes neither fails nor reports too much", () => {
  const samples = [
    dnsQuery({ edns: true }),
    dnsAnswer({ addresses: ["192.0.2.1", "2001:db8::1"], aliases: ["b.example"], edns: true }),
  ];
  const wire = new Wire({ serverPort: 53 });
  fuzz(samples, 2000, (mutated) => {
    const stream = concat(dnsOverTcp(samples[0]!), dnsOverTcp(mutated));
    const heard = play([
      asks(mutated),
      answers(mutated),
      ...wire.open(),
      ...cut(stream, 20).map((piece, i) => wire.client(i * 20, piece)),
      wire.server(0, dnsOverTcp(mutated)),
    ]);
    assert.equal(heard.queries.length, heard.hits.length);
    assert.ok(heard.queries.length <= 33);
  });
});

Deno.test("DNS answers that were captured before their question are matched", () => {
  assert.deepEqual(lines([answers(dnsAnswer({ rcode: 3 })), asks(dnsQuery())]), [
    "example.com A NXDOMAIN",
  ]);
  const other = dnsAnswer({ name: "other.example" });
  assert.deepEqual(lines([answers(other), asks(dnsQuery())]), ["example.com A "]);
  assert.deepEqual(lines([answers(dnsAnswer({ id: 7 })), asks(dnsQuery({ id: 1 }))]), [
    "example.com A ",
  ]);
});

Deno.test("DNS over TCP goes on after a gap with the first message that fills its segment", () => {
  const wire = new Wire({ serverPort: 53 });
  const asked = dnsOverTcp(dnsQuery());
  const answered = dnsOverTcp(dnsAnswer({ rcode: 3 }));
  const heard = play([
    ...wire.open(),
    wire.client(0, asked),
    wire.server(100, filler(20), { ack: asked.length }),
    wire.server(120, answered, { ack: asked.length }),
    wire.client(asked.length, "", { ack: 120 + answered.length }),
  ]);
  assert.deepEqual(heard.queries.map(line), ["example.com A NXDOMAIN"]);
});

Deno.test("a DNS retry that crosses its answer counts once", () => {
  const player = new Player().play([asks(dnsQuery()), answers(dnsAnswer())]);
  player.clock += 50_000;
  player.play([asks(dnsQuery()), answers(dnsAnswer())]);
  assert.deepEqual(player.finish().hits, ["dns example.com"]);
  assert.deepEqual(player.heard.queries.map(line), ["example.com A NOERROR"]);
});
