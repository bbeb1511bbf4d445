// Which host is charged for which packets.

import assert from "node:assert/strict";
import {
  clientHello,
  dnsAnswer,
  dnsQuery,
  ethernet,
  httpRequest,
  httpResponse,
  ipv4,
  PROTOCOL,
  serverHello,
  TcpConnection,
  tlsApplicationData,
  tlsRecords,
  udp,
} from "../../tests/packet_builder.ts";
import { Feed } from "../../tests/packets/feed.ts";
import { LINKTYPE } from "../../tests/packets/link.ts";
import { Player } from "../../tests/packets/play.ts";
import { Wire } from "../../tests/packets/wire.ts";
import { Layer, Packet } from "../decode/packet.ts";
import { MAX_FLOWS } from "./flow_table.ts";
import { hitsBy } from "../outputs/example.ts";

const bytes = (packets: readonly Uint8Array[]): number =>
  packets.reduce((sum, packet) => sum + packet.length, 0);

/** What each side of a connection sends before its name is known, and after. */
function session(connection: TcpConnection, name: string) {
  const [syn, synAck, ack] = connection.open() as [Uint8Array, Uint8Array, Uint8Array];
  const hello = connection.request(tlsRecords(clientHello({ serverName: name })));
  const answer = connection.answer(tlsRecords(serverHello()));
  const up = connection.request(tlsApplicationData(300));
  const down = connection.answer(tlsApplicationData(3000));
  const [fin, finToo, last] = connection.close() as [Uint8Array, Uint8Array, Uint8Array];
  return {
    open: [syn, synAck, ack, ...hello],
    more: [...answer, ...up, ...down],
    close: [fin, finToo, last],
    sent: bytes([syn, ack, ...hello, ...up, fin, last]),
    received: bytes([synAck, ...answer, ...down, finToo]),
  };
}

Deno.test("a host is charged for all bytes of its connections, also those before its name was known", () => {
  for (const ports of [{ serverPort: 443 }, { clientPort: 443, serverPort: 51000 }]) {
    const { open, more, close, sent, received } = session(new TcpConnection(ports), "a.example");
    const feed = new Feed().feed([...open, ...more, ...close]);
    const host = feed.host("a.example");
    assert.deepEqual([host.bytesSent, host.bytesReceived], [sent, received]);
    assert.deepEqual(host.connections, [1, 0]);
    assert.deepEqual(host.connectionsOpen, [0, 0]);
    assert.equal(host.phases[0]!.count, 1);
  }
});

Deno.test("a host is charged for bytes cut off by the snaplen, and for retransmissions", () => {
  const { open, more, close, sent, received } = session(new TcpConnection(), "a.example");
  const cut = more.map((packet) => ({ data: packet.slice(0, 100), length: packet.length }));
  const again = more.at(-1)!.slice();
  // A retransmission has another IP identification; a packet that was captured twice has not.
  again[14 + 5]! ^= 1;
  const feed = new Feed().feed([...open, ...cut, ...close, again]);
  const host = feed.host("a.example");
  assert.deepEqual([host.bytesSent, host.bytesReceived], [sent, received + again.length]);
});

Deno.test("a packet that was captured twice is charged once", () => {
  const { open, more, close, sent, received } = session(new TcpConnection(), "a.example");
  const feed = new Feed().feed([...open, ...more, ...close].flatMap((packet) => [packet, packet]));
  const host = feed.host("a.example");
  assert.deepEqual([host.bytesSent, host.bytesReceived], [sent, received]);
});

Deno.test("a connection is open until both FINs, a reset or a time-out", () => {
  const open = (feed: Feed) => feed.host("a.example").connectionsOpen[0];
  const play = (...end: ("close" | "reset")[]) => {
    const connection = new TcpConnection();
    const { open, more, close } = session(connection, "a.example");
    const feed = new Feed().feed([...open, ...more]);
    if (end[0] === "close") feed.feed(close);
    if (end[0] === "reset") feed.feed(connection.reset());
    return feed;
  };
  assert.equal(open(play()), 1);
  assert.equal(open(play("close")), 0);
  assert.equal(open(play("reset").wait(3)), 0);
  assert.equal(open(play().wait(200)), 1);
  assert.equal(open(play().wait(301)), 0);
  assert.equal(open(play().finish()), 0);
});

Deno.test("a connection with requests to several hosts is charged to the current one", () => {
  const connection = new TcpConnection();
  const first = [
    ...connection.open(),
    ...connection.request(httpRequest({ host: "a.example" })),
    ...connection.answer(httpResponse({ body: "1" })),
  ];
  const second = [
    ...connection.request(httpRequest({ host: "b.example" })),
    ...connection.answer(httpResponse({ body: "2" })),
  ];
  const feed = new Feed().feed([...first, ...second]);
  const [a, b] = [feed.host("a.example"), feed.host("b.example")];
  assert.deepEqual([a.connections[0], b.connections[0]], [1, 0]);
  assert.deepEqual([a.connectionsOpen[0], b.connectionsOpen[0]], [0, 1]);
  const all = a.bytesSent + a.bytesReceived + b.bytesSent + b.bytesReceived;
  assert.equal(all, bytes([...first, ...second]));
});

