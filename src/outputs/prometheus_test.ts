import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { Counter, Registry } from "prom-client";
import { type ColumnContext, viewOf } from "../hosts/columns.ts";
import { OTHER_HOST } from "../hosts/label_values.ts";
import { pairKey } from "../hosts/pair_table.ts";
import type { Snapshot } from "../hosts/snapshot.ts";
import {
  busyHost,
  exampleDurations,
  exampleHost,
  exampleSnapshot,
  hitsBy,
  hostOfAll,
} from "./example.ts";
import { textPage } from "./exposition.ts";
import { familiesOf } from "./families.ts";
import type { Family } from "./family.ts";
import { gzipped } from "./page_encoding.ts";
import { SeriesTally } from "./series.ts";
import { Prometheus } from "./prometheus.ts";

const PLAIN: ColumnContext = { ip: false, place: null };

const place = (ip: string) =>
  ip.startsWith("192.0.2.") ? { city: "Paris", country: "FR" } : { city: "Oslo", country: "NO" };

function page(snapshot: Snapshot, context = PLAIN): string {
  return new TextDecoder().decode(
    new Prometheus(viewOf(context)).page(snapshot),
  );
}

/** The lines of one metric, in the order of the page. */
function samples(text: string, name: string): string[] {
  return text.split("\n").filter((line) =>
    line.startsWith(name + "{") || line.startsWith(name + " ")
  )
    .map((line) => line.slice(name.length));
}

Deno.test("hits have a series for each source with any", () => {
  const text = page(
    exampleSnapshot({ hosts: [exampleHost("a.example", { hits: hitsBy({ http: 3, dns: 2 }) })] }),
  );
  assert.deepEqual(samples(text, "webstat_hits_total"), [
    '{host="a.example",source="http"} 3',
    '{host="a.example",source="dns"} 2',
  ]);
});

Deno.test("with --ip hits have a series for each address, and the sum stays", () => {
  const host = exampleHost("a.example", {
    hits: hitsBy({ http: 3, dns: 2 }),
    addresses: [
      { ip: "192.0.2.1", hits: hitsBy({ http: 1 }) },
      { ip: "other", hits: hitsBy({ http: 2 }) },
      { ip: "", hits: hitsBy({ dns: 2 }) },
    ],
  });
  const text = page(exampleSnapshot({ hosts: [host] }), { ip: true, place: null });
  assert.deepEqual(samples(text, "webstat_hits_total"), [
    '{host="a.example",source="http",ip="192.0.2.1"} 1',
    '{host="a.example",source="http",ip="other"} 2',
    '{host="a.example",source="dns",ip=""} 2',
  ]);
});

Deno.test("with --location two addresses in one city are one series", () => {
  const host = exampleHost("a.example", {
    hits: hitsBy({ http: 7 }),
    addresses: [
      { ip: "192.0.2.1", hits: hitsBy({ http: 1 }) },
      { ip: "192.0.2.2", hits: hitsBy({ http: 2 }) },
      { ip: "198.51.100.1", hits: hitsBy({ http: 3 }) },
      { ip: "other", hits: hitsBy({ http: 1 }) },
    ],
  });
  const snapshot = exampleSnapshot({ hosts: [host] });
  assert.deepEqual(samples(page(snapshot, { ip: false, place }), "webstat_hits_total"), [
    '{host="a.example",source="http",city="Paris",country="FR"} 3',
    '{host="a.example",source="http",city="Oslo",country="NO"} 3',
    '{host="a.example",source="http",city="",country=""} 1',
  ]);
  const both = samples(page(snapshot, { ip: true, place }), "webstat_hits_total");
  assert.equal(
    both[0],
    '{host="a.example",source="http",ip="192.0.2.1",city="Paris",country="FR"} 1',
  );
  assert.equal(both.length, 4);
});

Deno.test("histograms are cumulative and end at their count", () => {
  const phases = [null, null, null, exampleDurations({ 0: 2, 2: 1, 14: 1 }, 20.5), null, null];
  const text = page(exampleSnapshot({ hosts: [exampleHost("a.example", { phases })] }));
  const name = "webstat_phase_duration_seconds";
  const labels = 'host="a.example",phase="processing"';
  const buckets = samples(text, `${name}_bucket`);
  assert.equal(buckets.length, 15);
  assert.equal(buckets[0], `{${labels},le="0.0005"} 2`);
  assert.equal(buckets[1], `{${labels},le="0.001"} 2`);
  assert.equal(buckets[2], `{${labels},le="0.0025"} 3`);
  assert.equal(buckets[13], `{${labels},le="10.0"} 3`);
  assert.equal(buckets[14], `{${labels},le="+Inf"} 4`);
  assert.deepEqual(samples(text, `${name}_sum`), [`{${labels}} 20.5`]);
  assert.deepEqual(samples(text, `${name}_count`), [`{${labels}} 4`]);
  assert.doesNotMatch(text, /phase="connect"/);
});

