// What is remembered of hosts, by way of the whole pipeline: bytes by second, and transactions.

import assert from "node:assert/strict";
import { httpRequest, httpResponse, TcpConnection } from "../../tests/packet_builder.ts";
import type { ConnectionOptions } from "../../tests/packets/transport.ts";
import { batchOf, ETHERNET } from "../../tests/packets/feed.ts";
import { FIRST_TIME } from "../../tests/packets/files.ts";
import { sum } from "../sums.ts";
import { Pipeline } from "../pipeline/pipeline.ts";
import { snapshotOf } from "../pipeline/testing.ts";
import { PHASE_INDEX } from "./fields.ts";
import { History, HISTORY_SECONDS, MAX_CLIENTS } from "./history.ts";
import type { RouteCount } from "./route_table.ts";
import { MAX_TRANSACTIONS } from "./recent_transactions.ts";
import { hitsBy } from "../outputs/example.ts";

const SECOND = 1_000_000;

class Watched {
  readonly pipeline = new Pipeline({ maxHosts: 10, event: null, watch: true });

  /** Packets of one batch, each with its second. */
  feed(packets: readonly (readonly [Uint8Array[], number])[]): this {
    const all = packets.flatMap(([packets, second]) =>
      packets.map((data, i) => ({ data, time: FIRST_TIME + second * SECOND + i }))
    );
    this.pipeline.feed(batchOf(all, FIRST_TIME), ETHERNET);
    return this;
  }

  inspect(name: string) {
    const inspection = this.pipeline.inspect(name);
    assert.ok(inspection !== null);
    return inspection;
  }
}

function host(name: string, target = "/", options: ConnectionOptions = {}) {
  const connection = new TcpConnection(options);
  return {
    open: connection.open(),
    ask: () => connection.request(httpRequest({ host: name, target })),
    answer: (size: number) => connection.answer(httpResponse({ body: "x".repeat(size) })),
    close: () => connection.close(),
  };
}

Deno.test("the traffic of the whole capture is counted over its time, until a reset", () => {
  const web = host("a.example");
  const watched = new Watched().feed([[web.open, 0], [web.ask(), 0]]).feed([[web.answer(100), 3]]);
  const { traffic, interfaces } = snapshotOf(watched.pipeline, ETHERNET);
  assert.equal(traffic!.from, FIRST_TIME);
  assert.equal(traffic!.bytes.length, 4);
  assert.equal(sum(traffic!.bytes), interfaces[0]!.bytes);
  watched.pipeline.reset();
  assert.equal(snapshotOf(watched.pipeline, ETHERNET).traffic, null);
});

Deno.test("bytes count for the second in which they came, also within one batch", () => {
  const web = host("a.example");
  const watched = new Watched().feed([
    [web.open, 0],
    [web.ask(), 0],
    [web.answer(100), 0],
    [web.ask(), 2],
    [web.answer(1000), 2],
  ]);
  const { received, sent } = watched.inspect("a.example");
  assert.equal(received.length, HISTORY_SECONDS);
  const [first, between, last] = received.slice(-3);
  assert.ok(first! > 100 && first! < 500, `${first}`);
  assert.equal(between, 0);
  assert.ok(last! > 1000 && last! < 1300, `${last}`);
  const snapshot = snapshotOf(watched.pipeline, ETHERNET).hosts[0]!;
  assert.equal(received.reduce((sum, n) => sum + n), snapshot.bytesReceived);
  assert.equal(sent.reduce((sum, n) => sum + n), snapshot.bytesSent);
});

Deno.test("inspecting a host changes nothing", () => {
  const web = host("a.example");
  const watched = new Watched().feed([[web.open, 0], [web.ask(), 0]]);
  assert.deepEqual(watched.inspect("a.example"), watched.inspect("a.example"));
  watched.feed([[web.answer(100), 0]]);
  watched.pipeline.advance(FIRST_TIME + 3 * SECOND);
  const { received } = watched.inspect("a.example");
  assert.equal(received.slice(-3).join(), "0,0,0");
  assert.ok(received.at(-4)! > 100);
});

