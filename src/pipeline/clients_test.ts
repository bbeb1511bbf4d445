// --clients: who in the network talks to which host, by the names of devices where these are known.

import assert from "node:assert/strict";
import {
  dnsAnswer,
  dnsName,
  dnsQuery,
  ethernet,
  httpRequest,
  httpResponse,
  ipv4,
  PROTOCOL,
  TcpConnection,
  udp,
} from "../../tests/packet_builder.ts";
import { bytes, concat, prefixed, text, u16, u32 } from "../../tests/packets/bytes.ts";
import { batchOf, ETHERNET } from "../../tests/packets/feed.ts";
import { FIRST_TIME } from "../../tests/packets/files.ts";
import { address } from "../../tests/packets/network.ts";
import { namedClients } from "../hosts/clients.ts";
import { sum } from "../sums.ts";
import { Pipeline } from "./pipeline.ts";
import { snapshotOf } from "./testing.ts";

let port = 50_000;

/** A page of `host` that `client` asks for. */
function page(client: string, host: string, body = "hello"): Uint8Array[] {
  const connection = new TcpConnection({ client, clientPort: port++ });
  return [
    ...connection.open(),
    ...connection.request(httpRequest({ host })),
    ...connection.answer(httpResponse({ body })),
    ...connection.close(),
  ];
}

const datagram = (src: string, dst: string, sport: number, dport: number, data: Uint8Array) =>
  ethernet(ipv4({ src, dst, protocol: PROTOCOL.UDP }, udp({ sport, dport }, data)));

/** A device tells its name by multicast DNS. */
function announces(ip: string, name: string): Uint8Array {
  const record = concat(dnsName(name), u16(1), u16(0x8001), u32(120), prefixed(2, address(ip)));
  const header = concat(u16(0), u16(0x8400), u16(0), u16(1), u16(0), u16(0));
  return datagram(ip, "224.0.0.251", 5353, 5353, concat(header, record));
}

/** A REQUEST of DHCP for an address (option 50), with a name (option 12). */
function requests(ip: string, name: string): Uint8Array {
  const message = concat(
    bytes(1, 1, 6, 0),
    new Uint8Array(232),
    u32(0x63825363),
    bytes(53, 1, 3, 50, 4),
    address(ip),
    bytes(12),
    prefixed(1, text(name)),
    bytes(255),
  );
  return datagram("0.0.0.0", "255.255.255.255", 68, 67, message);
}

/** Somebody asks for the name of an address. */
function pointer(ip: string, name: string): Uint8Array[] {
  const reverse = `${ip.split(".").reverse().join(".")}.in-addr.arpa`;
  const asked = { name: reverse, type: 12, data: [dnsName(name)] };
  return [
    datagram("10.0.0.9", "10.0.0.53", 51000, 53, dnsQuery(asked)),
    datagram("10.0.0.53", "10.0.0.9", 53, 51000, dnsAnswer(asked)),
  ];
}

function fed(packets: readonly Uint8Array[], maxPairs = 5000, clients = true) {
  const pipeline = new Pipeline({ maxHosts: 1000, maxPairs, clients, event: null });
  pipeline.feed(batchOf(packets, FIRST_TIME), ETHERNET);
  pipeline.finish();
  return snapshotOf(pipeline, ETHERNET);
}

/** "client host": HTTP requests. */
function requestsOf(packets: readonly Uint8Array[]): Record<string, number> {
  const rows = namedClients(fed(packets).clients!);
  return Object.fromEntries(
    rows.filter(({ hits }) => hits[0]! > 0).map((
      { key, host, hits },
    ) => [`${key} ${host}`, hits[0]!]),
  );
}

