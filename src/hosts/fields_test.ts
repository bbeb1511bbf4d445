// Whatever a host has counted is sent, merged and reset in full. Hosts are made by the tables of
// fields.ts, so that a counter which is added there is tested here.

import assert from "node:assert/strict";
import fc from "fast-check";
import { totals } from "../../tests/packets/feed.ts";
import { associate } from "../associate.ts";
import { exampleSnapshot } from "../outputs/example.ts";
import { SOURCES } from "../protocols/analyser.ts";
import { sum } from "../sums.ts";
import { DEFAULT_SCALE } from "./duration_scale.ts";
import { Durations } from "./durations.ts";
import {
  HOST_TABLES,
  HOST_VECTORS,
  NUMBER_NAMES,
  PHASES,
  TABLE_NAMES,
  type TableField,
  VECTOR_NAMES,
} from "./fields.ts";
import { Host } from "./host.ts";
import { rowOf } from "./labelled.ts";
import { mergeHosts } from "./merge.ts";
import { HostPacker } from "./packed_hosts.ts";
import { HostReader } from "./read_hosts.ts";
import type { HostSnapshot } from "./snapshot.ts";
import { exchangeOf, fieldsOf } from "./testing.ts";

const count = fc.nat({ max: 2 ** 40 });

const vector = (names: readonly string[]) => fc.tuple(...names.map(() => count));

/** Few enough that two hosts find room in one. */
const keyed = <Value>(labels: readonly string[], value: fc.Arbitrary<Value>) =>
  fc.uniqueArray(
    fc.tuple(fc.tuple(...labels.map(() => fc.constantFrom("", "a", "b", "1.1", "other"))), value),
    { maxLength: 4, selector: ([values]) => values.join(" ") },
  ).map((rows) => new Map(rows.map(([values, value]) => [values.join(" "), value])));

/** 64ths of a second: whole microseconds, whose sums are exact. */
const durations = fc.array(fc.nat({ max: 2 ** 12 }).map((n) => n / 64), { maxLength: 20 });

/** What a host has counted. */
const counted = fc.record({
  numbers: fc.record(associate(NUMBER_NAMES, () => count)),
  vectors: fc.record(associate(VECTOR_NAMES, (name) => vector(HOST_VECTORS[name].names))),
  tables: fc.record(associate(TABLE_NAMES, (name) => keyed(HOST_TABLES[name].labels, count))),
  addresses: keyed(["ip"], vector(SOURCES)),
  phases: fc.tuple(...PHASES.map(() => durations)),
});

type Counted = typeof counted extends fc.Arbitrary<infer Value> ? Value : never;

function hostOf({ numbers, vectors, tables, addresses, phases }: Counted): Host {
  const host = new Host("a.test");
  Object.assign(host, numbers);
  for (const name of VECTOR_NAMES) vectors[name].forEach((n, i) => host[name][i] = n);
  host.tables = associate(
    TABLE_NAMES,
    (name) => new Map([...tables[name]].map(([key, count]) => [key, { count }])),
  );
  host.addresses = new Map([...addresses].map(([ip, hits]) => [ip, [...hits]]));
  PHASES.forEach((phase, i) => phases[i]!.forEach((seconds) => host.observe(phase, seconds)));
  return host;
}

/** What the outputs are to get of it. */
function expectedOf({ numbers, vectors, tables, addresses, phases }: Counted): HostSnapshot {
  const rows = associate(
    TABLE_NAMES,
    (name) => [...tables[name]].map(([key, n]) => rowOf(HOST_TABLES[name].labels, key, n)),
  );
  return {
    name: "a.test",
    ...numbers,
    ...vectors,
    ...rows as unknown as Pick<HostSnapshot, keyof typeof rows>,
    addresses: [...addresses].map(([ip, hits]) => ({ ip, hits })),
    phases: phases.map((all) => {
      if (all.length === 0) return null;
      const durations = new Durations(DEFAULT_SCALE);
      for (const seconds of all) durations.observe(seconds);
      return durations.snapshot();
    }),
    routes: [],
  };
}

/** The host as the main thread gets it from one of several workers, with sorted rows. */
function unpacked(host: Host): HostSnapshot {
  const packed = structuredClone(new HostPacker().pack([host]));
  return sorted(new HostReader().read(packed)[0]!);
}

function sorted(host: HostSnapshot): HostSnapshot {
  const entries = Object.entries(fieldsOf(host)).map(([name, value]) => [
    name,
    name in HOST_TABLES || name === "addresses"
      ? [...value].sort((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)
      : value,
  ]);
  return Object.fromEntries(entries);
}

Deno.test("a host that is packed and read is the host", () => {
  fc.assert(fc.property(counted, (counts) => {
    assert.deepEqual(unpacked(hostOf(counts)), sorted(expectedOf(counts)));
  }));
});

Deno.test("a host that takes over another is both of them merged, and the other holds nothing", () => {
  const sumsOf = (hosts: readonly HostSnapshot[]) => totals(exampleSnapshot({ hosts }));
  fc.assert(fc.property(counted, counted, (a, b) => {
    const [one, other] = [hostOf(a), hostOf(b)];
    const merged = mergeHosts("a.test", [unpacked(one), unpacked(other)]);
    const sums = sumsOf([expectedOf(a), expectedOf(b)]);
    one.absorb(other);
    assert.deepEqual(unpacked(one), sorted(merged));
    assert.deepEqual(sumsOf([unpacked(one)]), sums);
    assert.equal(other.live, one);
    assert.deepEqual(kept(other), kept(new Host("")));
  }));
});

const kept = ({ tables, addresses, phases }: Host) => ({ tables, addresses, phases });

Deno.test("a reset host is a new one, but for its open connections and when it was last seen", () => {
  fc.assert(fc.property(counted, (counts) => {
    const [old, fresh] = [hostOf(counts), new Host("a.test")];
    fresh.connectionsOpen.splice(0, 2, ...old.connectionsOpen);
    fresh.seen(old.lastSeen);
    old.reset();
    assert.deepEqual(unpacked(old), unpacked(fresh));
  }));
});

Deno.test("a host counts after a reset as a new one does", () => {
  const requests = fc.array(fc.constantFrom(200, 404, 0), { minLength: 1, maxLength: 5 });
  fc.assert(fc.property(requests, requests, (before, after) => {
    const [old, fresh] = [new Host("a.test"), new Host("a.test")];
    for (const status of before) old.http(exchangeOf({ status }));
    old.reset();
    for (const host of [old, fresh]) {
      for (const status of after) host.http(exchangeOf({ status }));
      host.hitAddress("http", "192.0.2.1");
    }
    assert.deepEqual(unpacked(old), unpacked(fresh));
  }));
});

Deno.test("no table of a host grows past its limit, and no count is lost", () => {
  const host = new Host("a.test");
  for (let round = 0; round < 200; round++) {
    const other = new Host("b.test");
    const rows = (labels: readonly string[]) =>
      new Map([[labels.map((label) => `${label}${round}`).join(" "), { count: 1 }]]);
    other.tables = associate(TABLE_NAMES, (name) => rows(HOST_TABLES[name].labels));
    host.absorb(other);
  }
  for (const name of TABLE_NAMES) {
    const { labels, limit, rest }: TableField = HOST_TABLES[name];
    const rows = host.tables[name];
    assert.equal(rest.length, labels.length);
    assert.equal(sum([...rows.values()].map(({ count }) => count)), 200);
    // A label that keeps its value makes several rows for what found no room.
    if (!rest.includes(null)) assert.ok(rows.size <= limit + 1, `${name}: ${rows.size}`);
  }
});
