import assert from "node:assert/strict";
import { PHASE_INDEX } from "./fields.ts";
import { Host } from "./host.ts";
import { exchangeOf, hostSnapshot } from "./testing.ts";
import { hitsBy } from "../outputs/example.ts";

const request = (host: Host, method: string, status: number, version: string): void =>
  host.http(exchangeOf({ method, status, version, requestBytes: 7 }));

const UNTIMED = { host: "", helloTime: 0, answerTime: 0 };

function tlsHandshake(host: Host, version: string, alpn: string): void {
  host.tls({ ...UNTIMED, version, alpn, offeredAlpn: "", ja4: "", ech: false });
}

Deno.test("requests are counted by method, code and version, unknown ones as one", () => {
  const host = new Host("a");
  request(host, "GET", 200, "1.1");
  request(host, "GET", 200, "1.1");
  request(host, "GET", 0, "1.1");
  request(host, "get", 404, "2");
  request(host, "X".repeat(30), 999, "1.0");
  const { requests, errors } = hostSnapshot(host);
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
    for (const version of ["1.0", "1.1", "2"]) request(host, "GET", code, version);
  }
  for (let i = 0; i < 500; i++) tlsHandshake(host, `v${i}`, i % 2 === 0 ? "h2" : `invented-${i}`);
  for (let i = 0; i < 100; i++) host.hitAddress("tls", `192.0.2.${i}`);
  const { requests, handshakes, addresses } = hostSnapshot(host);
  const sum = (rows: readonly { count: number }[]) => rows.reduce((n, { count }) => n + count, 0);
  assert.ok(requests.length <= 103);
  assert.equal(sum(requests), 3000);
  assert.ok(handshakes.length <= 41);
  assert.equal(sum(handshakes), 500);
  assert.deepEqual(addresses.at(-1), { ip: "other", hits: hitsBy({ tls: 92 }) });
  assert.equal(addresses.length, 9);
  host.hitAddress("http", "192.0.2.3");
  assert.deepEqual(hostSnapshot(host).addresses[3], {
    ip: "192.0.2.3",
    hits: hitsBy({ http: 1, tls: 1 }),
  });
});

Deno.test("a host that takes over another has the counts of both, and those that follow", () => {
  const [one, other] = [new Host("a"), new Host("b")];
  one.hit("http", 2_000_000);
  other.hit("tls", 1_000_000);
  other.hit("tls", 5_000_000);
  for (const host of [one, other]) {
    request(host, "GET", 500, "1.1");
    tlsHandshake(host, "1.3", "h2");
    host.hitAddress("http", "192.0.2.1");
    host.observe("connect", 0.5);
    host.bytesSent += 10;
    host.connections[0]++;
    host.connectionsOpen[0]++;
  }
  other.observe("tls", 1);
  one.absorb(other);
  other.target.bytesSent += 1;
  other.target.connectionsOpen[0]--;
  const both = hostSnapshot(one);
  assert.deepEqual(both.hits, hitsBy({ http: 1, tls: 2 }));
  assert.deepEqual([both.firstSeen, both.lastSeen], [1_000_000, 5_000_000]);
  assert.deepEqual(both.requests, [{ method: "GET", code: "500", version: "1.1", count: 2 }]);
  assert.deepEqual(both.handshakes, [{ version: "1.3", alpn: "h2", count: 2 }]);
  assert.deepEqual(both.addresses, [{ ip: "192.0.2.1", hits: hitsBy({ http: 2 }) }]);
  assert.deepEqual(both.phases.map((phase) => phase?.count ?? 0), [2, 1, 0, 0, 0, 0]);
  assert.deepEqual([both.errors, both.requestBodyBytes, both.bytesSent], [2, 14, 21]);
  assert.deepEqual([both.connections[0], both.connectionsOpen[0]], [2, 1]);
});

Deno.test("taking over a host that was never seen changes no times", () => {
  const [one, other] = [new Host("a"), new Host("b")];
  one.hit("http", 2_000_000);
  one.absorb(other);
  assert.equal(hostSnapshot(one).firstSeen, 2_000_000);
});

Deno.test("if the clock goes back, a duration is 0", () => {
  const host = new Host("a");
  host.observe("transfer", -3);
  const { count, sum, p50 } = hostSnapshot(host).phases[PHASE_INDEX.transfer]!;
  assert.deepEqual([count, sum, p50], [1, 0, 0]);
});
