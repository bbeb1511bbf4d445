import assert from "node:assert/strict";
import { httpRequest, httpResponse } from "../../tests/packet_builder.ts";
import { Feed, totals } from "../../tests/packets/feed.ts";
import { Random } from "../../tests/packets/random.ts";
import { Wire } from "../../tests/packets/wire.ts";
import { MemoryLedger } from "../memory_ledger.ts";
import { isDnsOnly } from "./dns_only.ts";
import { Hosts } from "./hosts.ts";
import { OTHER_HOST } from "./label_values.ts";
import { HostReader } from "./read_hosts.ts";
import { hostSnapshot, hostSnapshots } from "./testing.ts";
import { hitsBy } from "../outputs/example.ts";

const names = (hosts: Hosts): string[] => hostSnapshots(hosts).map(({ name }) => name).sort();

Deno.test("no more hosts are kept than asked for, the rest is in ~other", () => {
  for (const max of [0, 1, 10]) {
    const hosts = new Hosts(max);
    for (let i = 0; i < 1000; i++) {
      const host = hosts.get(`${i}.example`);
      host.hit("dns", i + 1);
      host.bytesSent += i;
    }
    const snapshots = hostSnapshots(hosts);
    assert.equal(snapshots.length, max + 1);
    assert.equal(hosts.size, max);
    assert.equal(hosts.folded, max === 0 ? 0 : 1000 - max);
    const sum = (value: (host: typeof snapshots[number]) => number) =>
      snapshots.reduce((total, host) => total + value(host), 0);
    assert.equal(sum((host) => host.hits[3]!), 1000);
    assert.equal(sum((host) => host.bytesSent), 499_500);
    assert.equal(snapshots.filter(({ name }) => name === OTHER_HOST).length, 1);
  }
});

Deno.test("while there is room nothing is folded, and there is no ~other", () => {
  const hosts = new Hosts(10);
  for (let i = 0; i < 10; i++) hosts.get(`${i}.example`).hit("http", i + 1);
  assert.equal(hosts.folded, 0);
  assert.ok(!names(hosts).includes(OTHER_HOST));
});

Deno.test("hosts with more hits stay in a flood of new names", () => {
  const hosts = new Hosts(20);
  const useful = Array.from({ length: 15 }, (_, i) => `useful${i}.example`);
  for (const name of useful) for (let i = 0; i < 5; i++) hosts.get(name).hit("http", 1);
  for (let i = 0; i < 5000; i++) hosts.get(`random${i}.example`).hit("dns", 2 + i);
  assert.deepEqual(names(hosts).filter((name) => name.startsWith("useful")), useful.sort());
});

Deno.test("hosts that were only asked for in DNS go first, however often", () => {
  const hosts = new Hosts(64);
  for (let i = 0; i < 60; i++) hosts.get(`visited${i}.example`).hit("tls", 100);
  for (let i = 0; i < 1000; i++) {
    for (let j = 0; j < 50; j++) hosts.get(`asked${i}.example`).hit("dns", 200 + i);
  }
  const visited = names(hosts).filter((name) => name.startsWith("visited"));
  // They give up an eighth of the places, once, so that not every new name makes work.
  assert.ok(visited.length >= 56, `${visited.length} are left`);
});

Deno.test("only asked for: a host that has queries, and neither another hit nor a connection", () => {
  const host = new Hosts(1).get("a.example");
  assert.ok(!isDnsOnly(host));
  host.hit("dns", 1);
  assert.ok(isDnsOnly(host));
  host.connectionsOpen[1]!++;
  assert.ok(!isDnsOnly(host));
  host.connectionsOpen[1]!--;
  host.hit("quic", 2);
  assert.ok(!isDnsOnly(host));
});