Deno.test("transactions are lines without query strings or passwords", () => {
  for (
    const [target, path] of [
      ["/a?token=secret", "GET /a"],
      ["http://user:secret@a.example/b#secret", "GET /b"],
      ["/\u00e9\x1b[2J", /^GET \/\P{Cc}*\\u\{1b\}\[2J$/u],
      ["/" + "x".repeat(5000), /^GET \/x{100,200}$/],
    ] as const
  ) {
    const web = host("a.example", target);
    const watched = new Watched().feed([[web.open, 0], [web.ask(), 0], [web.answer(5), 0], [
      web.close(),
      0,
    ]]);
    const { what, result, bytes } = watched.inspect("a.example").transactions.at(-1)!;
    if (typeof path === "string") assert.equal(what, path);
    else assert.match(what, path);
    assert.deepEqual([result, bytes], ["200", 5]);
    assert.doesNotMatch(what, /secret/);
  }
});

Deno.test("an inspection has the distribution of each phase", () => {
  const web = host("a.example");
  const watched = new Watched().feed([[web.open, 0], [web.ask(), 1], [web.answer(5), 2]]);
  const [{ seconds, count }] = watched.inspect("a.example")
    .distributions[PHASE_INDEX.processing] as [{ seconds: number; count: number }];
  assert.equal(count, 1);
  assert.ok(Math.abs(seconds - 1) < 0.07, `${seconds}`);
});

Deno.test("there is no inspection of an unknown host, nor of any unless hosts are watched", () => {
  assert.equal(new Watched().pipeline.inspect("none"), null);
  const pipeline = new Pipeline({ maxHosts: 10, event: null });
  pipeline.feed(batchOf([...host("a.example").open], FIRST_TIME), ETHERNET);
  assert.equal(pipeline.inspect("a.example"), null);
});

Deno.test("a reset sets the counters to 0, and open connections go on", () => {
  const web = host("a.example");
  const other = new TcpConnection({ clientPort: 51001 });
  const watched = new Watched().feed([
    [web.open, 0],
    [web.ask(), 0],
    [web.answer(100), 0],
    [[...other.open(), ...other.request(httpRequest({ host: "b.example" }))], 0],
    [[...other.answer(httpResponse()), ...other.close()], 0],
  ]);
  const counted = snapshotOf(watched.pipeline, ETHERNET);
  assert.equal(counted.hosts.length, 2);
  watched.pipeline.reset();
  const { hosts, interfaces, hostsKept } = snapshotOf(watched.pipeline, ETHERNET);
  assert.deepEqual(interfaces, [{ name: "eth0", packets: 0, bytes: 0, dropped: null }]);
  assert.equal(hostsKept, 1);
  const [{ name, hits, requests, bytesReceived, phases, connections, connectionsOpen }] = hosts as [
    typeof hosts[0],
  ];
  assert.deepEqual(
    [name, hits, requests, bytesReceived, connections, connectionsOpen],
    ["a.example", hitsBy({}), [], 0, [0, 0], [1, 0]],
  );
  assert.ok(phases.every((phase) => phase === null));
  watched.feed([[web.ask(), 1], [web.answer(100), 1]]);
  const [after] = snapshotOf(watched.pipeline, ETHERNET).hosts;
  assert.deepEqual(after!.hits, hitsBy({ http: 1 }));
  assert.deepEqual(after!.requests, [{ method: "GET", code: "200", version: "1.1", count: 1 }]);
  assert.deepEqual(after!.addresses, [{ ip: "10.0.0.2", hits: hitsBy({ http: 1 }) }]);
  assert.ok(after!.bytesReceived > 100);
});

Deno.test("a history is bounded", () => {
  const history = new History();
  const query = {
    host: "a.example",
    type: "A",
    rcode: "",
    answers: [],
    ttl: 0,
    publicName: "",
    pointer: "",
    answerTime: 0,
  };
  for (let time = 0; time < 1000; time++) {
    history.transactions.dns({ ...query, queryTime: time });
    history.note(time, time, 2 * time);
  }
  const times = history.transactions.lines().map(({ time }) => time);
  assert.deepEqual(times, Array.from({ length: MAX_TRANSACTIONS }, (_, i) => 950 + i));
  assert.deepEqual(history.received(999), new Float64Array(HISTORY_SECONDS).fill(2));
  assert.deepEqual(history.sent(2000), new Float64Array(HISTORY_SECONDS));
});

Deno.test("a counter that went back was reset", () => {
  const history = new History();
  history.note(1, 100, 0);
  history.note(2, 30, 0);
  assert.deepEqual([...history.sent(2).slice(-2)], [100, 30]);
});

Deno.test("responses are kept by second and class of status, clients by connection", () => {
  const web = host("a.example");
  const other = host("a.example", "/", { client: "10.0.0.7" });
  const { responses, clients } = new Watched().feed([
    [web.open, 0],
    [web.ask(), 0],
    [web.answer(1), 0],
    [web.ask(), 1],
    [web.answer(1), 2],
    [other.open, 2],
    [other.ask(), 2],
    [other.answer(1), 2],
  ]).inspect("a.example");
  assert.deepEqual(responses.map(({ status }) => status), ["2xx"]);
  assert.deepEqual([...responses[0]!.seconds.slice(-3)], [1, 0, 2]);
  assert.deepEqual(clients, [{ ip: "10.0.0.1", count: 1 }, { ip: "10.0.0.7", count: 1 }]);
});

Deno.test("an attacker with many addresses gets no more than a few rows", () => {
  const history = new History();
  for (let i = 0; i < 1000; i++) history.client(`192.0.2.${i}`);
  history.client("192.0.2.1");
  assert.equal(history.clients.length, MAX_CLIENTS + 1);
  assert.deepEqual(history.clients[1], { ip: "192.0.2.1", count: 2 });
  assert.deepEqual(history.clients.at(-1), { ip: "other", count: 1000 - MAX_CLIENTS });
});

Deno.test("requests are kept by route, with the time to the first byte of the answer", () => {
  const web = host("a.example", "/users/17?token=secret");
  const { routes } = new Watched().feed([
    [web.open, 0],
    [web.ask(), 0],
    [web.answer(1), 1],
    [web.ask(), 2],
  ]).inspect("a.example");
  const [{ seconds, slowest, ...counts }] = routes as [RouteCount];
  assert.deepEqual(counts, { method: "GET", route: "/users/:id", count: 1, errors: 0, timed: 1 });
  assert.ok(Math.abs(seconds - 1) < 0.001 && slowest === seconds);
});
