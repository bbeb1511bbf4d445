// From packets to counters and events, with all parts together.

import assert from "node:assert/strict";
import {
  clientHello,
  dnsAnswer,
  dnsQuery,
  ethernet,
  filler,
  httpRequest,
  httpResponse,
  ipv4,
  ipv4Fragments,
  PROTOCOL,
  serverHello,
  tcp,
  TcpConnection,
  tlsRecords,
  udp,
} from "../../tests/packet_builder.ts";
import { batchOf, ETHERNET, Feed } from "../../tests/packets/feed.ts";
import { FIRST_TIME } from "../../tests/packets/files.ts";
import { Wire } from "../../tests/packets/wire.ts";
import { PHASES } from "../hosts/fields.ts";
import { Pipeline } from "./pipeline.ts";
import { snapshotOf } from "./testing.ts";
import { hitsBy } from "../outputs/example.ts";

const question = (message = dnsQuery()): Uint8Array =>
  ethernet(ipv4({ protocol: PROTOCOL.UDP }, udp({}, message)));

const reply = (message = dnsAnswer()): Uint8Array =>
  ethernet(ipv4(
    { src: "10.0.0.2", dst: "10.0.0.1", protocol: PROTOCOL.UDP },
    udp({ sport: 53, dport: 51000 }, message),
  ));

/** Without control characters and other unsafe ones. */
const PLAIN = /^[^\p{Cc}\u2028-\u202e]+$/u;

/** A page over HTTP: connection, request and response. */
function page(host: string | null, options: { status?: number; body?: string } = {}): Uint8Array[] {
  const connection = new TcpConnection();
  return [
    ...connection.open(),
    ...connection.request(httpRequest({ host })),
    ...connection.answer(httpResponse(options)),
    ...connection.close(),
  ];
}

Deno.test("a request is counted by host, with its phases, sizes and address", () => {
  const host = new Feed().feed(page("a.example", { status: 404, body: "gone" })).host("a.example");
  assert.deepEqual(host.hits, hitsBy({ http: 1 }));
  assert.equal(host.errors, 1);
  assert.deepEqual(host.requests, [{ method: "GET", code: "404", version: "1.1", count: 1 }]);
  assert.deepEqual(host.addresses, [{ ip: "10.0.0.2", hits: hitsBy({ http: 1 }) }]);
  assert.deepEqual([host.requestBodyBytes, host.responseBodyBytes], [0, 4]);
  const timed = PHASES.filter((_, i) => host.phases[i] !== null);
  assert.deepEqual(timed, ["connect", "processing", "transfer"]);
  for (const phase of ["connect", "processing"] as const) {
    const seconds = host.phases[PHASES.indexOf(phase)]!.sum;
    assert.ok(Math.abs(seconds - 0.001) < 1e-9, `${phase}: ${seconds}`);
  }
});

Deno.test("a request without a host is the server's address in the store, and nothing in the event", () => {
  const feed = new Feed().feed(page(null));
  assert.deepEqual(feed.hostNames, ["10.0.0.2"]);
  assert.equal(feed.events[0]!["host"], "");
});

Deno.test("events have the fields of their kind, and go from client to server", () => {
  const tls = new TcpConnection({ serverPort: 443 });
  const feed = new Feed().feed([
    ...page("a.example", { body: "hello" }),
    question(),
    reply(dnsAnswer({ addresses: ["192.0.2.1"] })),
    ...tls.open(),
    ...tls.request(tlsRecords(clientHello({ alpn: ["h2"] }))),
    ...tls.answer(tlsRecords(serverHello())),
  ]);
  const [http, dns, handshake] = feed.events;
  const from = { src: "10.0.0.1", sport: 51000, dst: "10.0.0.2" };
  assert.deepEqual(http, {
    ts: FIRST_TIME / 1e6 + 0.003,
    kind: "http",
    ...from,
    dport: 80,
    host: "a.example",
    method: "GET",
    target: "/",
    version: "1.1",
    status: 200,
    request_bytes: 0,
    response_bytes: 5,
    duration_ms: 1,
    content_type: null,
    user_agent: null,
    domain: "a.example",
    name_source: "host",
  });
  assert.deepEqual([
    dns!["kind"],
    dns!["dport"],
    dns!["rcode"],
    dns!["answers"],
    dns!["duration_ms"],
  ], [
    "dns",
    53,
    "NOERROR",
    ["192.0.2.1"],
    1,
  ]);
  assert.deepEqual([handshake!["kind"], handshake!["host"], handshake!["version"]], [
    "tls",
    "example.com",
    "1.3",
  ]);
});

