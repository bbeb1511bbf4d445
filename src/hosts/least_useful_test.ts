import assert from "node:assert/strict";
import fc from "fast-check";
import { isDnsOnly } from "./dns_only.ts";
import { Host } from "./host.ts";
import { leastUseful } from "./least_useful.ts";

const hostSeen = (name: string, dns: number, tls: number, time: number): Host => {
  const host = new Host(name);
  for (let i = 0; i < dns; i++) host.hit("dns", time);
  for (let i = 0; i < tls; i++) host.hit("tls", time);
  return host;
};

Deno.test("hosts are chosen as if all had been sorted", () => {
  const small = fc.integer({ min: 1, max: 3 });
  const hits = fc.integer({ min: 0, max: 3 });
  fc.assert(
    fc.property(fc.array(fc.tuple(hits, hits, small), { minLength: 1 }), small, (rows, n) => {
      const hosts = rows.map(([dns, tls, time], i) => hostSeen(`${i}`, dns, tls, time));
      const sorted = hosts.toSorted((a, b) =>
        Number(isDnsOnly(a)) - Number(isDnsOnly(b)) || b.totalHits - a.totalHits ||
        b.lastSeen - a.lastSeen
      );
      const count = Math.min(n, hosts.length);
      assert.deepEqual(leastUseful(hosts, count).map(({ host }) => host), sorted.slice(-count));
    }),
  );
});
