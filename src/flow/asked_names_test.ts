import assert from "node:assert/strict";
import { MemoryLedger } from "../memory_ledger.ts";
import { readAddress } from "../address.ts";
import { AskedNames, MOST_PAIRS } from "./asked_names.ts";
import { MOST_LINKS } from "./client_links.ts";

const SECOND = 1_000_000;
const START = 1_700_000_000 * SECOND;

function words(address: string): Int32Array {
  const into = new Int32Array(4);
  readAddress(address, into);
  return into;
}

/** A table in which clients are told of names, at seconds after START. */
class Told {
  readonly ledger = new MemoryLedger(64 << 20);
  readonly names = new AskedNames(this.ledger);

  note(client: string, name: string, address: string, at: number, ttl = 60): this {
    this.names.note(words(client), [address], ttl, name, START + at * SECOND);
    return this;
  }

  find(client: string, server: string, at: number): string {
    return this.names.find(words(client), words(server), START + at * SECOND);
  }

  get evicted(): number {
    return this.ledger.evicted.find(({ what }) => what === "names")?.count ?? 0;
  }
}

const CLIENT = "10.0.0.1";
const SERVER = "192.0.2.1";
const client = (i: number): string => `10.${i >> 16 & 255}.${i >> 8 & 255}.${i & 255}`;

Deno.test("the newest name before a connection counts, of the same client and address", () => {
  const told = new Told().note(CLIENT, "a.test", SERVER, 1).note(CLIENT, "b.test", SERVER, 3);
  assert.equal(told.find(CLIENT, SERVER, 2), "a.test");
  assert.equal(told.find(CLIENT, SERVER, 4), "b.test");
  assert.equal(told.find("10.0.0.2", SERVER, 4), "");
  assert.equal(told.find(CLIENT, "192.0.2.2", 4), "");
});

Deno.test("a late answer counts too: the first after the connection began", () => {
  const told = new Told().note(CLIENT, "a.test", SERVER, 5).note(CLIENT, "b.test", SERVER, 6);
  assert.equal(told.find(CLIENT, SERVER, 2), "a.test");
});

Deno.test("a name is valid for its TTL, at least ten seconds and at most an hour", () => {
  // The newer one, as long as it is valid; then the older one, which is.
  const newest = (ttl: number, at: number): string =>
    new Told().note(CLIENT, "a.test", SERVER, 0, 3600).note(CLIENT, "b.test", SERVER, 1, ttl)
      .find(CLIENT, SERVER, at);
  assert.deepEqual([newest(0, 10), newest(0, 12)], ["b.test", "a.test"]);
  assert.deepEqual([newest(60, 60), newest(60, 62)], ["b.test", "a.test"]);
  const told = new Told().note(CLIENT, "a.test", SERVER, 0, 86_400);
  assert.deepEqual([told.find(CLIENT, SERVER, 3600), told.find(CLIENT, SERVER, 3601)], [
    "a.test",
    "",
  ]);
});

Deno.test("a name that is not valid any more counts for an hour if there is no other", () => {
  const told = new Told().note(CLIENT, "a.test", SERVER, 0, 10).note(
    CLIENT,
    "b.test",
    SERVER,
    1,
    10,
  );
  assert.equal(told.find(CLIENT, SERVER, 3599), "b.test");
  assert.equal(told.find(CLIENT, SERVER, 3602), "");
});

Deno.test("names that are not valid any more stay as long as there is room", () => {
  const told = new Told();
  for (let i = 0; i < 1000; i++) told.note(client(i), "a.test", SERVER, 0, 10);
  for (let i = 0; i < 1000; i++) told.note(client(i), "b.test", "192.0.2.2", 100, 10);
  const kept = Array.from({ length: 1000 }, (_, i) => told.find(client(i), SERVER, 200));
  assert.ok(kept.every((name) => name === "a.test"));
});

Deno.test("a name stays valid while a connection of its client to the address is open", () => {
  const told = new Told().note(CLIENT, "a.test", SERVER, 0, 10);
  const pair = [words(CLIENT), words(SERVER)] as const;
  assert.ok(told.names.hold(...pair));
  assert.equal(told.find(CLIENT, SERVER, 5000), "a.test");
  told.names.release(...pair);
  assert.equal(told.find(CLIENT, SERVER, 5001), "");
});

Deno.test("an IPv6 address that was asked for over IPv4 counts for clients of IPv6, and only such", () => {
  const told = new Told().note(CLIENT, "a.test", "2001:db8::1", 0);
  assert.equal(told.find("2001:db8::99", "2001:db8::1", 1), "a.test");
  assert.equal(told.find("2001:db8::99", "2001:db8::2", 1), "");
});

Deno.test("two names that were told just now, at one address: the first connection has the first of them", () => {
  const told = new Told().note(CLIENT, "a.test", SERVER, 1).note(CLIENT, "b.test", SERVER, 1.001);
  assert.deepEqual([1.003, 1.004, 1.005].map((at) => told.find(CLIENT, SERVER, at)), [
    "a.test",
    "b.test",
    "b.test",
  ]);
  // Asked once more, they have the same.
  assert.deepEqual([1.003, 1.004].map((at) => told.find(CLIENT, SERVER, at)), ["a.test", "b.test"]);
  // Who did not connect at once may never.
  told.note(CLIENT, "c.test", SERVER, 2).note(CLIENT, "d.test", SERVER, 2.001);
  assert.equal(told.find(CLIENT, SERVER, 2.1), "d.test");
});

