// Flows from their first packet to their end, for all protocols.

import assert from "node:assert/strict";
import {
  batman,
  batmanFragments,
  type Bytes,
  capwapFragments,
  clientHello,
  concat,
  dnsQuery,
  ethernet,
  filler,
  hex,
  httpRequest,
  httpResponse,
  ipv4,
  ipv4Fragments,
  ipv6,
  ipv6Fragments,
  PROTOCOL,
  snap,
  tcp,
  TcpConnection,
  text,
  tlsRecords,
  TUNNEL_PORT,
  udp,
  wlan,
} from "../../tests/packet_builder.ts";
import { line, play, Player } from "../../tests/packets/play.ts";
import { mutate, Random } from "../../tests/packets/random.ts";
import { FIN_ACK, RESET, Wire } from "../../tests/packets/wire.ts";
import { maxCarry } from "./carry.ts";

const wire = new Wire();

const datagram = (payload: Bytes, ports = {}): Bytes =>
  ethernet(ipv4({ protocol: PROTOCOL.UDP }, udp(ports, payload)));

Deno.test("UDP of an unknown protocol gets no record", () => {
  const player = new Player();
  for (let i = 0; i < 100; i++) player.play([datagram(filler(100), { sport: i + 1, dport: 9999 })]);
  player.play([datagram(new Uint8Array(0))]);
  assert.equal(player.tracker.flows.table.count, 0);
});

Deno.test("UDP flows end after being idle for a minute", () => {
  const player = new Player().play([datagram(dnsQuery())]).wait(59);
  assert.equal(player.tracker.flows.active, 1);
  player.wait(2);
  assert.equal(player.tracker.flows.active, 0);
  assert.equal(player.tracker.flows.table.count, 0);
  assert.equal(player.heard.queries.length, 1);
});

Deno.test("fragmented packets reach their flow, IPv4 and IPv6, in any order", () => {
  const request = httpRequest({ headers: { Cookie: "c".repeat(2000) } });
  const segment = tcp({ seq: 1, ack: 1 }, request);
  for (const pieces of [ipv4Fragments({}, segment, 512), ipv6Fragments({}, segment, 512)]) {
    const packets = pieces.map((piece) => ethernet(piece)).toReversed();
    assert.deepEqual(play(packets).exchanges.map(line), ["GET example.com/ 0 0 0"]);
    assert.deepEqual(play(packets.slice(1)).exchanges, []);
  }
});

Deno.test("fragmented frames in CAPWAP reach their flow, of Ethernet and of 802.11, in any order", () => {
  const request = httpRequest({ headers: { Cookie: "c".repeat(2000) } });
  const inner = ipv4({}, tcp({ seq: 1, ack: 1 }, request));
  const frames = [
    capwapFragments(ethernet(inner), 512),
    capwapFragments(wlan(snap(inner)), 800, { wlan: true }),
  ];
  const ports = { dport: TUNNEL_PORT.CAPWAP };
  for (const pieces of frames) {
    const outer = { protocol: PROTOCOL.UDP, src: "192.0.2.1", dst: "192.0.2.2" };
    const packets = pieces.map((piece) => ethernet(ipv4(outer, udp(ports, piece)))).toReversed();
    assert.deepEqual(play(packets).exchanges.map(line), ["GET example.com/ 0 0 0"]);
    assert.deepEqual(play(packets.slice(1)).exchanges, []);
    // Another frame's fragments.
    const other = concat(pieces[0]!.slice(0, 4), hex("0002"), pieces[0]!.slice(6));
    const mixed = [ethernet(ipv4(outer, udp(ports, other))), ...packets.slice(0, -1)];
    assert.deepEqual(play(mixed).exchanges, []);
  }
});

Deno.test("a request counts that was captured after its response, though nothing was before them", () => {
  const other = new Wire({ clientPort: 2000 });
  const [first, second] = ["/1", "/2"].map((target) => httpRequest({ target }));
  const answer = httpResponse({ body: "hello" });
  const player = new Player().play(other.open()).wait(5);
  player.play([
    wire.server(0, answer, { ack: first!.length }),
    wire.client(0, first!),
    wire.client(first!.length, second!, { ack: answer.length }),
    wire.server(answer.length, answer, { ack: first!.length + second!.length }),
  ]);
  const seen = player.finish().exchanges.map(({ target, status }) => `${target} ${status}`);
  assert.deepEqual(seen, ["/1 200", "/2 200"]);
});

