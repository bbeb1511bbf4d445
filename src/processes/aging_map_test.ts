import assert from "node:assert/strict";
import { AgingMap } from "./aging_map.ts";

Deno.test("what is used stays, the rest is forgotten", () => {
  const map = new AgingMap<number, string>(100);
  for (let i = 0; i < 10_000; i++) {
    map.set(i, `${i}`);
    assert.equal(map.get(0), "0");
    assert.ok(map.size <= 100);
  }
  assert.equal(map.get(9_999 - 49), "9950");
  assert.equal(map.get(9_000), undefined);
  assert.equal(map.has(9_000), false);
});

Deno.test("an entry is set anew, deleted, and comes once", () => {
  const map = new AgingMap<string, number>(4);
  for (const [i, key] of ["a", "b", "a", "c"].entries()) map.set(key, i);
  assert.equal(map.get("a"), 2);
  map.delete("b");
  assert.deepEqual([...map].sort(), [["a", 2], ["c", 3]]);
});
