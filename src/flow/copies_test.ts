import assert from "node:assert/strict";
import { Copies } from "./copies.ts";

Deno.test("copies are found in any order, for a moment", () => {
  const copies = new Copies();
  for (let i = 0; i < 500; i++) assert.equal(copies.has(i * 7919, 1, i), false);
  for (let i = 499; i >= 0; i--) assert.equal(copies.has(i * 7919, 1, i + 15_000), true);
  assert.equal(copies.count, 500);
  assert.equal(copies.has(7919, 1, 1e6), false, "the same a second later was sent again");
});

Deno.test("packets of another flow or direction are no copies", () => {
  const copies = new Copies();
  assert.equal(copies.has(5, 1, 0), false);
  assert.equal(copies.has(5, 2, 0), false);
  assert.equal(copies.has(6, 1, 0), false);
});
