// TCP, tested by what HTTP/1 reads from it: every lost or doubled byte changes that.

import assert from "node:assert/strict";
import {
  concat,
  cut,
  filler,
  httpRequest,
  httpResponse,
  LINKTYPE,
} from "../../tests/packet_builder.ts";
import { line, play, Player } from "../../tests/packets/play.ts";
import { FIN_ACK, permutations, RESET, Wire } from "../../tests/packets/wire.ts";
import { ACK, FIN } from "../decode/packet.ts";
import { Account } from "./account.ts";

const REQUEST = httpRequest();
const ANSWER = httpResponse({ body: "hello" });
const WHOLE = ["GET example.com/ 200 0 5"];

const wire = new Wire();

/** What is reported of these packets: a line for each HTTP exchange. */
const lines = (packets: Iterable<Uint8Array>): string[] => play(packets).exchanges.map(line);

Deno.test("TCP passes on bytes in order, and finds the client by the handshake", () => {
  const player = new Player().play([
    ...wire.open(),
    wire.client(0, REQUEST),
    wire.server(0, ANSWER, { ack: REQUEST.length }),
  ]);
  const { exchanges } = player.finish();
  assert.deepEqual(exchanges.map(line), WHOLE);
  assert.equal(exchanges[0]!.between, "10.0.0.1:51000 > 10.0.0.2:80");
  assert.equal(player.gaps, 0);
});

Deno.test("TCP on two interfaces: copies of a connection that has ended do not begin another", () => {
  const player = new Player();
  const packets = [
    ...wire.open(),
    wire.client(0, REQUEST),
    wire.server(0, ANSWER, { ack: REQUEST.length }),
    wire.client(REQUEST.length, "", FIN_ACK),
    wire.server(ANSWER.length, "", FIN_ACK),
  ];
  const start = player.clock;
  player.play(packets);
  player.clock = start + 30;
  player.play(packets);
  assert.equal(player.tracker.flows.copies.count, packets.length);
  // A second later, the same sequence numbers begin another connection.
  player.clock = start + 1_000_000;
  player.play(packets);
  assert.deepEqual(player.finish().exchanges.map(line), [...WHOLE, ...WHOLE]);
});

Deno.test("TCP finds the client by the handshake, whatever the ports", () => {
  const swapped = new Wire({ clientPort: 80, serverPort: 51000 });
  const { exchanges } = play([
    ...swapped.open(),
    swapped.client(0, REQUEST),
    swapped.server(0, ANSWER, { ack: REQUEST.length }),
  ]);
  assert.equal(exchanges[0]!.between, "10.0.0.1:80 > 10.0.0.2:51000");
});

Deno.test("TCP finds the client by its messages if the capture begins mid-connection", () => {
  for (const ports of [{}, { clientPort: 80, serverPort: 51000 }]) {
    const late = new Wire(ports);
    for (const first of [late.client(100, REQUEST), late.server(50, ANSWER)]) {
      const { exchanges } = play([
        first,
        late.client(100 + REQUEST.length, httpRequest({ target: "/2" }), {
          ack: 50 + ANSWER.length,
        }),
        late.server(50 + ANSWER.length, ANSWER, { ack: 1000 }),
      ]);
      assert.equal(line(exchanges.at(-1)!), "GET example.com/2 200 0 5");
      assert.match(exchanges.at(-1)!.between, /^10\.0\.0\.1:\d+ > 10\.0\.0\.2:\d+$/);
    }
  }
});

Deno.test("TCP ignores retransmissions: whole, in part, and with other content", () => {
  const again = REQUEST.slice(0, 20);
  const longer = concat(filler(30), REQUEST.subarray(30));
  const { exchanges } = play([
    ...wire.open(),
    wire.client(0, again),
    wire.client(0, again),
    wire.client(0, filler(20)),
    wire.client(10, filler(5)),
    wire.client(0, REQUEST.slice(0, 30)),
    wire.client(0, longer),
    wire.client(0, REQUEST),
    wire.server(0, ANSWER),
    wire.server(0, ANSWER),
  ]);
  assert.deepEqual(exchanges.map(line), WHOLE);
});

