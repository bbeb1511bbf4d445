import assert from "node:assert/strict";
import { exampleDurations, exampleHost, exampleSnapshot, hitsBy } from "../outputs/example.ts";
import { excessHosts, foldHosts, mergeSnapshots } from "./merge_snapshots.ts";
import { OTHER_HOST } from "./label_values.ts";
import type { DurationSnapshot, HostSnapshot, Snapshot } from "./snapshot.ts";
import { fieldsOf } from "./testing.ts";

const hitsOf = ({ hosts }: Snapshot): Record<string, number> =>
  Object.fromEntries(hosts.map(({ name, hits }) => [name, hits.reduce((sum, n) => sum + n)]));

const hosts = (...hits: readonly (readonly [name: string, hits: number, lastSeen?: number])[]) =>
  hits.map(([name, dns, lastSeen = 9]): HostSnapshot =>
    exampleHost(name, { hits: hitsBy({ dns }), lastSeen })
  );

Deno.test("everything counted is added up, hosts by name", () => {
  const one = exampleSnapshot({
    since: 7,
    time: 5,
    decodeErrors: [{ layer: "tcp", reason: "malformed", count: 1 }],
    dnsQueries: [{ type: "A", rcode: "", count: 2 }],
    streamGaps: 3,
    streamGapOutcomes: [{ outcome: "lost", count: 3 }],
    connectionsByNameSource: [{ name_source: "sni", count: 2 }],
    unnamedHellos: [{ protocol: "dtls", version: "1.2", count: 1 }],
    repeatedPackets: 4,
    flowsOpen: 5,
    flowsEvicted: [{ reason: "idle", count: 6 }, { reason: "full", count: 0 }],
    memoryBytes: [{ what: "dns", count: 10 }],
    memoryLimit: 1000,
    evicted: [{ what: "dns", reason: "full", count: 1 }],
    traffic: { step: 1, first: 3, bytes: [7], from: 3_500_000 },
    hosts: hosts(["a.test", 7], ["b.test", 1]),
    hostsFolded: 2,
    routesFolded: [{ reason: "full", count: 2 }],
    hostsKept: 2,
    eventsDropped: 8,
  });
  const other = exampleSnapshot({
    ...one,
    since: 8,
    time: 9,
    dnsQueries: [{ type: "A", rcode: "", count: 1 }, { type: "AAAA", rcode: "", count: 1 }],
    traffic: { step: 1, first: 5, bytes: [9], from: 5_000_000 },
    hosts: hosts(["c.test", 1], ["a.test", 3], [OTHER_HOST, 6]),
  });
  const { hosts: merged, interfaces, ...totals } = mergeSnapshots([one, other]);
  assert.deepEqual(totals, {
    since: 7,
    time: 9,
    decodeErrors: [{ layer: "tcp", reason: "malformed", count: 2 }],
    dnsQueries: [{ type: "A", rcode: "", count: 3 }, { type: "AAAA", rcode: "", count: 1 }],
    streamGaps: 6,
    streamGapOutcomes: [{ outcome: "lost", count: 6 }],
    connectionsByNameSource: [{ name_source: "sni", count: 4 }],
    unnamedHellos: [{ protocol: "dtls", version: "1.2", count: 2 }],
    decryptions: [],
    repeatedPackets: 8,
    flowsOpen: 10,
    flowsEvicted: [{ reason: "idle", count: 12 }, { reason: "full", count: 0 }],
    memoryBytes: [{ what: "dns", count: 20 }],
    memoryLimit: 2000,
    evicted: [{ what: "dns", reason: "full", count: 2 }],
    traffic: { step: 1, first: 3, bytes: [7, 0, 9], from: 3_500_000 },
    hostsFolded: 4,
    routesFolded: [{ reason: "full", count: 4 }],
    hostsKept: 3,
    pairsFolded: [],
    processes: null,
    clients: null,
    processesFound: [],
    eventsDropped: 16,
  });
  assert.deepEqual(interfaces, []);
  assert.deepEqual(hitsOf(exampleSnapshot({ hosts: merged })), {
    "a.test": 10,
    "b.test": 1,
    "c.test": 1,
    [OTHER_HOST]: 6,
  });
});

Deno.test("a live interface of several workers is one; its own losses count once", () => {
  const live = (packets: number, kernel: number) =>
    exampleSnapshot({
      interfaces: [
        { name: "eth0", packets, bytes: 10 * packets, dropped: { kernel, interface: 4 } },
        { name: "lo", packets: 1, bytes: 1, dropped: { kernel: 0, interface: 0 } },
      ],
    });
  assert.deepEqual(mergeSnapshots([live(3, 1), live(4, 2)]).interfaces, [
    { name: "eth0", packets: 7, bytes: 70, dropped: { kernel: 3, interface: 4 } },
    { name: "lo", packets: 2, bytes: 2, dropped: { kernel: 0, interface: 0 } },
  ]);
});

Deno.test("interfaces of files stay apart, as with one worker", () => {
  const read = (packets: number) =>
    exampleSnapshot({ interfaces: [{ name: "eth0", packets, bytes: 0, dropped: null }] });
  const { interfaces } = mergeSnapshots([read(1), read(2)]);
  assert.deepEqual(interfaces.map(({ packets }) => packets), [1, 2]);
});

Deno.test("quantiles are those of all durations", () => {
  const snapshot = (durations: DurationSnapshot) =>
    exampleSnapshot({ hosts: [exampleHost("a.test", { phases: [durations, null, null] })] });
  const timed = [exampleDurations({ 3: 1, 4: 9 }, 1), exampleDurations({ 3: 1, 6: 90 }, 2)];
  const [host] = mergeSnapshots(timed.map(snapshot)).hosts;
  assert.deepEqual(host!.phases[0], exampleDurations({ 3: 2, 4: 9, 6: 90 }, 3));
});

Deno.test("excess hosts are those of the fewest hits, the longest unseen first", () => {
  const snapshot = exampleSnapshot({
    hosts: hosts(["a", 5], ["b", 1, 20], [OTHER_HOST, 0], ["c", 1, 10], ["d", 2]),
    hostsKept: 4,
  });
  assert.deepEqual([...excessHosts(snapshot, 3)], ["c"]);
  assert.deepEqual([...excessHosts(snapshot, 2)], ["c", "b"]);
  assert.equal(excessHosts(snapshot, 4).size, 0);
});

Deno.test("folded hosts are in ~other, and nothing is lost", () => {
  const snapshot = exampleSnapshot({
    hosts: hosts(["a", 5], ["b", 1], [OTHER_HOST, 7], ["c", 2]),
    hostsKept: 3,
  });
  const folded = foldHosts(snapshot, new Set(["b", "c", "unknown"]));
  assert.deepEqual(hitsOf(folded), { a: 5, [OTHER_HOST]: 10 });
  assert.equal(folded.hostsKept, 1);
  assert.equal(foldHosts(snapshot, new Set(["unknown"])), snapshot, "nothing to do");
  const first = foldHosts(exampleSnapshot({ hosts: hosts(["b", 1]), hostsKept: 1 }), new Set("b"));
  assert.deepEqual(first.hosts.map(fieldsOf), hosts([OTHER_HOST, 1]));
});
