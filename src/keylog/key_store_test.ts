import assert from "node:assert/strict";
import { MemoryLedger } from "../memory_ledger.ts";
import { KeyStore } from "./key_store.ts";

const random = (i: number): Uint8Array => {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, i);
  return bytes;
};

const secret = () => new Uint8Array(48).fill(7);

Deno.test("a flood of secrets is bounded; the one that was needed least recently goes", () => {
  const ledger = new MemoryLedger(1 << 20);
  const store = new KeyStore(ledger);
  for (let i = 0; i < 100_000; i++) {
    store.add("master", random(i), secret());
    assert.ok(store.find(random(0), 0) !== null);
  }
  assert.ok(ledger.held("keys") <= (1 << 20) / 8);
  assert.ok(store.size > 200 && store.size < 400, `${store.size}`);
  assert.equal(store.find(random(1), 0), null);
  assert.ok(store.find(random(99_999), 0) !== null);
  const [evicted] = ledger.evicted;
  assert.deepEqual(evicted, { what: "keys", reason: "full", count: 100_000 - store.size });
});

Deno.test("what is told again does not replace what is known", () => {
  const store = new KeyStore(new MemoryLedger(Infinity));
  store.add("master", random(1), secret());
  store.add("master", random(1), new Uint8Array(48));
  assert.deepEqual(store.find(random(1), 0)?.master, secret());
});

Deno.test("live, secrets are gone from memory with their session", () => {
  const ledger = new MemoryLedger(Infinity);
  const store = new KeyStore(ledger);
  const kept = secret();
  store.add("master", random(1), kept);
  store.find(random(1), 0);
  store.ended(random(1), 0);
  assert.ok(store.find(random(1), 0) !== null, "a file may have the session again");
  store.forgets = true;
  store.ended(random(1), 0);
  assert.equal(store.find(random(1), 0), null);
  assert.deepEqual(kept, new Uint8Array(48));
  assert.equal(ledger.held("keys"), 0);
});

Deno.test("live, secrets go that no connection asks for; those in use stay", () => {
  const store = new KeyStore(new MemoryLedger(Infinity));
  store.forgets = true;
  const unused = secret();
  store.add("master", random(1), unused);
  store.add("master", random(2), secret());
  assert.ok(store.find(random(2), 0) !== null);
  assert.deepEqual([...store.unclaimed()], [random(1)]);
  store.expire();
  assert.equal(store.size, 2, "their connection may still come");
  store.expire();
  assert.equal(store.size, 1);
  assert.deepEqual(unused, new Uint8Array(48));
  assert.ok(store.find(random(2), 0) !== null);
});