Deno.test("bytes of a DNS question are charged to the resolver; its answer is timed from it", () => {
  const packet = (payload: Uint8Array, from: boolean) =>
    ethernet(ipv4(
      from
        ? { protocol: PROTOCOL.UDP }
        : { src: "10.0.0.2", dst: "10.0.0.1", protocol: PROTOCOL.UDP },
      udp(from ? {} : { sport: 53, dport: 51000 }, payload),
    ));
  const feed = new Feed().feed([
    packet(dnsQuery(), true),
    packet(dnsAnswer({ addresses: ["192.0.2.1"] }), false),
  ]);
  const host = feed.host("example.com");
  assert.deepEqual([host.bytesSent, host.bytesReceived, ...host.connections], [0, 0, 0, 0]);
  assert.equal(host.phases[5]!.count, 1);
  assert.deepEqual(host.addresses, [{ ip: "192.0.2.1", hits: hitsBy({ dns: 1 }) }]);
});

Deno.test("flows keep their readers and accounts while the table grows and shrinks", () => {
  const answer = httpResponse({ body: "hello" });
  const wires = Array.from({ length: 3000 }, (_, i) => {
    const options = { client: `10.1.${i >> 8}.${i & 255}`, clientPort: 2000 + i };
    return { wire: new Wire(options), name: `${i}.example` };
  });
  const player = new Player();
  for (const { wire, name } of wires) {
    player.play([...wire.open(), wire.client(0, httpRequest({ host: name }))]);
  }
  const most = player.tracker.flows.table.capacity;
  assert.ok(most >= 3000);
  for (const [i, { wire }] of wires.entries()) {
    if (i % 100 !== 0) player.play([wire.server(0, "", { flags: 4 })]);
  }
  player.wait(5);
  assert.ok(player.tracker.flows.table.capacity < most);
  for (const [i, { wire }] of wires.entries()) {
    if (i % 100 === 0) player.play([wire.server(0, answer)]);
  }
  const { exchanges } = player.finish();
  assert.equal(exchanges.length, 3000);
  const answered = exchanges.filter(({ status }) => status === 200).map(({ host }) => host);
  assert.deepEqual(answered, Array.from({ length: 30 }, (_, i) => `${i * 100}.example`));
});

Deno.test("client and server addresses are given as text, IPv4 and IPv6", () => {
  for (const client of ["2001:db8::1", "10.0.0.1"]) {
    const connection = new TcpConnection({ client });
    const { exchanges } = new Player().play([
      ...connection.open(),
      ...connection.request(httpRequest()),
    ]).finish();
    const server = client === "10.0.0.1" ? "10.0.0.2" : "2001:db8::2";
    assert.equal(exchanges[0]!.between, `${client}:51000 > ${server}:80`);
  }
});

Deno.test("a full table evicts the longest idle flows, and counts them", () => {
  const player = new Player();
  const { flows } = player.tracker;
  const packet = new Packet();
  packet.src2 = packet.dst2 = 0xffff;
  packet.dstPort = 443;
  packet.flags = 2;
  for (let i = 0; i < MAX_FLOWS + 1000; i++) {
    packet.src3 = i;
    packet.srcPort = 1024 + (i & 0x7fff);
    packet.time = 1e15 + i;
    player.tracker.packet(Layer.TCP, packet);
  }
  assert.equal(flows.table.count, MAX_FLOWS);
  assert.deepEqual(flows.evicted, { idle: 0, full: 1000, memory: 0 });
  packet.src3 = MAX_FLOWS + 999;
  packet.srcPort = 1024 + (packet.src3 & 0x7fff);
  assert.ok(flows.table.find(packet, false, flows.table.hash(packet, false)) >= 0, "the newest");
  packet.src3 = 0;
  packet.srcPort = 1024;
  assert.equal(flows.table.find(packet, false, flows.table.hash(packet, false)), -1, "the oldest");
});

Deno.test("busy connections stay while a flood of others uses all of the memory", () => {
  const player = new Player(LINKTYPE.ETHERNET, 4 << 20);
  const first = player.clock;
  const busy = Array.from({ length: 200 }, (_, i) => new TcpConnection({ clientPort: 20_000 + i }));
  for (const connection of busy) {
    const packets = [
      ...connection.open(),
      ...connection.request(httpRequest()),
      ...connection.answer(httpResponse()),
      ...connection.request(httpRequest()),
    ];
    player.play(packets.map((data) => ({ data, time: first })));
  }
  const flood = Array.from({ length: 8000 }, (_, i) => ({
    data: new Wire({ client: `10.1.${i >> 8}.${i & 255}` }).client(0, "G"),
    time: first + i * 50,
  }));
  player.play(flood);
  assert.ok(player.tracker.flows.evicted.memory > 1000, "the flood drives out");
  player.clock = first + 500_000;
  for (const connection of busy) player.play(connection.answer(httpResponse()));
  const codes = player.finish().exchanges.map(({ status }) => status);
  assert.equal(codes.filter((code) => code === 200).length, 2 * busy.length);
});