Deno.test("hits and bytes are counted by client and host; their sums are those of the hosts", () => {
  const packets = [
    ...page("10.0.0.7", "a.test"),
    ...page("10.0.0.7", "a.test", "longer"),
    ...page("10.0.0.8", "a.test"),
    ...page("10.0.0.8", "b.test"),
  ];
  assert.deepEqual(requestsOf(packets), {
    "10.0.0.7 a.test": 2,
    "10.0.0.8 a.test": 1,
    "10.0.0.8 b.test": 1,
  });
  const { hosts, clients } = fed(packets);
  for (const host of hosts) {
    const own = clients!.pairs.filter((pair) => pair.host === host.name);
    assert.equal(sum(own.map(({ bytesSent }) => bytesSent)), host.bytesSent);
    assert.equal(sum(own.map(({ bytesReceived }) => bytesReceived)), host.bytesReceived);
    assert.equal(sum(own.map(({ connections }) => connections)), host.connections[0]);
  }
});

Deno.test("clients are named by multicast DNS, DHCP and reverse DNS; two addresses may be one", () => {
  const pages = ["10.0.0.7", "10.0.0.8"].flatMap((client) => page(client, "a.test"));
  const both = (name: string) => ({ [`${name} a.test`]: 1, "10.0.0.8 a.test": 1 });
  assert.deepEqual(requestsOf([...pages, announces("10.0.0.7", "phone.local")]), both("phone"));
  assert.deepEqual(requestsOf([requests("10.0.0.7", "laptop"), ...pages]), both("laptop"));
  assert.deepEqual(requestsOf([...pages, ...pointer("10.0.0.7", "nas.lan")]), both("nas.lan"));
  const same = ["10.0.0.7", "10.0.0.8"].map((ip) => announces(ip, "phone.local"));
  assert.deepEqual(requestsOf([...pages, ...same]), { "phone a.test": 2 });
});

Deno.test("what administrators say goes before what devices say, whichever comes first", () => {
  const said = [
    pointer("10.0.0.7", "nas.lan"),
    [requests("10.0.0.7", "nas")],
    [announces("10.0.0.7", "NAS-7.local")],
  ];
  for (const order of [[0, 1, 2], [2, 1, 0], [1, 0, 2]]) {
    const packets = [...order.flatMap((i) => said[i]!), ...page("10.0.0.7", "a.test")];
    assert.deepEqual(requestsOf(packets), { "nas.lan a.test": 1 });
  }
});

Deno.test("names of devices are printable and short, and never ~other", () => {
  const hostile = ["\x1b[2J", "~other", "x".repeat(63)];
  for (const name of hostile) {
    const [label] = Object.keys(requestsOf([
      announces("10.0.0.7", name),
      ...page("10.0.0.7", "a.test"),
    ]));
    const client = label!.split(" ")[0]!;
    assert.ok(/^[\x21-\x7e]{1,63}$/.test(client) && client !== "~other", client);
  }
});

Deno.test("with more pairs than --max-pairs the rest are counted in ~other, and none is lost", () => {
  const packets = Array.from({ length: 40 }, (_, i) => page(`10.0.1.${i}`, `h${i}.test`)).flat();
  const { clients, pairsFolded } = fed(packets, 10);
  assert.ok(clients!.pairs.length <= 11, `${clients!.pairs.length} pairs`);
  assert.equal(sum(clients!.pairs.map(({ hits }) => hits[0]!)), 40);
  assert.ok(clients!.pairs.some(({ key }) => key === "~other"));
  assert.ok(pairsFolded.some(({ kind, count }) => kind === "client" && count >= 29));
});

Deno.test("names of more devices than are kept drive out the oldest, which is counted", () => {
  const packets = Array.from(
    { length: 5000 },
    (_, i) => announces(`10.1.${i >> 8}.${i & 255}`, `d${i}.local`),
  );
  const pipeline = new Pipeline({ maxHosts: 10, clients: true, event: null });
  for (let at = 0; at < packets.length; at += 1000) {
    pipeline.feed(batchOf(packets.slice(at, at + 1000), FIRST_TIME), ETHERNET);
  }
  const { clients, evicted } = snapshotOf(pipeline, ETHERNET);
  assert.equal(clients!.names.size, 4096);
  assert.equal(evicted.find(({ what }) => what === "clients")!.count, 5000 - 4096);
});

Deno.test("without --clients nothing of this is kept", () => {
  assert.equal(fed(page("10.0.0.7", "a.test"), 10, false).clients, null);
});
