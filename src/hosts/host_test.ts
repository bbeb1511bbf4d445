import assert from "node:assert/strict";
import { Host, label, SOURCE_INDEX } from "./host.ts";
import { OTHER_HOST, PHASES } from "./snapshot.ts";

Deno.test("labels of ordinary names are the names", () => {
  for (
    const name of [
      "example.com",
      "192.0.2.1",
      "2001:db8::1",
      "_dmarc.example",
      "a b",
      "münchen.example",
    ]
  ) {
    assert.equal(label(name), name);
  }
});

Deno.test("labels hold nothing that a terminal or a reader of lines acts on", () => {
  const names: [string, string][] = [
    ["a\nb", "a\\u{a}b"],
    ["\x1b[2J", "\\u{1b}[2J"],
    ["a\x00\x7f\x9b", "a\\u{0}\\u{7f}\\u{9b}"],
    ["\u202egpj.exe", "\\u{202e}gpj.exe"],
    ["a\u2028b\ufeff", "a\\u{2028}b\\u{feff}"],
    ["\ud800", "\\u{d800}"],
    ['"}', '"}'],
  ];
  for (const [name, expected] of names) assert.equal(label(name), expected);
});

Deno.test("labels are of bounded length, and none is that of ~other", () => {
  assert.equal(label("a".repeat(70_000)).length, 256);
  assert.ok(label("\u{1f600}".repeat(1000)).isWellFormed());
  assert.ok(label("\x1b".repeat(1000)).length < 2000);
  assert.notEqual(label(OTHER_HOST), OTHER_HOST);
});

Deno.test("requests are counted by method, code and version, those that nobody knows as one", () => {
  const host = new Host("a");
  host.request("GET", 200, "1.1");
  host.request("GET", 200, "1.1");
  host.request("GET", 0, "1.1");
  host.request("get", 404, "2");
  host.request("X".repeat(30), 999, "1.0");
  const { requests, errors } = host.snapshot();
  assert.deepEqual(requests, [
    { method: "GET", code: "200", version: "1.1", count: 2 },
    { method: "GET", code: "", version: "1.1", count: 1 },
    { method: "other", code: "404", version: "2", count: 1 },
    { method: "other", code: "invalid", version: "1.0", count: 1 },
  ]);
  assert.equal(errors, 1);
});

Deno.test("the rows of a host are bounded, and none of what they count is lost", () => {
  const host = new Host("a");
  for (let code = 0; code < 1000; code++) {
    for (const version of ["1.0", "1.1", "2"]) host.request("GET", code, version);
  }
  for (let i = 0; i < 500; i++) host.handshake(`v${i}`, i % 2 === 0 ? "h2" : `invented-${i}`);
  for (let i = 0; i < 100; i++) host.addressCounts(`192.0.2.${i}`)[SOURCE_INDEX.tls]!++;
  const { requests, handshakes, addresses } = host.snapshot();
  const sum = (rows: readonly { count: number }[]) => rows.reduce((n, { count }) => n + count, 0);
  assert.ok(requests.length <= 103);
  assert.equal(sum(requests), 3000);
  assert.ok(handshakes.length <= 41);
  assert.equal(sum(handshakes), 500);
  assert.deepEqual(addresses.at(-1), { ip: "other", hits: [0, 92, 0, 0] });
  assert.equal(addresses.length, 9);
  host.addressCounts("192.0.2.3")[SOURCE_INDEX.http]!++;
  assert.deepEqual(host.snapshot().addresses[3], { ip: "192.0.2.3", hits: [1, 1, 0, 0] });
});

Deno.test("a host that takes over another has what both had, and gets what comes for the other", () => {
  const [one, other] = [new Host("a"), new Host("b")];
  one.hit("http", 2_000_000);
  other.hit("tls", 1_000_000);
  other.hit("tls", 5_000_000);
  for (const host of [one, other]) {
    host.request("GET", 500, "1.1");
    host.handshake("1.3", "h2");
    host.addressCounts("192.0.2.1")[SOURCE_INDEX.http]!++;
    host.observe("connect", 0.5);
    host.requestBodyBytes += 7;
    host.sent += 10;
    host.connections[0]++;
    host.connectionsOpen[0]++;
  }
  other.observe("tls", 1);
  one.absorb(other);
  other.target.sent += 1;
  other.target.connectionsOpen[0]--;
  const sum = one.snapshot();
  assert.deepEqual(sum.hits, [1, 2, 0, 0]);
  assert.deepEqual([sum.firstSeen, sum.lastSeen], [1_000_000, 5_000_000]);
  assert.deepEqual(sum.requests, [{ method: "GET", code: "500", version: "1.1", count: 2 }]);
  assert.deepEqual(sum.handshakes, [{ version: "1.3", alpn: "h2", count: 2 }]);
  assert.deepEqual(sum.addresses, [{ ip: "192.0.2.1", hits: [2, 0, 0, 0] }]);
  assert.deepEqual(sum.phases.map((phase) => phase?.count ?? 0), [2, 1, 0, 0, 0, 0]);
  assert.deepEqual([sum.errors, sum.requestBodyBytes, sum.bytesSent], [2, 14, 21]);
  assert.deepEqual([sum.connections[0], sum.connectionsOpen[0]], [2, 1]);
});

Deno.test("a host never seen does not make another as old as the epoch", () => {
  const [one, other] = [new Host("a"), new Host("b")];
  one.hit("http", 2_000_000);
  one.absorb(other);
  assert.equal(one.snapshot().firstSeen, 2_000_000);
});

Deno.test("clocks that go back make durations of nothing", () => {
  const host = new Host("a");
  host.observe("transfer", -3);
  const { count, sum, p50 } = host.snapshot().phases[PHASES.indexOf("transfer")]!;
  assert.deepEqual([count, sum, p50], [1, 0, 0]);
});