Deno.test("what was acknowledged before it was captured is read, though what follows came before it", () => {
  const [first, second] = ["/1", "/2"].map((target) => httpRequest({ target }));
  const all = first!.length + second!.length;
  const player = new Player().play([
    ...wire.open(),
    wire.server(0, "", { ack: all }),
    wire.client(first!.length, second!),
    wire.client(all, "", FIN_ACK),
    wire.client(0, first!),
  ]);
  assert.deepEqual(player.finish().exchanges.map(({ target }) => target), ["/1", "/2"]);
  assert.equal(player.tracker.flows.gaps, 0);
});

Deno.test("fragments of batman-adv are joined in any order", () => {
  const sizes = { 1340: [730, 760, 1450], 4000: [1420, 1100, 850] };
  for (const [cookie, some] of Object.entries(sizes)) {
    const request = httpRequest({ headers: { Cookie: "c".repeat(Number(cookie)) } });
    const inner = batman(ethernet(ipv4({}, tcp({ seq: 1, ack: 1 }, request))), 0x40, 10);
    for (const size of some) {
      // The first is shorter than the others by a few bytes, or if there are two, by any number.
      const even = Math.ceil(inner.length / Math.ceil(inner.length / size));
      const most = cookie === "1340" ? size : even;
      const pieces = batmanFragments(inner, most).map((it) => ethernet(it, { type: 0x4305 }));
      assert.ok(pieces.length > 1);
      for (const packets of [pieces, pieces.toReversed()]) {
        assert.deepEqual(play(packets).exchanges.map(line), ["GET example.com/ 0 0 0"], `${most}`);
        assert.deepEqual(play(packets.slice(1)).exchanges, []);
      }
    }
  }
});

Deno.test("IPv4 and IPv6 flows with the same ports are different flows", () => {
  const packets = [
    ethernet(ipv4({}, tcp({}, httpRequest()))),
    ethernet(ipv6({}, tcp({}, httpRequest()))),
  ];
  assert.deepEqual(play(packets).exchanges.map(({ between }) => between), [
    "10.0.0.1:51000 > 10.0.0.2:80",
    "2001:db8::1:51000 > 2001:db8::2:80",
  ]);
});

Deno.test("a connection that is no longer read gets no analyser, and nothing is kept for it", () => {
  const hello = tlsRecords(clientHello());
  const player = new Player().play([
    ...wire.open(),
    wire.client(0, hello),
    wire.server(0, "HTTP/1.1 400 Bad Request\r\n\r\n", { ack: hello.length }),
  ]);
  assert.equal(player.heard.handshakes.length, 1);
  player.play([
    wire.client(hello.length + 100, httpRequest()),
    wire.client(hello.length, filler(100)),
    wire.server(28, httpResponse()),
  ]);
  assert.deepEqual(player.finish().exchanges, []);
});

Deno.test("a protocol after unknown bytes is detected at the beginning of a segment", () => {
  const strange = concat(filler(100).fill(0x90));
  const { exchanges } = play([
    ...wire.open(),
    wire.client(0, strange),
    wire.server(0, strange, { ack: 100 }),
    wire.client(100, httpRequest(), { ack: 100 }),
    wire.server(100, httpResponse({ body: "hello" }), { ack: 1000 }),
  ]);
  assert.deepEqual(exchanges.map(line), ["GET example.com/ 200 0 5"]);
});

Deno.test("bytes kept for an analyser are bounded; beyond that it goes on after a gap", () => {
  const limit = maxCarry({ longest: 1 << 20 });
  const long = text(`GET /${"x".repeat(2 * limit)}`);
  const player = new Player().play(wire.open());
  for (let at = 0; at < long.length; at += 60_000) {
    player.play([wire.client(at, long.slice(at, at + 60_000))]);
    assert.ok(player.ledger.held("messages") < 1.3 * limit);
  }
  player.play([wire.client(long.length, httpRequest({ target: "/2" }))]);
  const found = player.finish().exchanges.map(line);
  assert.equal(found.at(-1), "GET example.com/2 0 0 0");
});

Deno.test("an ended flow takes late packets for a while, then it is removed", () => {
  const request = httpRequest();
  const player = new Player().play([
    ...wire.open(),
    wire.client(0, request, FIN_ACK),
    wire.server(0, httpResponse(), { ...FIN_ACK, ack: request.length }),
  ]);
  const { flows } = player.tracker;
  assert.deepEqual([flows.active, flows.table.count], [0, 1]);
  player.play([wire.client(0, request), wire.client(request.length + 1, "", RESET)]);
  assert.deepEqual([flows.active, flows.table.count], [0, 1]);
  player.wait(6);
  assert.equal(flows.table.count, 0);
  assert.equal(player.finish().exchanges.length, 1);
});

