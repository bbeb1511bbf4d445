import assert from "node:assert/strict";
import { MemoryLedger } from "../memory_ledger.ts";
import { AwaitedSessions } from "./awaited_sessions.ts";
import { KeyStore } from "./key_store.ts";

/** Bytes with a ClientHello whose random is all `i`, behind some others. */
function withHello(i: number): Uint8Array {
  const bytes = new Uint8Array(300);
  bytes.set([22, 22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3], 99);
  return bytes.fill(i, 111, 143);
}

Deno.test("a session is awaited until its secrets are there", () => {
  const store = new KeyStore(new MemoryLedger(Infinity));
  const awaited = new AwaitedSessions(store);
  const bytes = withHello(7);
  assert.ok(awaited.areIn(bytes));
  assert.ok(awaited.areIn(bytes));
  store.add("master", new Uint8Array(32).fill(7), new Uint8Array(48));
  assert.ok(!awaited.areIn(bytes));
  assert.ok(!awaited.areIn(new Uint8Array(300)));
});

Deno.test("a program that writes no secrets is not waited for again and again", () => {
  const awaited = new AwaitedSessions(new KeyStore(new MemoryLedger(Infinity)));
  const waits = Array.from({ length: 200 }, (_, i) => awaited.areIn(withHello(i)));
  assert.deepEqual([waits[0], waits[5], waits[199]], [true, true, false]);
});
