import assert from "node:assert/strict";
import { Copies } from "./copies.ts";

Deno.test("copies are found in any order, but only for 20 ms", () => {
  const copies = new Copies();
  for (let i = 0; i < 500; i++) assert.equal(copies.has({ time: i }, i * 7919, 1), false);
  for (let i = 499; i >= 0; i--) assert.equal(copies.has({ time: i + 15_000 }, i * 7919, 1), true);
  assert.equal(copies.count, 500);
  assert.equal(copies.has({ time: 1e6 }, 7919, 1), false, "the same a second later was sent again");
});

Deno.test("packets of another flow or direction are no copies", () => {
  const copies = new Copies();
  assert.equal(copies.has({ time: 0 }, 5, 1), false);
  assert.equal(copies.has({ time: 0 }, 5, 2), false);
  assert.equal(copies.has({ time: 0 }, 6, 1), false);
});