Deno.test("names from the wire can forge neither lines of events nor labels", () => {
  const names = [
    'a"}\n{"kind":"x"}',
    "\x1b[31mred",
    "a\u2028b",
    "\u202eevil",
    "a\\",
    "~other",
    "\xff\xfe",
  ];
  for (const name of names) {
    const messages = [
      question(dnsQuery({ name: name.replaceAll(".", "_") })),
      ...new TcpConnection({ serverPort: 443 }).request(
        tlsRecords(clientHello({ serverName: name })),
      ),
    ];
    const feed = new Feed().feed(messages).finish();
    assert.equal(feed.lines.length, 2);
    for (const line of feed.lines) {
      assert.equal(line.at(-1), "\n");
      assert.match(line.slice(0, -1), PLAIN);
      assert.ok(["dns", "tls"].includes((JSON.parse(line) as { kind: string }).kind));
    }
    for (const host of feed.hostNames) assert.match(host, PLAIN);
    assert.ok(!feed.hostNames.includes("~other"));
  }
});

Deno.test("packets are counted by interface, decode errors by layer and reason", () => {
  const good = ethernet(ipv4({}, tcp({})));
  const packets = [
    { data: good, length: 1500 },
    { data: good.slice(0, 30), length: good.length },
    { data: ethernet(ipv4({ length: 10 }, tcp({}))) },
    { data: good, interface: 1 },
  ];
  const feed = new Feed();
  const interfaces = [...ETHERNET, { name: "odd", linkType: 65000 }];
  feed.pipeline.feed(batchOf(packets, FIRST_TIME), interfaces);
  const snapshot = snapshotOf(feed.pipeline, interfaces, [{ kernel: 3, interface: 1 }], 9);
  assert.deepEqual(snapshot.interfaces, [
    {
      name: "eth0",
      packets: 3,
      bytes: 1500 + good.length * 2,
      dropped: { kernel: 3, interface: 1 },
    },
    { name: "odd", packets: 1, bytes: good.length, dropped: null },
  ]);
  const errors = snapshot.decodeErrors.map(({ layer, reason, count }) =>
    `${layer} ${reason} ${count}`
  );
  assert.deepEqual(errors.sort(), ["ipv4 malformed 1", "ipv4 truncated 1", "link unsupported 1"]);
  assert.equal(snapshot.eventsDropped, 9);
});

Deno.test("broken messages are decode errors too, DNS is counted by type and code", () => {
  const broken = dnsQuery().slice(0, 20);
  const odd = dnsQuery({ id: 2, type: 65280 });
  const feed = new Feed().feed([question(), reply(), question(odd), question(broken)]).finish();
  const { dnsQueries, decodeErrors } = feed.snapshot;
  assert.deepEqual(dnsQueries, [
    { type: "A", rcode: "NOERROR", count: 1 },
    { type: "other", rcode: "", count: 1 },
  ]);
  assert.deepEqual(decodeErrors, [{ layer: "dns", reason: "malformed", count: 1 }]);
});

Deno.test("names carry no userinfo, path or query; what was cut is malformed", () => {
  const feed = new Feed().feed([
    ...page("h.test/path?k=secret"),
    ...page("http://scheme.test/"),
    ...page("plain.test:8080"),
  ]);
  const tunnel = new TcpConnection();
  const connect = "CONNECT user:pass@proxied.test:443 HTTP/1.1\r\n\r\n";
  feed.feed([...tunnel.open(), ...tunnel.request(new TextEncoder().encode(connect))]).finish();
  assert.deepEqual(feed.hostNames, ["h.test", "http://scheme.test/", "plain.test", "proxied.test"]);
  const errors = feed.snapshot.decodeErrors;
  assert.deepEqual(errors, [{ layer: "http", reason: "name", count: 2 }]);
});

Deno.test("fragments are reassembled, and counted one by one", () => {
  const wire = new Wire();
  const request = httpRequest({ headers: { Cookie: "c".repeat(3000) } });
  const segment = tcp({ seq: 1001, ack: 5001, dport: 80, flags: 0x18 }, request);
  const fragments = ipv4Fragments({}, segment, 1000).map((fragment) => ethernet(fragment));
  const feed = new Feed().feed([...wire.open(), ...fragments.toReversed()]);
  assert.deepEqual(feed.host("example.com").hits, hitsBy({ http: 1 }));
  assert.equal(feed.snapshot.interfaces[0]!.packets, 3 + fragments.length);
});

