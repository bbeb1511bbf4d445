import assert from "node:assert/strict";
import { busyHost, exampleDurations, exampleHost, hitsBy } from "../outputs/example.ts";
import { mergeHosts } from "./merge.ts";
import { fieldsOf } from "./testing.ts";

Deno.test("a domain of one host is that host", () => {
  const merged = mergeHosts("a.test", [busyHost("www.a.test")]);
  assert.deepEqual(fieldsOf(merged), fieldsOf(busyHost("a.test")));
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

Deno.test("durations of several hosts are those of one that had them all", () => {
  const durations = (
    counts: Record<number, number>,
    sum: number,
  ) => [null, null, null, exampleDurations(counts, sum), null, null];
  const merged = mergeHosts("a.test", [
    exampleHost("fast", { phases: durations({ 0: 10, 1: 5 }, 0.03) }),
    exampleHost("slow", { phases: durations({ 9: 10, 14: 1 }, 30) }),
  ]);
  const all = exampleDurations({ 0: 10, 1: 5, 9: 10, 14: 1 }, 30.03);
  assert.deepEqual(merged.phases, [null, null, null, all, null, null]);
});
