import assert from "node:assert/strict";
import { placeOf } from "./place.ts";

Deno.test("a place keeps letters of every script", () => {
  assert.deepEqual(placeOf("São Paulo", "BR"), { city: "São Paulo", country: "BR" });
  assert.equal(placeOf("Київ", "UA").city, "Київ");
});

Deno.test("a place is plain text, whatever a database holds", () => {
  assert.equal(placeOf("\x1b[31mRome\x07\n", "IT").city, "[31mRome");
  assert.equal(placeOf("a\u202eb\u2028c\ud800", "").city, "abc");
  assert.equal(placeOf("x".repeat(5000), "").city.length, 100);
});

Deno.test("what is not text counts as unknown", () => {
  for (const value of [undefined, null, 7, 1n, {}, [], true]) {
    assert.deepEqual(placeOf(value, value), { city: "", country: "" });
  }
});
