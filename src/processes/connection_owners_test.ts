import assert from "node:assert/strict";
import { ConnectionOwners, type Sought } from "./connection_owners.ts";
import { connectionKey, type Listener, type OwnedConnection } from "./ownership.ts";
import { program } from "./testing.ts";

interface Given extends Partial<OwnedConnection> {
  readonly udp?: boolean;
  readonly port?: number;
  readonly remote?: string;
  readonly remotePort?: number;
}

function connection(name: string, given: Given = {}): OwnedConnection {
  const { udp = false, port = 50_000, remote = "192.0.2.9", remotePort = 443, ...rest } = given;
  const key = connectionKey(udp, port, remote, remotePort);
  const sample = program(name, name.length);
  return { key, address: "10.0.0.1", since: 5_000_000, by: "trace", program: sample, ...rest };
}

const listener = (name: string | null, given: Partial<Listener> = {}): Listener => ({
  ...{ id: "1", udp: false, address: "", port: 443, by: "trace" },
  program: name === null ? null : program(name),
  ...given,
});

const sought = (given: Partial<Sought> = {}): Sought => ({
  ...{ udp: false, client: "10.0.0.1", clientPort: 50_000, server: "192.0.2.9", serverPort: 443 },
  ...{ time: 5_000_100, isNew: true },
  ...given,
});

function owners(
  connections: readonly OwnedConnection[],
  listeners: readonly Listener[] = [],
): ConnectionOwners {
  const all = new ConnectionOwners();
  all.note({ connections, listeners, lost: 0 });
  return all;
}

const nameOf = (all: ConnectionOwners, given: Partial<Sought> = {}) =>
  all.find(sought(given))?.program.name ?? null;

Deno.test("a connection is its client's, else its server's", () => {
  const all = owners([connection("curl")], [listener("nginx")]);
  assert.equal(nameOf(all), "curl");
  assert.equal(nameOf(all, { clientPort: 50_001 }), "nginx");
  assert.equal(nameOf(all, { clientPort: 50_001, serverPort: 80 }), null);
  assert.equal(nameOf(all, { udp: true }), null);
});

Deno.test("an accepted connection that was there before is known by its server's side", () => {
  const accepted = connection("nginx", {
    ...{ address: "192.0.2.9", port: 443, since: 0, by: "sock_diag" },
    ...{ remote: "10.0.0.1", remotePort: 50_000 },
  });
  assert.equal(nameOf(owners([accepted]), { isNew: false }), "nginx");
  assert.equal(nameOf(owners([accepted])), null, "a SYN is of a later one");
});

Deno.test("ports that are used again are their new owner's, and not told if that is not known", () => {
  const all = owners([connection("old"), connection("new", { since: 70_000_000 })]);
  assert.equal(nameOf(all), "old");
  assert.equal(nameOf(all, { time: 70_000_200 }), "new");
  assert.equal(nameOf(all, { time: 140_000_000 }), null);
  assert.equal(nameOf(all, { time: 140_000_000, isNew: false }), "new");
  assert.equal(nameOf(all, { time: 1_000_000 }), null);
});

Deno.test("the same ports in two network namespaces are told apart by address, or by time", () => {
  const all = owners([
    connection("aa", { address: "10.0.0.1" }),
    connection("b", { address: "10.0.0.2" }),
    connection("ccc", { address: "10.0.0.2", since: 5_400_000 }),
  ]);
  assert.equal(nameOf(all), "aa");
  assert.equal(nameOf(all, { client: "10.0.0.2" }), "b");
  assert.equal(nameOf(all, { client: "10.0.0.2", time: 5_400_100 }), "ccc");
});

Deno.test("a datagram's source address may not be known yet, and its socket may be old", () => {
  const all = owners([connection("dig", { udp: true, address: "" })]);
  assert.equal(nameOf(all, { udp: true, isNew: false, time: 3_600_000_000 }), "dig");
});

Deno.test("where programs of several names may have accepted it, none is told", () => {
  const all = owners([], [listener("nginx"), listener("caddy", { id: "2" })]);
  const other = { client: "10.9.9.9" };
  assert.equal(nameOf(all, other), null);
  all.note({ connections: [], lost: 0, listeners: [listener(null, { id: "2" })] });
  assert.equal(nameOf(all, other), "nginx");
  all.note({
    connections: [],
    lost: 0,
    listeners: [listener("here", { id: "3", address: "192.0.2.9" })],
  });
  assert.equal(nameOf(all, other), "here");
});

Deno.test("the end of a listening socket from before is told by another id", () => {
  const all = owners([], [listener("old", { id: "inode 5", by: "sock_diag" })]);
  all.note({
    connections: [],
    lost: 0,
    listeners: [listener(null, { id: "77" }), listener("new")],
  });
  assert.equal(nameOf(all), "new");
});

Deno.test("the oldest connections are forgotten first", () => {
  const all = new ConnectionOwners();
  const at = (i: number) => ({ port: i & 0xffff, remotePort: 1 + (i >> 16) });
  const connections = Array.from({ length: 70_000 }, (_, i) => connection("many", at(i)));
  all.note({ connections, listeners: [], lost: 0 });
  assert.equal(nameOf(all, { clientPort: 0, serverPort: 1 }), null);
  assert.equal(nameOf(all, { clientPort: 69_999 & 0xffff, serverPort: 2 }), "many");
  assert.ok(all.held < 40e6);
});