Deno.test("TCP takes the first content if kept segments overlap", () => {
  const overlapping = concat(filler(10), REQUEST.subarray(40));
  const { exchanges } = play([
    ...wire.open(),
    wire.client(10, REQUEST.slice(10, 40)),
    wire.client(20, filler(15)),
    wire.client(10, filler(30)),
    wire.client(30, overlapping),
    wire.client(0, REQUEST.slice(0, 10)),
    wire.server(0, ANSWER),
  ]);
  assert.deepEqual(exchanges.map(line), WHOLE);
});

Deno.test("TCP reassembles four segments in any order", () => {
  const request = httpRequest({ method: "POST", body: filler(100) });
  const pieces = cut(request, Math.ceil(request.length / 4));
  const segments = pieces.map((piece, i) => wire.client(i * pieces[0]!.length, piece));
  for (const order of permutations(segments)) {
    const found = lines([
      ...wire.open(),
      ...order,
      wire.server(0, ANSWER, { ack: request.length }),
    ]);
    assert.deepEqual(found, ["POST example.com/ 200 100 5"]);
  }
});

Deno.test("TCP reassembles a response and its FIN in any order", () => {
  const answer = httpResponse({
    version: "1.0",
    headers: { "Content-Length": "x" },
    body: filler(300),
  });
  const pieces = cut(answer, Math.ceil(answer.length / 3));
  const segments = pieces.map((piece, i) =>
    wire.server(i * pieces[0]!.length, piece, { ack: REQUEST.length })
  );
  const fin = wire.server(answer.length, "", { flags: FIN | ACK, ack: REQUEST.length });
  for (const order of permutations([...segments, fin])) {
    const found = lines([...wire.open(), wire.client(0, REQUEST), ...order]);
    assert.deepEqual(found, ["GET example.com/ 200 0 300"]);
  }
});

Deno.test("TCP reads a response that was captured before the end of its request", () => {
  const half = 30;
  const found = lines([
    ...wire.open(),
    wire.client(0, REQUEST.slice(0, half)),
    wire.server(0, ANSWER, { ack: REQUEST.length }),
    wire.client(half, REQUEST.slice(half)),
    wire.client(REQUEST.length, "", { ack: ANSWER.length }),
  ]);
  assert.deepEqual(found, WHOLE);
});

Deno.test("TCP reports a gap once a response acknowledges the missing bytes", () => {
  const player = new Player().play([...wire.open()]);
  const second = httpRequest({ target: "/2" });
  player.play([
    wire.client(REQUEST.length, second),
    wire.server(0, ANSWER, { ack: REQUEST.length + second.length }),
    wire.server(ANSWER.length, ANSWER, { ack: REQUEST.length + second.length }),
    wire.client(REQUEST.length + second.length, httpRequest({ target: "/3" }), {
      ack: 2 * ANSWER.length,
    }),
    wire.server(2 * ANSWER.length, ANSWER, { ack: 1000 }),
  ]);
  assert.equal(player.gaps, 1);
  const found = player.finish().exchanges.map(line);
  for (const target of ["/2", "/3"]) {
    assert.ok(found.some((each) => each.startsWith(`GET example.com${target} `)), found.join());
  }
});

Deno.test("TCP reports gaps at the close, at a time-out and at the end of the capture", () => {
  const missing = 10;
  const packets = [
    ...wire.open(),
    wire.client(missing, REQUEST),
    wire.server(missing, ANSWER),
  ];
  const closing = [
    wire.client(missing + REQUEST.length, "", FIN_ACK),
    wire.server(missing + ANSWER.length, "", FIN_ACK),
  ];
  const ends: Record<string, (player: Player) => void> = {
    end: (player) => player.finish(),
    idle: (player) => player.wait(1000),
    close: (player) => player.play(closing).wait(1000),
  };
  for (const [name, end] of Object.entries(ends)) {
    const player = new Player().play(packets);
    assert.deepEqual(player.heard.exchanges, [], name);
    end(player);
    assert.deepEqual(player.heard.exchanges.map(line), WHOLE, name);
    assert.equal(player.gaps, 2, name);
  }
});