Deno.test("half-closed connections end after a minute", () => {
  const player = new Player().play([...wire.open(), wire.client(0, httpRequest(), FIN_ACK)]);
  assert.equal(player.wait(55).tracker.flows.active, 1);
  assert.equal(player.wait(10).tracker.flows.active, 0);
});

Deno.test("repeated calls of expire reach all flows", () => {
  const player = new Player();
  for (let i = 0; i < 3000; i++) {
    player.play([new Wire({ clientPort: 1000 + i }).client(0, httpRequest())]);
  }
  player.clock += 1e9;
  for (let i = 0; i < 4; i++) player.tracker.expire(player.clock, 1000);
  assert.equal(player.tracker.flows.active, 0);
  assert.equal(player.heard.exchanges.length, 3000);
});

Deno.test("a flood of connections without data takes no more memory than their records", () => {
  const player = new Player();
  for (let i = 0; i < 5000; i++) {
    player.play([new Wire({ client: `10.9.${i >> 8}.${i & 255}` }).syn()]);
  }
  const { flows } = player.tracker;
  assert.equal(flows.active, 5000);
  assert.equal(flows.readers.next(), null);
  assert.equal(player.wait(61).tracker.flows.table.count, 0);
});

Deno.test("packets lost, repeated, swapped and cut at random never give wrong or double requests", () => {
  const random = new Random(11);
  for (let round = 0; round < 150; round++) {
    const connection = new TcpConnection({ mss: 200 });
    const packets = [...connection.open()];
    for (let i = 0; i < 5; i++) {
      packets.push(
        ...connection.request(httpRequest({ target: `/${i}`, method: "POST", body: filler(300) })),
      );
      packets.push(...connection.answer(httpResponse({ status: 210 + i, body: filler(500) })));
    }
    packets.push(...connection.close());
    for (let left = random.below(6); left > 0; left--) {
      const at = random.below(packets.length);
      const [packet] = packets.splice(at, 1);
      const what = random.below(3);
      if (what === 1) packets.splice(at, 0, packet!, packet!);
      if (what === 2) {
        packets.splice(Math.min(packets.length, at + 1 + random.below(5)), 0, packet!);
      }
    }
    const { exchanges } = play(packets);
    const targets = exchanges.map(({ target }) => target);
    assert.equal(new Set(targets).size, targets.length, `round ${round}: ${targets}`);
    for (const { target, status, requestBytes, responseBytes } of exchanges) {
      const expected = 210 + Number(target.slice(1));
      assert.ok(status === 0 || status === expected, `round ${round}: ${target} ${status}`);
      assert.ok(requestBytes <= 300 && responseBytes <= 500);
    }
  }
});

Deno.test("segments with any numbers and flags leave no record behind", () => {
  const random = new Random(12);
  const player = new Player();
  const edges = [0, 1, 2 ** 16, 2 ** 26, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
  for (let i = 0; i < 5000; i++) {
    const fields = {
      seq: (random.pick(edges) + random.below(300)) % 2 ** 32,
      ack: (random.pick(edges) + random.below(300)) % 2 ** 32,
      flags: random.below(64),
      sport: random.pick([80, 443, 50000]),
      dport: random.pick([80, 443, 50000]),
    };
    const data = random.pick([
      text(""),
      text("G"),
      httpRequest(),
      httpResponse(),
      tlsRecords(clientHello()),
    ]);
    player.play([ethernet(ipv4({}, tcp(fields, mutate(data, random))))]);
  }
  assert.ok(player.tracker.flows.table.count <= 9);
  player.finish();
  player.wait(10_000);
  assert.equal(player.tracker.flows.table.count, 0);
});

Deno.test("bytes kept for a protocol that it is not do not hide the next protocol", () => {
  const hello = tlsRecords(clientHello());
  const wire = new Wire({ serverPort: 7000 });
  for (const before of ["START", "\n", "GET", "PROX"]) {
    const { hits } = play([
      ...wire.open(),
      wire.client(0, before),
      wire.client(before.length, hello, { ack: 0 }),
    ]);
    assert.deepEqual(hits, ["tls example.com"], before);
  }
});