Deno.test("only the requested number of packets of a batch is counted", () => {
  const feed = new Feed();
  const packets = page("a.example");
  feed.pipeline.feed(batchOf(packets, FIRST_TIME), ETHERNET, 4);
  assert.equal(feed.snapshot.interfaces[0]!.packets, 4);
  assert.deepEqual(feed.lines, []);
  feed.finish();
  assert.equal(feed.events[0]!["status"], null);
});

Deno.test("the time is that of the packets: idle flows expire, whatever the batches", () => {
  const wire = new Wire();
  const feed = new Feed().feed([...wire.open(), wire.client(0, httpRequest())]);
  assert.deepEqual(feed.lines, []);
  assert.equal(feed.snapshot.time, FIRST_TIME + 3000);
  feed.clock += 400e6;
  feed.feed([question()]);
  assert.equal(feed.events.length, 1);
  assert.equal(feed.snapshot.flowsEvicted.find(({ reason }) => reason === "idle")!.count, 1);
  assert.equal(feed.snapshot.flowsOpen, 1);
});

Deno.test("a file that is older than the one before is counted as well", () => {
  const feed = new Feed().feed([question()]);
  feed.clock -= 30 * 86400e6;
  const wire = new Wire();
  feed.feed(wire.open()).feed([wire.client(0, httpRequest())]);
  feed.feed([wire.server(0, httpResponse({ body: "hello" }), { ack: httpRequest().length })]);
  assert.equal(feed.events.at(-1)!["status"], 200);
  assert.equal(feed.snapshot.time, FIRST_TIME);
});

Deno.test("open transactions are reported at the end, once", () => {
  const wire = new Wire();
  const feed = new Feed().feed([...wire.open(), wire.client(0, httpRequest()), question()]);
  feed.finish().finish();
  assert.deepEqual(feed.events.map(({ kind }) => kind).sort(), ["dns", "http"]);
  const { hosts, flowsOpen } = feed.snapshot;
  assert.equal(flowsOpen, 0);
  assert.ok(hosts.every((host) => host.connectionsOpen.every((open) => open === 0)));
});

Deno.test("a reset sets all counters to zero, and open connections go on", () => {
  const wire = new Wire();
  const request = httpRequest();
  const answer = httpResponse({ body: "hello" });
  const exchange = (i: number) => [
    wire.client(i * request.length, request, { ack: i * answer.length }),
    wire.server(i * answer.length, answer, { ack: (i + 1) * request.length }),
  ];
  const feed = new Feed().feed([...wire.open(), ...exchange(0), ...page("b.example"), question()]);
  feed.pipeline.reset();
  assert.deepEqual(feed.hostNames, ["example.com"]);
  assert.equal(feed.snapshot.interfaces[0]!.packets, 0);
  feed.feed(exchange(1));
  const host = feed.host("example.com");
  assert.deepEqual(host.hits, hitsBy({ http: 1 }));
  assert.deepEqual(host.requests, [{ method: "GET", code: "200", version: "1.1", count: 1 }]);
  assert.deepEqual(host.addresses, [{ ip: "10.0.0.2", hits: hitsBy({ http: 1 }) }]);
  assert.deepEqual(host.connectionsOpen, [1, 0]);
  assert.equal(
    host.bytesSent + host.bytesReceived,
    exchange(1).reduce((n, { length }) => n + length, 0),
  );
});

Deno.test("the same packets give the same counts, in one batch or in many", () => {
  const packets: Uint8Array[] = [];
  for (let i = 0; i < 200; i++) {
    const wire = new Wire({ clientPort: 2000 + i });
    packets.push(
      ...wire.open(),
      wire.client(0, httpRequest({ host: `${i % 7}.example` })),
      wire.server(0, httpResponse({ body: "x".repeat(i) }), { ack: 1000 }),
    );
  }
  const [one, many] = [new Feed().feed(packets), new Feed()];
  for (let at = 0; at < packets.length; at += 7) many.feed(packets.slice(at, at + 7));
  one.finish();
  many.finish();
  assert.deepEqual(many.lines, one.lines);
  assert.deepEqual(many.snapshot.hosts, one.snapshot.hosts);
});

