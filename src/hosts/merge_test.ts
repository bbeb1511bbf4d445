import assert from "node:assert/strict";
import { busyHost, exampleDurations, exampleHost, hitsBy } from "../outputs/example.ts";
import { mergeHosts } from "./merge.ts";
import { fieldsOf } from "./testing.ts";

Deno.test("a domain of one host is that host", () => {
  const merged = mergeHosts("a.test", [busyHost("www.a.test")]);
  assert.deepEqual(fieldsOf(merged), busyHost("a.test"));
});

Deno.test("everything that counts is added up", () => {
  const merged = mergeHosts("a.test", [busyHost("www.a.test"), busyHost("api.a.test")]);
  const one = busyHost("a.test");
  assert.deepEqual(merged.hits, hitsBy({ http: 240, tls: 60, quic: 8, dns: 24 }));
  assert.equal(merged.errors, 6);
  assert.equal(merged.bytesReceived, 2 * one.bytesReceived);
  assert.deepEqual(merged.connectionsOpen, [4, 0]);
  assert.deepEqual(
    merged.requests,
    one.requests.map((request) => ({ ...request, count: 2 * request.count })),
  );
  assert.deepEqual(merged.addresses[0], { ip: "192.0.2.1", hits: hitsBy({ http: 240, tls: 60 }) });
  assert.equal(merged.phases[0]!.count, 16);
});

Deno.test("times are the first and the last of all", () => {
  const merged = mergeHosts("a.test", [
    exampleHost("a", { firstSeen: 5, lastSeen: 6 }),
    exampleHost("b", { firstSeen: 2, lastSeen: 9 }),
  ]);
  assert.deepEqual([merged.firstSeen, merged.lastSeen], [2, 9]);
});

Deno.test("quantiles lie between those of the hosts", () => {
  const phases = (bucket: number, sum: number) => {
    const durations = exampleDurations({ [bucket]: 10 }, sum);
    return [null, null, null, durations, null, null];
  };
  const merged = mergeHosts("a.test", [
    exampleHost("fast", { phases: phases(0, 0.03) }),
    exampleHost("slow", { phases: phases(9, 8) }),
  ]);
  const { p50, p95, count } = merged.phases[3]!;
  assert.equal(count, 20);
  assert.ok(p50 >= 0.003 && p50 <= 0.01, `${p50}`);
  assert.ok(p95 > 0.5 && p95 <= 0.8, `${p95}`);
  assert.equal(merged.phases[0], null);
});