Deno.test("TCP loses nothing else if bytes of a body are missing", () => {
  const answer = httpResponse({ body: filler(5000) });
  const pieces = cut(answer, 1000);
  const second = httpRequest({ target: "/2" });
  const kept = pieces.map((piece, i) => wire.server(i * 1000, piece, { ack: REQUEST.length }))
    .toSpliced(2, 1);
  const player = new Player().play([
    ...wire.open(),
    wire.client(0, REQUEST),
    ...kept,
    wire.client(REQUEST.length, second, { ack: answer.length }),
    wire.server(answer.length, ANSWER, { ack: REQUEST.length + second.length }),
  ]);
  assert.deepEqual(player.finish().exchanges.map(line), [
    "GET example.com/ 200 0 5000",
    "GET example.com/2 200 0 5",
  ]);
  assert.equal(player.gaps, 1);
});

Deno.test("TCP counts bytes that the snaplen cut off, and reads on behind them", () => {
  const answer = httpResponse({ body: filler(3000) });
  const cutOff = cut(answer, 1000).map((piece, i) => {
    const packet = wire.server(i * 1000, piece, { ack: REQUEST.length });
    return { data: packet.slice(0, 200), length: packet.length };
  });
  const found = play([
    ...wire.open(),
    wire.client(0, REQUEST),
    ...cutOff,
    wire.client(REQUEST.length, httpRequest({ target: "/2" }), { ack: answer.length }),
    wire.server(answer.length, ANSWER, { ack: 2 * REQUEST.length + 1 }),
  ]).exchanges;
  assert.deepEqual(found.map(line), ["GET example.com/ 200 0 3000", "GET example.com/2 200 0 5"]);
});

Deno.test("TCP sequence numbers wrap at 2^32, also while segments are kept", () => {
  for (let before = 0; before <= REQUEST.length + 1; before += 7) {
    const wrapping = new Wire({ clientSeq: 2 ** 32 - before - 1, serverSeq: 2 ** 31 - before });
    const [first, second, third] = cut(REQUEST, Math.ceil(REQUEST.length / 3));
    const found = lines([
      ...wrapping.open(),
      wrapping.client(0, first!),
      wrapping.client(first!.length * 2, third!),
      wrapping.client(first!.length, second!),
      wrapping.server(0, ANSWER, { ack: REQUEST.length }),
    ]);
    assert.deepEqual(found, WHOLE, `${before} bytes before the wrap`);
  }
});

Deno.test("TCP reads data in the SYN", () => {
  const found = lines([
    wire.syn(REQUEST),
    wire.synAck(),
    wire.client(REQUEST.length, ""),
    wire.server(0, ANSWER, { ack: REQUEST.length }),
  ]);
  assert.deepEqual(found, WHOLE);
});

Deno.test("TCP reads a FIN with data, simultaneous FINs, and retransmitted FINs", () => {
  const player = new Player().play([
    ...wire.open(),
    wire.client(0, REQUEST, FIN_ACK),
    wire.server(0, ANSWER, FIN_ACK),
    wire.client(0, REQUEST, FIN_ACK),
    wire.server(0, ANSWER, FIN_ACK),
    wire.client(REQUEST.length, "", FIN_ACK),
    wire.client(REQUEST.length + 1, ""),
  ]);
  assert.deepEqual(player.heard.exchanges.map(line), WHOLE);
  player.wait(30);
  assert.equal(player.tracker.flows.table.count, 0);
  assert.equal(player.tracker.flows.evicted.idle, 0);
  assert.deepEqual(player.finish().exchanges.map(line), WHOLE);
});

Deno.test("a TCP reset soon ends the connection, and reports what is open", () => {
  const player = new Player().play([
    ...wire.open(),
    wire.client(0, REQUEST),
    wire.server(0, "", RESET),
  ]).wait(5);
  assert.deepEqual(player.heard.exchanges.map(line), ["GET example.com/ 0 0 0"]);
  assert.equal(player.tracker.flows.table.count, 0);
  assert.equal(player.tracker.flows.evicted.idle, 0);
});

Deno.test("TCP keep-alives and window probes change nothing", () => {
  const found = lines([
    ...wire.open(),
    wire.client(-1, ""),
    wire.client(-1, Uint8Array.of(0)),
    wire.client(0, REQUEST.slice(0, 1)),
    wire.client(0, REQUEST.slice(0, 1)),
    wire.client(0, REQUEST),
    wire.client(REQUEST.length - 1, Uint8Array.of(0)),
    wire.server(-1, Uint8Array.of(0)),
    wire.server(0, ANSWER.slice(0, 1)),
    wire.server(0, ANSWER),
  ]);
  assert.deepEqual(found, WHOLE);
});

