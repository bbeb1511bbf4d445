// What is pushed by OTLP, as OpenTelemetry's own code reads it.

import assert from "node:assert/strict";
import { DEFAULT_PUSH_CONFIG } from "../../src/push/push_config.ts";
import { exampleRoute } from "../../src/outputs/example.ts";
import { within } from "../../src/push/time_left.ts";
import { Pusher } from "../../src/push/pusher.ts";
import { semanticName } from "../../src/push/semantics.ts";
import {
  attributesOf,
  decode,
  messages,
  type Metric,
  metricsIn,
  type Point,
  type Request,
} from "./otlp_messages.ts";
import { pageOf, scraped } from "./pages.ts";

interface Received {
  readonly path: string;
  readonly fields: Headers;
  readonly request: Request;
}

/** Pushes `page` once to a collector that answers with `answer`. */
async function pushed(page: Parameters<Pusher["finish"]>[0], answer = () => new Response()) {
  const received: Received[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname: path } = new URL(request.url);
    const body = new Uint8Array(await request.arrayBuffer());
    received.push({ path, fields: request.headers, request: decode(body) });
    return answer();
  });
  const otlp = new URL(`http://127.0.0.1:${server.addr.port}`);
  const config = { ...DEFAULT_PUSH_CONFIG, labels: { instance: "web-1", site: "oslo" } };
  const pusher = await Pusher.load({ otlp, remoteWrite: null }, config, () => {});
  await pusher.finish(page, true, within(10_000));
  await server.shutdown();
  return { received, counts: pusher.counts[0]! };
}

const metricsOf = (received: readonly Received[]): Map<string, Metric> =>
  new Map(
    received.flatMap(({ request }) => metricsIn(request)).map((metric) => [metric.name, metric]),
  );

Deno.test("a collector gets all metrics, with OpenTelemetry's names where there are some", async () => {
  const time = Date.now();
  const { received, counts } = await pushed(pageOf(["shop.test"], time));
  const [{ path, fields, request }] = received as [Received];
  assert.deepEqual([received.length, path], [1, "/v1/metrics"]);
  assert.equal(fields.get("content-type"), "application/x-protobuf");
  const { resource, scopeMetrics } = request.resourceMetrics[0]!;
  const attributes = attributesOf(resource);
  assert.equal(attributes["service.name"], "webstat");
  assert.equal(attributes["service.instance.id"], "web-1");
  assert.equal(attributes.site, "oslo");
  assert.equal(scopeMetrics[0]!.scope.name, "webstat");

  const metrics = metricsOf(received);
  const duration = metrics.get("http.client.request.duration")!;
  assert.equal(duration.unit, "s");
  assert.match(duration.histogram!.aggregationTemporality, /CUMULATIVE/);
  const [point] = duration.histogram!.dataPoints as [Point];
  assert.deepEqual(attributesOf(point), { "server.address": "shop.test" });
  assert.equal(point.bucketCounts!.length, point.explicitBounds!.length + 1);
  assert.equal(point.bucketCounts!.reduce((sum, each) => sum + Number(each), 0), 1);
  assert.deepEqual([point.count, point.sum], ["1", 0.001]);
  assert.equal(Math.round(Number(point.timeUnixNano) / 1e6), time);
  assert.ok(Number(point.startTimeUnixNano) < Number(point.timeUnixNano));

  const lookups = metrics.get("dns.lookup.duration")!.histogram!.dataPoints;
  assert.deepEqual(lookups.map(attributesOf), [{ "dns.question.name": "shop.test" }]);
  const phases = metrics.get("webstat.phase.duration")!.histogram!.dataPoints;
  assert.deepEqual(
    phases.map((each) => attributesOf(each)["webstat.phase"]),
    ["connect", "tls", "quic", "transfer"],
  );
  const bytes = metrics.get("webstat.host.bytes")!;
  assert.equal(bytes.unit, "By");
  assert.equal(bytes.sum!.isMonotonic, true);
  assert.deepEqual(bytes.sum!.dataPoints.map(attributesOf), [
    { "server.address": "shop.test", "network.io.direction": "transmit" },
    { "server.address": "shop.test", "network.io.direction": "receive" },
  ]);
  assert.equal(metrics.get("webstat.hosts")!.gauge!.dataPoints.length, 1);
  assert.equal(metrics.get("process.cpu.time")!.unit, "s");
  assert.deepEqual(counts.dropped, { full: 0, refused: 0, ended: 0 });
});

