// Connections that say no name are counted under what their client has asked DNS for.

import assert from "node:assert/strict";
import {
  clientHello,
  dnsAnswer,
  type DnsMessage,
  dnsQuery,
  ethernet,
  filler,
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
import { batchOf, ETHERNET, Feed } from "../../tests/packets/feed.ts";
import { FIRST_TIME } from "../../tests/packets/files.ts";
import { concat, prefixed, text, u16, u8 } from "../../tests/packets/bytes.ts";
import { until } from "../../tests/lab/process.ts";
import { sum } from "../sums.ts";
import type { HeardAnswer } from "./answer_relay.ts";
import { Naming } from "./naming.ts";
import { MOST_WAITING } from "./patient_recorder.ts";
import { Pipeline } from "./pipeline.ts";
import { snapshotOf } from "./testing.ts";

const CLIENT = "10.0.0.1";
const SERVER = "192.0.2.10";

/** `client` asks its resolver for a name, and is told. */
function asks(name: string, message: DnsMessage = {}, client = CLIENT): Uint8Array[] {
  const resolver = "10.0.0.53";
  const asked = { id: name.length * 7, name, addresses: [SERVER], ...message };
  return [
    ethernet(
      ipv4({ src: client, dst: resolver, protocol: PROTOCOL.UDP }, udp({}, dnsQuery(asked))),
    ),
    ethernet(ipv4(
      { src: resolver, dst: client, protocol: PROTOCOL.UDP },
      udp({ sport: 53, dport: 51000 }, dnsAnswer(asked)),
    )),
  ];
}

const to443 = (clientPort = 51000, client = CLIENT) =>
  new TcpConnection({ client, server: SERVER, serverPort: 443, clientPort });

/** A TLS connection whose ClientHello names `serverName`, or no host. */
function tls(serverName: string | null, extensions: readonly number[] = []): Uint8Array[] {
  const connection = to443();
  const hello = clientHello({
    serverName,
    extensions: extensions.map((type) => ({ type, data: filler(40) })),
  });
  return [
    ...connection.open(),
    ...connection.request(tlsRecords(hello)),
    ...connection.answer(tlsRecords(serverHello())),
    ...connection.close(),
  ];
}

/** A connection of which only the middle was captured. */
function midway(clientPort = 51000, client = CLIENT): Uint8Array[] {
  const connection = to443(clientPort, client);
  connection.open();
  return [
    ...connection.request(tlsApplicationData(100)),
    ...connection.answer(tlsApplicationData(2000)),
  ];
}

/** How many connections each host has, by what named it; and the events of handshakes and requests. */
function named(packets: readonly (Uint8Array | { data: Uint8Array; time?: number })[]) {
  const feed = new Feed().feed(packets).finish();
  const { hosts, connectionsByNameSource } = feed.snapshot;
  const events = feed.events.filter(({ kind }) => kind !== "dns");
  return {
    hosts: Object.fromEntries(
      hosts.flatMap(({ name, namedConnections }) =>
        namedConnections.map(({ name_source, count }) => [`${name} ${name_source}`, count])
      ),
    ),
    all: Object.fromEntries(
      connectionsByNameSource.map(({ name_source, count }) => [name_source, count]),
    ),
    events: events.map(({ host, name, name_source }) => [host, name, name_source]),
  };
}

Deno.test("a ClientHello without a name is of the host that its client has asked for", () => {
  const { hosts, all, events } = named([...asks("a.test"), ...tls(null)]);
  assert.deepEqual(hosts, { "a.test dns": 1 });
  assert.deepEqual(all, { dns: 1 });
  assert.deepEqual(events, [["", "a.test", "dns"]]);
});

Deno.test("it is the server's address if its client has asked for nothing, whatever others have", () => {
  const { hosts, all, events } = named([...asks("a.test", {}, "10.0.0.77"), ...tls(null)]);
  assert.deepEqual(hosts, { [`${SERVER} address`]: 1 });
  assert.deepEqual(all, { address: 1 });
  assert.deepEqual(events, [["", undefined, "address"]]);
});

Deno.test("a name that is said is not overruled: SNI, Host", () => {
  const web = new TcpConnection({ server: SERVER });
  const { hosts, events } = named([
    ...asks("a.test"),
    ...tls("b.test"),
    ...web.open(),
    ...web.request(httpRequest({ host: "c.test" })),
    ...web.answer(httpResponse()),
    ...web.close(),
  ]);
  assert.deepEqual(hosts, { "b.test sni": 1, "c.test host": 1 });
  assert.deepEqual(events, [["b.test", undefined, "sni"], ["c.test", undefined, "host"]]);
});

Deno.test("requests without Host are of the name that was asked for, not of its alias", () => {
  const web = new TcpConnection({ server: SERVER });
  const feed = new Feed().feed([
    ...asks("a.test", { aliases: ["edge.cdn.test"] }),
    ...web.open(),
    ...web.request(httpRequest({ host: null })),
    ...web.answer(httpResponse()),
  ]);
  assert.deepEqual(feed.hostNames, ["a.test"]);
  assert.equal(feed.host("a.test").requests[0]!.count, 1);
});

Deno.test("a connection that was captured from the middle on has that name, and its bytes", () => {
  const packets = midway();
  const feed = new Feed().feed([...asks("a.test"), ...packets]).finish();
  const { bytesSent, bytesReceived, connections } = feed.host("a.test");
  assert.equal(bytesSent + bytesReceived, packets.reduce((sum, { length }) => sum + length, 0));
  assert.deepEqual(connections, [1, 0]);
  // Also while it lasts.
  const lasting = new Feed().feed([...asks("a.test"), ...midway()]);
  lasting.wait(9);
  assert.deepEqual(lasting.host("a.test").connectionsOpen, [0, 0]);
  lasting.wait(12);
  assert.deepEqual(lasting.host("a.test").connectionsOpen, [1, 0]);
});

Deno.test("one that nobody can name is counted, but makes no host", () => {
  const { hosts, all } = named(midway());
  assert.deepEqual([hosts, all], [{}, { address: 1 }]);
});

Deno.test("connections that were refused, or never answered, are none", () => {
  const refused = to443();
  const [syn] = refused.open();
  const { hosts, all } = named([...asks("a.test"), syn!, ...to443(52000).open().slice(0, 1)]);
  assert.deepEqual([hosts, all], [{}, {}]);
});

Deno.test("a late answer counts for connections that are open", () => {
  const { hosts, all } = named([...tls(null), ...midway(52000), ...asks("a.test")]);
  // The first had ended.
  assert.deepEqual(hosts, { [`${SERVER} address`]: 1, "a.test dns": 1 });
  assert.deepEqual(all, { address: 1, dns: 1 });
  const connection = to443();
  const late = named([
    ...connection.open(),
    ...connection.request(tlsRecords(clientHello({ serverName: null }))),
    ...asks("a.test"),
    ...connection.answer(tlsRecords(serverHello())),
    ...connection.close(),
  ]);
  assert.deepEqual(late.hosts, { "a.test dns": 1 });
});

Deno.test("QUIC whose hello was not seen has the name that was asked for", () => {
  const quic = (from: string, to: string, sport: number, dport: number) =>
    ethernet(ipv4(
      { src: from, dst: to, protocol: PROTOCOL.UDP },
      udp({ sport, dport }, concat(u8(0x52), filler(60))),
    ));
  const both = [quic(SERVER, CLIENT, 443, 52000), quic(CLIENT, SERVER, 52000, 443)];
  const { hosts, all } = named([...asks("a.test"), ...both]);
  assert.deepEqual([hosts, all], [{ "a.test dns": 1 }, { dns: 1 }]);
  assert.deepEqual(named([...asks("a.test"), both[1]!]).all, {});
});

const ECH = 0xfe0d;
const HTTPS = 65;

/** An HTTPS answer whose name offers to encrypt hellos, with `publicName` outside. */
function offersEch(name: string, publicName: string): Uint8Array[] {
  const contents = concat(
    u8(1),
    u16(0x20),
    prefixed(2, filler(32)),
    prefixed(2, concat(u16(1), u16(1))),
    u8(0),
    prefixed(1, text(publicName)),
    u16(0),
  );
  const list = prefixed(2, concat(u16(ECH), prefixed(2, contents)));
  const data = concat(
    u16(1),
    u8(0),
    u16(1),
    prefixed(2, text("\x02h2")),
    u16(5),
    prefixed(2, list),
  );
  return asks(name, { type: HTTPS, addresses: [], data: [data] });
}

Deno.test("a hello that may be encrypted keeps the name that it shows", () => {
  const { hosts } = named([...asks("a.test"), ...tls("front.test", [ECH])]);
  assert.deepEqual(hosts, { "front.test ech-outer": 1 });
});

Deno.test("what its client has asked for is the name itself: browsers only pretend to encrypt", () => {
  const { hosts } = named([...asks("a.test"), ...tls("a.test", [ECH])]);
  assert.deepEqual(hosts, { "a.test sni": 1 });
});

Deno.test("a public name of DNS stands for the name that was asked for", () => {
  const packets = [...offersEch("a.test", "front.test"), ...asks("a.test")];
  const { hosts, events } = named([...packets, ...tls("front.test", [ECH])]);
  assert.deepEqual(hosts, { "a.test dns": 1 });
  assert.deepEqual(events, [["front.test", "a.test", "dns"]]);
  assert.deepEqual(named([...packets, ...tls("front.test")]).hosts, { "front.test sni": 1 });
});

Deno.test("--no-dns-names, --exclude and --privacy hold for these names", () => {
  const packets = [...asks("www.a.test"), ...tls(null)];
  const hosts = (dnsNames: boolean, naming: Naming | null): [string[], string[]] => {
    const lines: string[] = [];
    const event = (line: string) => void lines.push(line);
    const pipeline = new Pipeline({ maxHosts: 10, event, dnsNames });
    pipeline.nameBy(naming);
    pipeline.feed(batchOf(packets, FIRST_TIME), ETHERNET);
    pipeline.finish();
    const handshakes = lines.filter((line) => line.includes('"tls"'));
    return [snapshotOf(pipeline, ETHERNET).hosts.map(({ name }) => name).sort(), handshakes];
  };
  assert.deepEqual(hosts(false, null)[0], [SERVER, "www.a.test"]);
  const [excluded, none] = hosts(
    true,
    new Naming({ domainOf: null, isPrivate: false, exclude: ["a.test"] }),
  );
  assert.deepEqual([excluded, none], [["~other"], []]);
  const [domains, [event]] = hosts(
    true,
    new Naming({ domainOf: (name) => name.slice(4), isPrivate: true, exclude: [] }),
  );
  assert.deepEqual(domains, ["a.test"]);
  assert.equal(JSON.parse(event!).name, "a.test");
  assert.ok(!event!.includes("www") && !event!.includes(SERVER));
});

/** Two workers: what one reads of DNS, the other hears when it has read the rest. */
function late(rest: readonly Uint8Array[], dns: readonly Uint8Array[], waits: boolean) {
  const heard: HeardAnswer[] = [];
  const relay = (answer: HeardAnswer) => void heard.push(answer);
  const one = new Pipeline({ maxHosts: 10, event: null, relay });
  one.feed(batchOf(dns, FIRST_TIME), ETHERNET);
  const lines: string[] = [];
  const other = new Pipeline({ maxHosts: 10, event: (line) => lines.push(line), relay });
  other.feed(batchOf(rest, FIRST_TIME + 10_000), ETHERNET);
  if (!waits) other.finish();
  for (const answer of heard) other.hear(answer);
  other.finish();
  const { hosts, connectionsByNameSource } = snapshotOf(other, ETHERNET);
  return {
    hosts: hosts.map(({ name, hits, connections, connectionsOpen }) => [
      name,
      sum(hits),
      connections[0],
      connectionsOpen[0],
    ]),
    all: connectionsByNameSource,
    events: lines.map((line) => JSON.parse(line).name),
  };
}

Deno.test("what another worker has read of DNS names connections too, also those that have ended", () => {
  const all = [{ name_source: "dns", count: 1 }];
  const expected = { hosts: [["a.test", 1, 1, 0]], all, events: ["a.test"] };
  assert.deepEqual(late(tls(null), asks("a.test"), true), expected);
  const ech = [...offersEch("a.test", "front.test"), ...asks("a.test")];
  assert.deepEqual(late(tls("front.test", [ECH]), ech, true), expected);
  assert.deepEqual(late(midway(), asks("a.test"), true).hosts, [["a.test", 0, 1, 0]]);
});

Deno.test("without such an answer they are counted by their address, once", () => {
  const { hosts, all, events } = late(tls(null), asks("a.test"), false);
  assert.deepEqual(hosts, [[SERVER, 1, 1, 0]]);
  assert.deepEqual(all, [{ name_source: "address", count: 1 }]);
  assert.deepEqual(events, [undefined]);
});

Deno.test("connections wait half a second for it at most, and only so many", async () => {
  const relay = () => {};
  const pipeline = new Pipeline({ maxHosts: 10, event: null, relay });
  const hits = () => sum(snapshotOf(pipeline, ETHERNET).hosts.flatMap((host) => host.hits));
  pipeline.feed(batchOf(tls(null), FIRST_TIME), ETHERNET);
  assert.equal(hits(), 0);
  await until("it is counted", () => {
    pipeline.advance(FIRST_TIME + 1_000_000);
    return Promise.resolve(hits() === 1);
  });
  const web = new TcpConnection({ server: SERVER });
  const many = concat(...Array.from({ length: 64 }, () => httpRequest({ host: null })));
  const packets = web.open();
  for (let i = 0; i <= MOST_WAITING; i += 64) packets.push(...web.request(many));
  pipeline.feed(batchOf(packets, FIRST_TIME + 2_000_000), ETHERNET);
  assert.ok(hits() > MOST_WAITING / 2, `${hits()} of many are counted at once`);
});