Deno.test("a SYN on used TCP ports begins another connection: after a close, a reset, or neither", () => {
  const next = new Wire({ clientSeq: 700_000, serverSeq: 9_000_000 });
  const closes = {
    close: [wire.client(REQUEST.length, "", FIN_ACK), wire.server(ANSWER.length, "", FIN_ACK)],
    half: [wire.client(REQUEST.length, "", FIN_ACK)],
    reset: [wire.client(REQUEST.length, "", RESET)],
    nothing: [],
  };
  for (const [name, close] of Object.entries(closes)) {
    const player = new Player().play([
      ...wire.open(),
      wire.client(0, REQUEST),
      wire.server(0, ANSWER, { ack: REQUEST.length }),
      ...close,
      ...next.open(),
      next.client(0, httpRequest({ target: "/2" })),
      next.server(0, ANSWER, { ack: 1000 }),
    ]);
    assert.equal(player.gaps, 0, name);
    assert.deepEqual(
      player.finish().exchanges.map(line),
      [...WHOLE, "GET example.com/2 200 0 5"],
      name,
    );
  }
});

Deno.test("TCP reports kept segments when the ports are used again", () => {
  const next = new Wire({ clientSeq: 700_000, serverSeq: 9_000_000 });
  const player = new Player().play([
    ...wire.open(),
    wire.client(0, REQUEST),
    wire.server(10, ANSWER, { ack: REQUEST.length }),
    ...next.open(),
  ]);
  assert.deepEqual(player.heard.exchanges.map(line), WHOLE);
});

Deno.test("a TCP SYN that is late or retransmitted changes nothing", () => {
  const [syn, synAck, ack] = wire.open() as [Uint8Array, Uint8Array, Uint8Array];
  const request = wire.client(0, REQUEST);
  const answer = wire.server(0, ANSWER, { ack: REQUEST.length });
  const next = [
    wire.client(REQUEST.length, httpRequest({ target: "/2" }), { ack: ANSWER.length }),
    wire.server(ANSWER.length, ANSWER, { ack: 2 * REQUEST.length + 1 }),
  ];
  const orders = {
    again: [syn, syn, synAck, synAck, ack, request, syn, synAck, answer],
    lateSyn: [request, syn, answer],
    lateSynAck: [syn, request, answer, synAck, ack],
    lateBoth: [request, answer, syn, synAck, ack],
  };
  for (const [name, order] of Object.entries(orders)) {
    const player = new Player().play([...order, ...next]);
    assert.deepEqual(
      player.finish().exchanges.map(line),
      [...WHOLE, "GET example.com/2 200 0 5"],
      name,
    );
    assert.equal(player.gaps, 0, name);
  }
});

Deno.test("TCP recovers from absurd sequence numbers", () => {
  const player = new Player().play([...wire.open()]);
  for (const far of [2 ** 26 + 1, 2 ** 30, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, -(2 ** 26) - 10]) {
    player.play([wire.client(far, "nonsense"), wire.server(far, filler(10))]);
  }
  player.play([
    wire.client(0, REQUEST),
    wire.server(0, ANSWER, { ack: REQUEST.length }),
  ]);
  assert.deepEqual(player.finish().exchanges.map(line), WHOLE);
});

Deno.test("TCP with only one side captured reports that side", () => {
  const requests = [
    wire.client(0, REQUEST),
    wire.client(REQUEST.length, httpRequest({ target: "/2" }), { ack: ANSWER.length }),
  ];
  assert.deepEqual(lines([wire.syn(), ...requests]), [
    "GET example.com/ 0 0 0",
    "GET example.com/2 0 0 0",
  ]);
  assert.deepEqual(lines([wire.synAck(), wire.server(0, ANSWER), wire.server(5, ANSWER)]), []);
});