Deno.test("the metrics of a busy host are all there", () => {
  const text = page(exampleSnapshot({ hosts: [busyHost("a.example")] }));
  const first = (name: string) => samples(text, name)[0];
  assert.equal(
    first("webstat_http_requests_total"),
    '{host="a.example",method="GET",code="200",version="1.1"} 100',
  );
  assert.equal(samples(text, "webstat_http_requests_total").at(-1)!.includes('code=""'), true);
  assert.equal(first("webstat_http_request_body_bytes_total"), '{host="a.example"} 1000');
  assert.equal(first("webstat_http_response_body_bytes_total"), '{host="a.example"} 200000');
  assert.deepEqual(samples(text, "webstat_host_bytes_total"), [
    '{host="a.example",direction="sent"} 34000',
    '{host="a.example",direction="received"} 1234567',
  ]);
  assert.deepEqual(samples(text, "webstat_host_connections_open"), [
    '{host="a.example",transport="tcp"} 2',
    '{host="a.example",transport="udp"} 0',
  ]);
  assert.equal(
    first("webstat_tls_handshakes_total"),
    '{host="a.example",version="1.3",alpn=""} 25',
  );
});

Deno.test("the counters of the capture are there", () => {
  const text = page(exampleSnapshot({
    interfaces: [
      { name: "eth0", packets: 10, bytes: 1000, dropped: { kernel: 2, interface: 1 } },
      { name: "a.pcap", packets: 1, bytes: 60, dropped: null },
      { name: "a.pcap", packets: 2, bytes: 70, dropped: null },
    ],
    dnsQueries: [{ type: "A", rcode: "NXDOMAIN", count: 4 }],
    decodeErrors: [{ layer: "ipv4", reason: "truncated", count: 5 }],
    flowsEvicted: [{ reason: "idle", count: 6 }],
    streamGaps: 7,
    flowsOpen: 8,
    hostsFolded: 9,
    hostsKept: 1,
    hosts: [exampleHost("a"), exampleHost(OTHER_HOST)],
  }));
  assert.deepEqual(samples(text, "webstat_capture_packets_total"), [
    '{interface="eth0"} 10',
    '{interface="a.pcap"} 3',
  ]);
  assert.deepEqual(samples(text, "webstat_capture_dropped_total"), [
    '{interface="eth0",by="kernel"} 2',
    '{interface="eth0",by="interface"} 1',
  ]);
  assert.deepEqual(samples(text, "webstat_dns_queries_total"), ['{type="A",rcode="NXDOMAIN"} 4']);
  assert.deepEqual(samples(text, "webstat_decode_errors_total"), [
    '{layer="ipv4",reason="truncated"} 5',
  ]);
  assert.deepEqual(samples(text, "webstat_flows_evicted_total"), ['{reason="idle"} 6']);
  assert.deepEqual(samples(text, "webstat_stream_gaps_total"), [" 7"]);
  assert.deepEqual(samples(text, "webstat_flows_open"), [" 8"]);
  assert.deepEqual(samples(text, "webstat_hosts"), [" 1"]);
  assert.deepEqual(samples(text, "webstat_hosts_folded_total"), [" 9"]);
});

Deno.test("the metrics of webstat's own process are there", () => {
  const text = page(exampleSnapshot());
  assert.match(text, /^webstat_build_info\{version="\d+\.\d+\.\d+",deno="\d+\.\d+\.\d+"\} 1$/m);
  const cpu = Number(samples(text, "process_cpu_seconds_total")[0]);
  assert.ok(cpu > 0 && cpu < 3600, `${cpu} s of CPU`);
  assert.ok(Number(samples(text, "process_resident_memory_bytes")[0]) > 1e6);
  const age = Date.now() / 1000 - Number(samples(text, "process_start_time_seconds")[0]);
  assert.ok(age >= 0 && age < 3600, `started ${age} s ago`);
  if (Deno.build.os === "linux") {
    assert.ok(Number(samples(text, "process_open_fds")[0]) > 2);
    assert.ok(Number(samples(text, "process_max_fds")[0]) > 2);
  }
});

Deno.test("no host name can forge a line or a label", () => {
  const hostile = 'evil"} 1\nwebstat_hits_total{host="forged\\\r\n\u2028';
  const text = page(exampleSnapshot({
    hosts: [exampleHost(hostile, { hits: hitsBy({ http: 1 }) })],
  }));
  assert.deepEqual(samples(text, "webstat_hits_total"), [
    '{host="evil\\"} 1\\nwebstat_hits_total{host=\\"forged\\\\\\n\u2028",source="http"} 1',
  ]);
  assert.doesNotMatch(text, /\r/);
});