/** The IPv6 addresses of two clients, and of servers. */
const [SIX, OTHER_SIX] = ["2001:db8:1::1", "2001:db8:1::2"] as const;
const server = (i: number): string => `2001:db8:2::${i}`;

Deno.test("a client's IPv6 address is known by what its IPv4 address asks for, and it connects to", () => {
  const told = new Told();
  for (let i = 1; i <= 3; i++) {
    told.note(CLIENT, `a${i}.test`, server(i), i).note("10.0.0.2", `b${i}.test`, server(i + 10), i);
    assert.equal(told.find(SIX, server(i), i + 0.1), `a${i}.test`);
    assert.equal(told.find(OTHER_SIX, server(i + 10), i + 0.1), `b${i}.test`);
  }
  // Both have asked for names of one address: the newest would be the same for both.
  told.note(CLIENT, "a.test", server(9), 10).note("10.0.0.2", "b.test", server(9), 11);
  assert.deepEqual([told.find(SIX, server(9), 12), told.find(OTHER_SIX, server(9), 12)], [
    "a.test",
    "b.test",
  ]);
  assert.equal(told.find("2001:db8:1::3", server(9), 12), "b.test");
});

Deno.test("what several clients were told at once does not tell whose an address is", () => {
  const told = new Told();
  for (let i = 1; i <= 3; i++) {
    told.note(CLIENT, "a.test", server(i), i).note("10.0.0.2", "b.test", server(i), i);
    told.find(SIX, server(i), i + 0.1);
  }
  told.note(CLIENT, "a.test", server(9), 10).note("10.0.0.2", "b.test", server(9), 11);
  assert.equal(told.find(SIX, server(9), 12), "b.test");
});

Deno.test("of very many clients with two addresses the first are forgotten", () => {
  const told = new Told();
  for (let i = 0; i < 2 * MOST_LINKS; i++) {
    const at = i / 100;
    told.note(client(i), "a.test", server(i % 1000), at);
    told.find(`2001:db8:3::${i.toString(16)}`, server(i % 1000), at + 0.001);
  }
  assert.ok(told.evicted >= MOST_LINKS, `${told.evicted} were driven out`);
});

Deno.test("the table does not grow: what is driven out before its time is counted", () => {
  const told = new Told();
  for (let i = 0; i < 3 * MOST_PAIRS; i++) told.note(client(i), `n${i}.test`, SERVER, i / 10_000);
  const held = told.ledger.held("names");
  assert.ok(held > 1 << 20 && held < 8 << 20, `${held} bytes`);
  assert.ok(told.evicted > MOST_PAIRS, `${told.evicted} were driven out`);
  for (let i = 0; i < MOST_PAIRS; i++) told.note(client(i), `n${i}.test`, SERVER, 20 + i / 10_000);
  assert.ok(told.ledger.held("names") < held * 1.1);
});

Deno.test("a client that is told of very many addresses drives out few of the others' names", () => {
  const told = new Told();
  const others = Array.from({ length: 1000 }, (_, i) => client(i));
  for (const other of others) told.note(other, "a.test", SERVER, 0, 3600);
  for (let i = 0; i < 4 * MOST_PAIRS; i++) told.note("10.9.9.9", `n${i}.test`, client(i), 1, 3600);
  const kept = others.filter((other) => told.find(other, SERVER, 2) === "a.test");
  assert.ok(kept.length > 600, `${kept.length} of 1000 are left`);
});

Deno.test("with little memory the table is smaller", () => {
  const ledger = new MemoryLedger(1 << 20);
  new AskedNames(ledger).note(words(CLIENT), [SERVER], 60, "a.test", START);
  const held = ledger.held("names");
  assert.ok(held > 0 && held <= 1 << 16, `${held} bytes`);
});

Deno.test("the table grows with what is known, and no name is lost", () => {
  const told = new Told().note(CLIENT, "a.test", SERVER, 0, 3600);
  assert.ok(told.ledger.held("names") < 50_000, `${told.ledger.held("names")} bytes for one name`);
  assert.ok(told.names.hold(words(CLIENT), words(SERVER)));
  const many = MOST_PAIRS / 16;
  // Others than CLIENT, which is the first.
  for (let i = 2; i < many; i++) told.note(client(i), `n${i}.test`, SERVER, 1);
  assert.equal(told.evicted, 0);
  for (let i = 2; i < many; i++) assert.equal(told.find(client(i), SERVER, 30), `n${i}.test`);
  // Held by an open connection, as before.
  assert.equal(told.find(CLIENT, SERVER, 2 * 3600), "a.test");
});

Deno.test("names that are of no use any more make room, instead of a larger table", () => {
  const told = new Told();
  const visit = (hours: number) => {
    for (let i = 0; i < 300; i++) told.note(client(i), "a.test", `192.0.2.${hours}`, hours * 3600);
  };
  visit(0);
  const before = told.ledger.held("names");
  for (let hours = 2; hours < 80; hours += 2) visit(hours);
  // Where pairs lie is random: it may be two or four times as large, but not forty times.
  const after = told.ledger.held("names");
  assert.ok(after < 5 * before, `${after} bytes instead of ${before}`);
  assert.equal(told.evicted, 0);
  for (let i = 0; i < 300; i++) {
    assert.equal(told.find(client(i), "192.0.2.78", 78 * 3600 + 1), "a.test");
  }
});
