import assert from "node:assert/strict";
import { httpRequest, httpResponse, TcpConnection } from "../../tests/packet_builder.ts";
import { batchOf, ETHERNET } from "../../tests/packets/feed.ts";
import { FIRST_TIME } from "../../tests/packets/files.ts";
import { readCapture } from "../../tests/read_capture.ts";
import { loadNaming } from "../pipeline/naming.ts";
import { Pipeline } from "../pipeline/pipeline.ts";
import { snapshotOf } from "../pipeline/testing.ts";
import { MemoryLedger } from "../memory_ledger.ts";
import { sum } from "../sums.ts";
import { viewOf } from "./columns.ts";
import { HostRoutes } from "./host_routes.ts";
import { Hosts } from "./hosts.ts";
import { OTHER_HOST } from "./label_values.ts";
import { exchangeOf } from "./testing.ts";
import { Prometheus } from "../outputs/prometheus.ts";

const PLAIN = viewOf({ ip: false, place: null });

/** Requests for these targets, one connection each. */
function requests(targets: readonly string[], host = "shop.test"): Uint8Array[] {
  return targets.flatMap((target, i) => {
    const connection = new TcpConnection({ clientPort: 20_000 + i });
    return [
      ...connection.open(),
      ...connection.request(httpRequest({ host, target })),
      ...connection.answer(httpResponse({ body: "x" })),
      ...connection.close(),
    ];
  });
}

/** The page of /metrics after these packets. */
function pageOf(pipeline: Pipeline, packets: readonly Uint8Array[]): string {
  pipeline.feed(batchOf(packets, FIRST_TIME), ETHERNET);
  return new TextDecoder().decode(new Prometheus(PLAIN).page(snapshotOf(pipeline, ETHERNET)));
}

const linesOf = (page: string): string[] => page.match(/^webstat_http_route_requests.*$/gm) ?? [];

Deno.test("routes are on /metrics, with their times; nothing of users is in a label", () => {
  const pipeline = new Pipeline({ maxHosts: 10, event: null, routes: 5 });
  const page = pageOf(
    pipeline,
    requests([
      ...[
        "/users/alice?q=secret",
        "/users/4711#frag",
        "/mail/bob@shop.test",
        "/mail/c%40shop.test",
      ],
      ...["/t/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0NzExIn0.SflKxwRJSMeKKF2Q", "/cart"],
      "http://dave:hunter2@shop.test/cart",
    ]),
  );
  assert.deepEqual(linesOf(page), [
    'webstat_http_route_requests_total{host="shop.test",method="GET",route="/users/:id",code="200"} 2',
    'webstat_http_route_requests_total{host="shop.test",method="GET",route="/mail/:email",code="200"} 2',
    'webstat_http_route_requests_total{host="shop.test",method="GET",route="/t/:id",code="200"} 1',
    'webstat_http_route_requests_total{host="shop.test",method="GET",route="/cart",code="200"} 2',
  ]);
  assert.match(page, /^webstat_http_route_processing_seconds_count\{[^}]*route="\/cart"\} 2$/m);
  for (const secret of ["alice", "secret", "4711", "bob", "c@", "eyJ", "dave", "hunter2"]) {
    assert.ok(!page.includes(secret), secret);
  }
});

Deno.test("without --routes none are counted; with --privacy none can be", async () => {
  const targets = ["/users/4711", "/cart"];
  assert.deepEqual(
    linesOf(pageOf(new Pipeline({ maxHosts: 10, event: null }), requests(targets))),
    [],
  );
  const hidden = new Pipeline({ maxHosts: 10, event: null, routes: 5, watch: true });
  hidden.nameBy(
    await loadNaming({ by: "host", privacy: true, exclude: [], privateSuffixes: false }),
  );
  assert.deepEqual(linesOf(pageOf(hidden, requests(targets, "www.shop.test"))), []);
  assert.deepEqual(hidden.inspect("shop.test")!.routes, []);
});

Deno.test("requests that were decrypted have routes, too", async () => {
  const file = new URL("../../tests/fixtures/https-secrets.pcapng", import.meta.url).pathname;
  const { hosts } = await readCapture(file, { maxHosts: 10, event: null, routes: 50 });
  const shop = hosts.find(({ name }) => name === "shop.test")!;
  assert.ok(shop.decrypted > 0);
  assert.equal(
    sum(shop.routes.flatMap(({ codes }) => codes.map(({ count }) => count))),
    sum(shop.requests.map(({ count }) => count)),
  );
  assert.ok(shop.routes.some(({ route }) => route === "/page.html"));
});

Deno.test("the routes of folded hosts are counted as other of ~other", () => {
  const hosts = new Hosts(1);
  const routes = new HostRoutes(5);
  for (const name of ["a.test", "b.test", "c.test"]) {
    const host = hosts.get(name);
    host.hit("http", 1);
    routes.count(host, exchangeOf({ target: `/${name}` }));
  }
  const [other] = [...hosts.other.routes!];
  assert.equal(hosts.other.name, OTHER_HOST);
  assert.deepEqual([other!.route, other!.codes.get("200")!.count], ["other", 2]);
});

Deno.test("routes keep to their part of the memory, and grow again when there is room", () => {
  const hosts = new Hosts(200);
  const routes = new HostRoutes(100);
  const ledger = new MemoryLedger(8 << 20);
  const ask = () => {
    for (let i = 0; i < 200 * 100; i++) {
      const target = `/${"abcdefghij".repeat(3)}/${words(Math.floor(i / 200))}`;
      routes.count(hosts.get(`${i % 200}.test`), exchangeOf({ target }));
    }
  };
  ask();
  routes.charge(ledger, hosts);
  assert.ok(routes.folded.find(({ reason }) => reason === "memory")!.count > 1000);
  for (let i = 0; i < 3; i++) routes.charge(ledger, hosts);
  assert.ok(ledger.held("routes") < 1 << 20, "what was folded is free");
  const kept = [...hosts.get("1.test").routes!].length;
  for (let i = 0; i < 50; i++) routes.charge(new MemoryLedger(Infinity), hosts);
  for (let i = 0; i < 10; i++) ask();
  assert.ok([...hosts.get("1.test").routes!].length > kept);
});

/** A path of letters that differs for each number. */
const words = (i: number): string =>
  `${"aeiou"[i % 5]}n${"bdlmr"[Math.floor(i / 5) % 5]}e${"ast"[i % 3]}`;