Deno.test("labels are escaped as prom-client escapes them", async () => {
  const registry = new Registry();
  const counter = new Counter({
    name: "c_total",
    help: "h",
    labelNames: ["a", "b"],
    registers: [registry],
  });
  const text = fc.string({
    unit: fc.constantFrom("\\", '"', "\n", "{", "}", "=", ",", "é", "😀", "x"),
  });
  await fc.assert(fc.asyncProperty(text, text, async (a, b) => {
    counter.reset();
    counter.inc({ a, b }, 2.5);
    const family: Family = {
      name: "c_total",
      help: "h",
      type: "counter",
      values: () => [[{ a, b }, 2.5]],
    };
    assert.equal(
      new TextDecoder().decode(
        textPage([family], exampleSnapshot(), viewOf(PLAIN), new SeriesTally("text")),
      ),
      await registry.metrics(),
    );
  }));
});

Deno.test("no name of a metric comes twice, and only those of counters end in _total", () => {
  const families = familiesOf(viewOf(PLAIN));
  assert.equal(new Set(families.map(({ name }) => name)).size, families.length);
  for (const { name, type } of families) {
    assert.match(name, /^webstat_[a-z_]+$/);
    assert.equal(name.endsWith("_total"), type === "counter", name);
  }
});

Deno.test("OpenMetrics tells of no host since when it is counted, in no metric", () => {
  const hits = hitsBy({ http: 1 });
  const row = { host: "a.example", connections: 1, bytesSent: 1, bytesReceived: 1, hits };
  const snapshot = exampleSnapshot({
    hosts: [hostOfAll("a.example")],
    processes: [{ ...row, key: pairKey("curl", "") }],
    clients: { pairs: [{ ...row, key: "10.0.0.1" }], names: new Map() },
  });
  const view = { ...viewOf(PLAIN), legacyName: "url_access_count_total" } as const;
  const text = new TextDecoder().decode(new Prometheus(view).page(snapshot, "openMetrics"));
  const lines = text.split("\n");
  const ofHost = lines.filter((line) => line.includes('"a.example"'));
  for (const name of ["url_access_count", "webstat_process_hits", "webstat_client_hits"]) {
    assert.ok(ofHost.some((line) => line.startsWith(`${name}_total{`)), name);
  }
  assert.deepEqual(ofHost.filter((line) => line.includes("_created{")), []);
  assert.ok(lines.some((line) => line.startsWith("webstat_stream_gaps_created ")));
});

Deno.test("webstat_series says how many series the page has", async () => {
  const prometheus = new Prometheus(viewOf({ ip: true, place }));
  for (const hosts of [[], [busyHost("a.example")], [busyHost("a.example"), busyHost("b")]]) {
    const text = new TextDecoder().decode(await prometheus.page(exampleSnapshot({ hosts })));
    const series = text.match(/^[^#\n]/gm)!.length;
    assert.deepEqual(samples(text, "webstat_series"), [` ${series}`]);
    assert.equal(prometheus.series, series);
  }
});

Deno.test("pages of different sizes, one after the other, in the same memory or in new", () => {
  const prometheus = new Prometheus(viewOf(PLAIN));
  const pageOf = (...names: string[]) =>
    textOf(prometheus.page(exampleSnapshot({ hosts: names.map(busyHost) })));
  const textOf = (page: Uint8Array) =>
    new TextDecoder().decode(page).replaceAll(/^(process|webstat_process)_.*\n/gm, "");
  const many = Array.from({ length: 300 }, (_, i) => `host-${i}.example`);
  const [few, all] = [pageOf("a.example"), pageOf(...many)];
  assert.ok(all.length > 1e6);
  assert.equal(pageOf("a.example"), few);
  prometheus.release();
  assert.equal(pageOf(...many), all);
  const snapshot = exampleSnapshot({ hosts: [busyHost("a.example")] });
  const packed = prometheus.page(snapshot, "text", gzipped);
  assert.equal(textOf(gunzipSync(packed)), few);
});

Deno.test({
  name: "promtool accepts the page",
  ignore: !installed("promtool"),
  async fn() {
    const hosts = [busyHost("a.example"), busyHost('q"uote\n'), exampleHost("quiet")];
    const interfaces = [{
      name: "eth0",
      packets: 1,
      bytes: 1,
      dropped: { kernel: 0, interface: 0 },
    }];
    const text = page(exampleSnapshot({ hosts, interfaces }), { ip: true, place });
    const promtool = new Deno.Command("promtool", {
      args: ["check", "metrics"],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = promtool.stdin.getWriter();
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
    const { code, stdout, stderr } = await promtool.output();
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assert.equal(said, "");
    assert.equal(code, 0);
  },
});

function installed(program: string): boolean {
  try {
    new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" }).outputSync();
    return true;
  } catch {
    return false;
  }
}
