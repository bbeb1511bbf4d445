import assert from "node:assert/strict";
import { viewOf } from "../hosts/columns.ts";
import { HOST_NUMBERS, HOST_TABLES, HOST_VECTORS } from "../hosts/fields.ts";
import { busyHost, exampleHost, exampleSnapshot } from "./example.ts";
import { reportJson } from "./report_json.ts";

const PLAIN = { ip: false, place: null };

Deno.test("the report has the shape that it promises", () => {
  const snapshot = exampleSnapshot({
    hosts: [exampleHost("quiet"), busyHost("busy")],
    interfaces: [{ name: "eth0", packets: 1, bytes: 60, dropped: { kernel: 2, interface: 3 } }],
    decodeErrors: [{ layer: "tcp", reason: "truncated", count: 1 }],
    dnsQueries: [{ type: "A", rcode: "", count: 4 }],
    flowsEvicted: [{ reason: "idle", count: 5 }],
    flowsOpen: 6,
    streamGaps: 7,
    hostsFolded: 8,
    routesFolded: [{ reason: "full", count: 1 }],
    eventsDropped: 9,
  });
  const { webstat, hosts, ...rest } = JSON.parse(reportJson(snapshot, viewOf(PLAIN)));
  assert.match(webstat, /^\d+\.\d+\.\d+$/);
  assert.deepEqual(rest, {
    time: 1_700_000_001,
    interfaces: [{ name: "eth0", packets: 1, bytes: 60, dropped: { kernel: 2, interface: 3 } }],
    decode_errors: [{ layer: "tcp", reason: "truncated", count: 1 }],
    dns_queries: [{ type: "A", rcode: "", count: 4 }],
    flows_evicted: [{ reason: "idle", count: 5 }],
    evicted: [],
    flows_open: 6,
    stream_gaps: 7,
    stream_gap_outcomes: [],
    connections_by_name_source: [],
    unnamed_hellos: [],
    decryptions: [],
    repeated_packets: 0,
    hosts_folded: 8,
    routes_folded: [{ reason: "full", count: 1 }],
    pairs_folded: [],
    processes_found: [],
    events_dropped: 9,
  });
  const [busy, quiet] = hosts;
  assert.deepEqual(Object.keys(busy), [
    "host",
    "hits",
    "requests",
    "errors",
    "processing_p50_seconds",
    "processing_p95_seconds",
    "received_bytes",
    "sent_bytes",
    "domain",
    "last_seen",
    "hits_by_source",
    "http_requests",
    "tls_handshakes",
    "quic_handshakes",
    "connections_by_name_source",
    "grpc_responses",
    "processes",
    "phases",
    "decrypted_requests",
    "request_body_bytes",
    "response_body_bytes",
    "connections",
    "connections_open",
    "first_seen",
  ]);
  assert.deepEqual([busy.host, busy.hits, busy.requests, busy.last_seen], [
    "busy",
    166,
    120,
    1_700_000_000.5,
  ]);
  assert.deepEqual(busy.hits_by_source, { http: 120, tls: 30, quic: 4, dns: 12 });
  assert.deepEqual(busy.connections, { tcp: 40, udp: 4 });
  assert.equal(busy.phases.processing.count, 8);
  const { buckets } = busy.phases.processing;
  const bounds = "0.0005 0.001 0.0025 0.005 0.01 0.025 0.05 0.1 0.25 0.5 1.0 2.5 5.0 10.0 +Inf";
  assert.deepEqual(Object.keys(buckets), bounds.split(" "), "in order");
  assert.deepEqual([buckets["0.0005"], buckets["10.0"], buckets["+Inf"]], [5, 7, 8]);
  assert.equal(quiet.phases.processing, null);
  assert.equal(quiet.processing_p50_seconds, null);
});

Deno.test("addresses are there if a column asks for them, with the values of all columns", () => {
  const place = (ip: string) => ({ city: ip === "192.0.2.1" ? "Paris" : "?", country: "FR" });
  const snapshot = exampleSnapshot({ hosts: [busyHost("busy")] });
  const [host] = JSON.parse(reportJson(snapshot, viewOf({ ip: true, place }))).hosts;
  assert.deepEqual(host.addresses[0], {
    ip: "192.0.2.1",
    city: "Paris",
    country: "FR",
    hits: 150,
    hits_by_source: { http: 120, tls: 30, quic: 0, dns: 0 },
  });
  assert.deepEqual(Object.keys(host.addresses[1]).slice(0, 3), ["ip", "city", "country"]);
  assert.equal(host.addresses[1].city, "", "an address that was not seen is nowhere");
});

Deno.test("before the first packet there is no time", () => {
  assert.equal(JSON.parse(reportJson(exampleSnapshot({ time: 0 }), viewOf(PLAIN))).time, null);
});

Deno.test("names from the wire are escaped", () => {
  const text = reportJson(
    exampleSnapshot({ hosts: [exampleHost("\x9b31m\u202e")] }),
    viewOf(PLAIN),
  );
  assert.doesNotMatch(text.trimEnd(), /[\p{Cc}\p{Cf}]/u);
  assert.equal(JSON.parse(text).hosts[0].host, "\x9b31m\u202e");
});

Deno.test("no key of a host comes twice", () => {
  const view = viewOf({ ip: true, place: () => ({ city: "", country: "" }) });
  const fields = [...Object.values(HOST_NUMBERS), ...Object.values(HOST_VECTORS)];
  const keys = [
    ...view.columns.flatMap((column) => column.of === "host" ? [column.key] : []),
    ...fields.flatMap(({ json }) => json ?? []),
    ...Object.values(HOST_TABLES).map(({ json }) => json),
    "addresses",
    "hits_by_source",
    "phases",
  ];
  const [host] = JSON.parse(reportJson(exampleSnapshot({ hosts: [exampleHost("a")] }), view)).hosts;
  assert.deepEqual(Object.keys(host).sort(), keys.sort());
});