Deno.test("hosts that were only asked for can be left out; those that are visited later are whole", () => {
  const hosts = new Hosts(4, { dnsOnly: false });
  const reader = new HostReader();
  const shown = () => reader.read(hosts.packed()).map(({ name, hits }) => [name, hits[0], hits[3]]);
  hosts.get("a.example").hit("dns", 1);
  hosts.get("b.example").hit("http", 2);
  assert.deepEqual(shown(), [["b.example", 1, 0]]);
  hosts.get("a.example").hit("http", 3);
  assert.deepEqual(shown(), [["a.example", 1, 1], ["b.example", 1, 0]]);
});

Deno.test("of hosts with equal hits the longest unseen is folded", () => {
  const hosts = new Hosts(8);
  for (let i = 0; i < 8; i++) hosts.get(`${i}.example`).hit("http", 100 - i);
  hosts.get("new.example").hit("http", 200);
  assert.ok(!names(hosts).includes("7.example"));
  assert.ok(names(hosts).includes("0.example"));
});

Deno.test("a host chosen to be folded stays if it is hit in the meantime", () => {
  const hosts = new Hosts(16);
  for (let i = 0; i < 16; i++) hosts.get(`${i}.example`).hit("http", i + 1);
  hosts.get("a.example").hit("http", 100);
  hosts.get("1.example").hit("http", 101);
  hosts.get("b.example").hit("http", 102);
  assert.ok(names(hosts).includes("1.example"));
});

Deno.test("names that are printed alike are one host: no label comes twice", () => {
  const hosts = new Hosts(10);
  const long = "x".repeat(300);
  const alike = ["\x1b", "\\u{1b}", OTHER_HOST, `\\${OTHER_HOST}`, `${long}1`, `${long}2`];
  for (const name of alike) hosts.get(name).hit("dns", 1);
  const snapshots = hostSnapshots(hosts);
  assert.equal(new Set(snapshots.map(({ name }) => name)).size, snapshots.length);
  assert.deepEqual(snapshots.map(({ hits }) => hits[3]), [2, 2, 2]);
  assert.ok(!names(hosts).includes(OTHER_HOST));
});

Deno.test("a host is found by its label", () => {
  const hosts = new Hosts(1);
  assert.equal(hosts.find(OTHER_HOST), null);
  const host = hosts.get("a\n");
  assert.equal(hosts.find("a\\u{a}"), host);
  hosts.get("b");
  assert.equal(hosts.find("a\\u{a}"), null);
  assert.equal(hosts.find(OTHER_HOST), host.live);
});

Deno.test("sums over all hosts are the truth, however few are kept", () => {
  const random = new Random(7);
  const packets: Uint8Array[] = [];
  for (let i = 0; i < 300; i++) {
    const wire = new Wire({ client: `10.1.${i >> 8}.${i & 255}`, clientPort: 2000 + i });
    packets.push(...wire.open());
    let [sent, received] = [0, 0];
    for (let left = 1 + random.below(3); left > 0; left--) {
      const host = `${random.below(60)}.example`;
      const request = httpRequest({ host, method: "POST", body: "x".repeat(random.below(50)) });
      const status = random.pick([200, 404, 500]);
      const answer = httpResponse({ status, body: "y".repeat(random.below(500)) });
      packets.push(wire.client(sent, request, { ack: received }));
      sent += request.length;
      if (random.below(5) > 0) packets.push(wire.server(received, answer, { ack: sent }));
      received += answer.length;
    }
    if (random.below(2) === 0) packets.push(wire.client(sent, "", { flags: 4 }));
  }
  const truth = new Feed(1000).feed(packets).wait(3);
  for (const max of [0, 1, 5, 20]) {
    const feed = new Feed(max).feed(packets).wait(3);
    assert.deepEqual(totals(feed.snapshot), totals(truth.snapshot), `${max} hosts`);
    feed.finish();
    assert.equal(totals(feed.snapshot)["connectionsOpen tcp"], 0);
    for (const host of feed.snapshot.hosts) {
      assert.ok(host.connectionsOpen.every((open) => open >= 0), host.name);
      assert.ok(host.firstSeen > 1e15 && host.firstSeen <= host.lastSeen, host.name);
    }
  }
});