Deno.test("without --events no line is made", () => {
  const pipeline = new Pipeline({ maxHosts: 10, event: null });
  pipeline.feed(batchOf(page("a.example"), FIRST_TIME), ETHERNET);
  assert.equal(snapshotOf(pipeline, ETHERNET).hosts[0]!.hits[0], 1);
});

Deno.test("a packet with a missing fragment is counted, until a reset", () => {
  const fragments = () =>
    ipv4Fragments({ protocol: PROTOCOL.UDP }, udp({}, dnsQuery({ name: "a.example" })), 16)
      .map((fragment) => ethernet(fragment));
  const feed = new Feed().feed(fragments().slice(1));
  assert.deepEqual(feed.snapshot.decodeErrors, []);
  feed.wait(31).feed(fragments());
  assert.deepEqual(feed.snapshot.decodeErrors, [
    { layer: "fragment", reason: "incomplete", count: 1 },
  ]);
  feed.pipeline.reset();
  assert.deepEqual(feed.snapshot.decodeErrors, []);
});

Deno.test("packets of which not all fragments could be joined are counted when a capture ends", () => {
  const datagram = (length: number) => ({ protocol: PROTOCOL.UDP, id: length });
  const fragments = (length: number) =>
    ipv4Fragments(datagram(length), udp({}, filler(length)), 16).map((each) => ethernet(each));
  const incomplete = [{ layer: "fragment", reason: "incomplete", count: 2 }];
  const feed = new Feed().feed([
    ...fragments(100),
    ...fragments(200).slice(1),
    // Too many.
    ...fragments(3000),
  ]);
  feed.pipeline.separate();
  assert.deepEqual(feed.snapshot.decodeErrors, incomplete);
  assert.deepEqual(feed.finish().snapshot.decodeErrors, incomplete);
});

Deno.test("connections are not followed across separate captures; the counts stay", () => {
  const connection = new TcpConnection();
  const asked = [
    ...connection.open(),
    ...connection.request(httpRequest({ host: "a.example" })),
  ];
  const answer = connection.answer(httpResponse());
  const joined = new Feed().feed([...asked, asked[0]!]).feed(answer);
  assert.equal(joined.events[0]!["status"], 200);

  const feed = new Feed().feed([...asked, asked[0]!]);
  feed.pipeline.separate();
  assert.deepEqual(feed.events.map(({ status }) => status), [null]);
  assert.equal(feed.snapshot.flowsOpen, 0);
  feed.feed(answer);
  assert.equal(feed.host("a.example").phases[PHASES.indexOf("processing")], null);
  assert.deepEqual(feed.host("a.example").hits, hitsBy({ http: 1 }));
  assert.equal(feed.snapshot.repeatedPackets, joined.snapshot.repeatedPackets);
});

Deno.test("that memory is short is said once a minute", () => {
  const warnings: string[] = [];
  const pipeline = new Pipeline({
    maxHosts: 10,
    event: null,
    memory: 2 << 20,
    warn: (message) => warnings.push(message),
  });
  // Half a line on each of many connections.
  const flood = (time: number) => {
    for (let batch = 0; batch < 4; batch++) {
      const packets = Array.from(
        { length: 500 },
        (_, i) =>
          new Wire({ clientPort: 1024 + batch * 500 + i }).client(0, `GET /${"x".repeat(1000)}`),
      );
      pipeline.feed(batchOf(packets, time + batch), ETHERNET);
    }
  };
  flood(FIRST_TIME);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /^Memory is short: \d+ connections or hosts were given up .*--memory/);
  flood(FIRST_TIME + 30e6);
  assert.equal(warnings.length, 1);
  flood(FIRST_TIME + 90e6);
  assert.equal(warnings.length, 2);
});

Deno.test("segments of a body that come in another order are no gaps, neither passed nor lost", () => {
  const wire = new Wire();
  const head = "HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n";
  const body = (from: number) => wire.server(head.length + from, "x".repeat(1000));
  const feed = new Feed().feed([
    ...wire.open(),
    wire.client(0, "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"),
    wire.server(0, head),
    ...[2000, 1000, 3000, 0].map(body),
  ]).finish();
  const outcomes = feed.snapshot.streamGapOutcomes.map(({ outcome, count }) => [outcome, count]);
  assert.deepEqual(outcomes, [["passed", 0], ["lost", 0], ["resynchronised", 0]]);
});