Deno.test("requests have their method as a word and their status as a number", async () => {
  const page = pageOf(["shop.test"], Date.now());
  const [host] = page.snapshot.hosts;
  const requests = [
    { method: "GET", code: "404", version: "1.1", count: 5 },
    { method: "other", code: "invalid", version: "2", count: 1 },
    { method: "POST", code: "", version: "2", count: 2 },
  ];
  const snapshot = { ...page.snapshot, hosts: [{ ...host!, requests }] };
  const { received } = await pushed({ ...page, snapshot });
  const points = metricsOf(received).get("webstat.http.requests")!.sum!.dataPoints;
  const common = { "server.address": "shop.test" };
  assert.deepEqual(points.map((point) => [attributesOf(point), point.asDouble]), [
    [{
      ...common,
      "http.request.method": "GET",
      "http.response.status_code": 404,
      "network.protocol.version": "1.1",
    }, 5],
    [{
      ...common,
      "http.request.method": "_OTHER",
      "error.type": "invalid_status_code",
      "network.protocol.version": "2",
    }, 1],
    [{ ...common, "http.request.method": "POST", "network.protocol.version": "2" }, 2],
  ]);
});

Deno.test("codes of a route that were merged are no error, and no unanswered request", async () => {
  const page = pageOf(["shop.test"], Date.now());
  const [host] = page.snapshot.hosts;
  const counts = { "200": 4, invalid: 3, other: 2, "": 1 };
  const codes = Object.entries(counts).map(([code, count]) => ({ code, count }));
  const routes = [{ ...exampleRoute("/x"), codes }];
  const snapshot = { ...page.snapshot, hosts: [{ ...host!, routes }] };
  const { received } = await pushed({ ...page, snapshot });
  const points = metricsOf(received).get("webstat.http.route.requests")!.sum!.dataPoints;
  const common = {
    "server.address": "shop.test",
    "http.request.method": "GET",
    "http.route": "/x",
  };
  assert.deepEqual(points.map((point) => [attributesOf(point), point.asDouble]), [
    [{ ...common, "http.response.status_code": 200 }, 4],
    [{ ...common, "error.type": "invalid_status_code" }, 3],
    [{ ...common, "webstat.code": "other" }, 2],
    [common, 1],
  ]);
});

Deno.test("every series of /metrics is there, once, and many hosts need several requests", async () => {
  const hosts = Array.from({ length: 500 }, (_, i) => `host-${i}.test`);
  const page = pageOf(hosts, Date.now());
  const { received, counts } = await pushed(page);
  assert.ok(received.length > 1);
  const points = received.flatMap((each) => [...metricsOf([each]).values()])
    .flatMap(({ name, sum, gauge, histogram }) =>
      (sum ?? gauge ?? histogram)!.dataPoints.map((point) =>
        `${name} ${JSON.stringify(attributesOf(point))}`
      )
    );
  assert.equal(new Set(points).size, points.length);
  const series = [...scraped(page, {}).keys()].map((key) =>
    Object.fromEntries(JSON.parse(key)) as Record<string, string>
  );
  const wanted = series.filter(({ __name__: name }) => !/_(bucket|sum)$/.test(name!));
  assert.equal(points.length, wanted.length);
  assert.equal(counts.sent, points.length);
});

Deno.test("what a collector takes only in part is counted", async () => {
  const type = messages.ExportMetricsServiceResponse!;
  const partialSuccess = { rejectedDataPoints: 3, errorMessage: "too old" };
  const body = type.encode(type.fromObject({ partialSuccess })).finish();
  const headers = { "Content-Type": "application/x-protobuf" };
  const { counts } = await pushed(
    pageOf(["shop.test"], Date.now()),
    () => new Response(body, { headers }),
  );
  assert.equal(counts.dropped.refused, 3);
  assert.ok(counts.sent > 20);
});

Deno.test("Prometheus makes the name of /metrics again of a name that is webstat's own", () => {
  // As its translator of OTLP does: dots become underscores, then the unit, then _total.
  const back = (metric: string) => {
    const { name, unit } = semanticName(metric, {});
    const words = name.replaceAll(".", "_");
    const suffix = unit === "s"
      ? "_seconds"
      : unit === "By" && !/_bytes/.test(words)
      ? "_bytes"
      : "";
    return words + suffix + (metric.endsWith("_total") ? "_total" : "");
  };
  for (
    const metric of [
      "webstat_hits_total",
      "webstat_host_bytes_total",
      "webstat_capture_bytes_total",
      "webstat_memory_bytes",
      "webstat_phase_duration_seconds",
      "webstat_flows_open",
    ]
  ) assert.equal(back(metric), metric);
});