Deno.test("idle TCP connections time out, by packet time", () => {
  const established = new Player().play([
    ...wire.open(),
    wire.client(0, REQUEST),
    wire.server(0, ""),
  ]);
  established.wait(290);
  assert.equal(established.tracker.flows.table.count, 1);
  established.wait(20);
  assert.equal(established.tracker.flows.table.count, 0);
  assert.equal(established.tracker.flows.evicted.idle, 1);
  assert.deepEqual(established.heard.exchanges.map(line), ["GET example.com/ 0 0 0"]);

  const unanswered = new Player().play([wire.syn()]).wait(50);
  assert.equal(unanswered.tracker.flows.table.count, 1);
  assert.equal(unanswered.wait(20).tracker.flows.table.count, 0);
});

Deno.test("TCP keeps no record of acknowledgements without a connection", () => {
  const player = new Player().play([
    wire.client(0, ""),
    wire.server(0, ""),
    wire.client(0, "", RESET),
  ]);
  assert.equal(player.tracker.flows.table.count, 0);
});

Deno.test("TCP measures the time of the handshake", () => {
  const player = new Player();
  const [syn, synAck] = wire.open() as [Uint8Array, Uint8Array];
  player.play([syn, syn]);
  player.clock += 40_000;
  player.play([synAck, synAck, wire.client(0, REQUEST)]);
  const { flows } = player.tracker;
  const account = new Account();
  // From the first SYN on, as that is how long the user waits.
  assert.equal(flows.assign(0, account), true);
  assert.equal(flows.assign(0, account), false);
  assert.equal(flows.table.connectTime(0), 42_000);
});

Deno.test("TCP keeps at most 1024 segments behind missing bytes", () => {
  const player = new Player().play(wire.open());
  for (let i = 1; i <= 3000; i++) player.play([wire.client(i * 2000, filler(50))]);
  assert.ok(player.gaps > 1900, `${player.gaps} gaps`);
});

Deno.test("TCP waits five seconds for missing bytes that nobody acknowledges", () => {
  const player = new Player().play([wire.syn(), wire.client(10, REQUEST)]);
  player.clock += 4_900_000;
  player.play([wire.client(10 + REQUEST.length, httpRequest({ target: "/2" }))]);
  assert.deepEqual(player.heard.hits, []);
  player.clock += 200_000;
  player.play([wire.client(10 + 2 * REQUEST.length + 1, httpRequest({ target: "/3" }))]);
  assert.equal(player.heard.hits.length, 3);
});

Deno.test("TCP keeps a bounded number of bytes for all connections together", () => {
  const limit = 64 << 20;
  const large = httpRequest({ method: "POST", body: new Uint8Array(60_000) });
  const packet = wire.client(10, large);
  const head = wire.client(0, filler(10).fill(0x90));
  const PORT = 14 + 20;
  const count = 1300;
  const player = new Player(LINKTYPE.ETHERNET, limit);
  const playFrom = (port: number, data: Uint8Array) => {
    data.set([port >> 8, port & 255], PORT);
    player.play([data]);
  };
  // The first byte tells where the stream begins; the hole is behind it.
  const first = wire.client(-1, Uint8Array.of(0x90));
  for (let port = 2000; port < 2000 + count; port++) {
    playFrom(port, first);
    playFrom(port, packet);
    assert.ok(player.ledger.total <= limit, `${player.ledger.total} bytes`);
  }
  for (let port = 2000; port < 2000 + count; port++) playFrom(port, head);
  const { length } = player.finish().exchanges;
  assert.ok(length > 900 && length < 1200, `${length} of ${count} were kept`);
  assert.ok(player.tracker.flows.evicted.memory > 0);
  assert.equal(player.ledger.total, 0);
});

Deno.test("TCP goes by what the client acknowledges if its SYN was answered twice", () => {
  const other = new Wire({ serverSeq: 0x7000_0000 });
  for (const answers of [[wire.synAck(), other.synAck()], [other.synAck(), wire.synAck()]]) {
    const { exchanges } = play([
      wire.syn(),
      ...answers,
      wire.client(0, ""),
      wire.client(0, REQUEST),
      wire.server(0, ANSWER, { ack: REQUEST.length }),
    ]);
    assert.deepEqual(exchanges.map(line), WHOLE);
  }
  // The client may have acknowledged the first one before the second comes.
  const { exchanges } = play([
    ...wire.open(),
    other.synAck(),
    wire.client(0, REQUEST),
    wire.server(0, ANSWER, { ack: REQUEST.length }),
  ]);
  assert.deepEqual(exchanges.map(line), WHOLE);
});