Deno.test("a reset keeps hosts with open connections, with all counters at 0", () => {
  const hosts = new Hosts(2);
  for (const name of ["a", "b", "c"]) hosts.get(name).hit("http", 1);
  const open = hosts.get("c");
  open.connectionsOpen[0]++;
  hosts.reset();
  assert.deepEqual(names(hosts), ["c"]);
  assert.deepEqual(hostSnapshot(open).hits, hitsBy({}));
  assert.equal(open.connectionsOpen[0], 1);
  hosts.get("d").hit("http", 2);
  hosts.get("e").hit("http", 2);
  assert.equal(hosts.size, 2);
});

Deno.test("hosts folded by name keep their counts in ~other, and are folded once", () => {
  const hosts = new Hosts(16);
  for (let i = 0; i < 16; i++) hosts.get(`${i}`).hit("http", i + 1);
  // Now it is decided which is next: "1".
  hosts.get("new").hit("http", 20);
  const chosen = hosts.get("1");
  hosts.foldAll(new Set(["1", "unknown"]));
  chosen.live.hit("http", 30);
  assert.deepEqual([hosts.folded, hosts.size], [1, 15]);
  for (let i = 0; i < 3; i++) hosts.get(`later${i}`).hit("http", 40 + i);
  const all = hostSnapshots(hosts);
  assert.equal(all.reduce((sum, { hits }) => sum + hits[0]!, 0), 21);
  assert.equal(all.find(({ name }) => name === OTHER_HOST)!.hits[0], 5);
});

Deno.test("a host that a snapshot of one of several stores had stays there in a flood of new names", () => {
  const hosts = new Hosts(10, { mergeable: true });
  const flood = (of: string) => {
    for (let i = 0; i < 1000; i++) hosts.get(`${i}.${of}`).hit("dns", 1000 + i);
  };
  const parts = Array.from({ length: 8 }, (_, i) => hosts.get(`part${i}.example`));
  for (const part of parts) part.hit("http", 1);
  hosts.packed();
  flood("first.test");
  for (const part of parts) assert.equal(hosts.kept(part.name), part);
  // Another store has this name: a part of it that comes later stays, too.
  hosts.keep(new Set([...parts.map(({ name }) => name), "late.example"]));
  const late = hosts.get("late.example");
  flood("second.test");
  for (const part of [late, ...parts]) assert.equal(hosts.kept(part.name), part);
  assert.ok(hosts.size <= 20);
});

Deno.test("if a snapshot had all hosts, the least useful of them is folded", () => {
  const hosts = new Hosts(2, { mergeable: true });
  for (let i = 0; i < 4; i++) hosts.get(`${i}.example`).hit("dns", i);
  hosts.packed();
  hosts.get("new.example").hit("dns", 5);
  assert.deepEqual(names(hosts).filter((name) => name !== OTHER_HOST).length, 4);
  assert.equal(hosts.kept("0.example"), null);
  assert.notEqual(hosts.kept("new.example"), null);
});

Deno.test("hosts that take too much memory are folded, the least useful first, and come back as it is free", () => {
  const ledger = new MemoryLedger(8 << 20);
  const hosts = new Hosts(100_000);
  const hitAll = (count: number) => {
    for (let i = 0; i < count; i++) hosts.get(`h${i}.test`).hit("dns", 1_000_000 + i);
  };
  hosts.get("useful.test").hit("http", 1);
  hosts.get("useful.test").hit("http", 2);
  hitAll(10_000);
  hosts.charge(ledger, () => 0);
  assert.ok(hosts.size > 1000 && hosts.size < 2500, `${hosts.size} hosts are kept`);
  assert.equal(hosts.folded, 10_001 - hosts.size);
  assert.deepEqual(ledger.evicted, [{ what: "hosts", reason: "memory", count: hosts.folded }]);
  assert.ok(hosts.find("useful.test") !== null);
  assert.ok(ledger.held("hosts") <= (8 << 20) / 4);
  const before = hosts.size;
  hosts.charge(ledger, () => 0);
  hitAll(10_000);
  assert.ok(hosts.size > before, "there is room for some more");
});
