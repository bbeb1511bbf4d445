import assert from "node:assert/strict";
import { characters, cutStart, cutTo, fit, widthOf, wrapped } from "./text_width.ts";

Deno.test("text is padded or cut to its width", () => {
  assert.equal(fit("abc", 5), "abc  ");
  assert.equal(fit("abc", 5, "right"), "  abc");
  assert.equal(fit("abcdef", 4), "abc…");
  assert.equal(fit("例えば", 5), "例え…");
  assert.equal(fit("例えば", 4), "例… ");
  assert.equal(widthOf(fit("e\u0301e\u0301e\u0301", 2)), 2);
  assert.equal(widthOf("\u{1f600}한\u200d"), 4);
  assert.equal(cutTo("abc", 0), "");
  assert.deepEqual(characters("e\u0301x"), ["e\u0301", "x"]);
});

Deno.test("text is cut at its start, and words are put on lines", () => {
  assert.equal(cutStart("abcdef", 4), "…def");
  assert.equal(cutStart("例えば", 5), "…えば");
  assert.equal(cutStart("例えば", 4), "…ば");
  assert.equal(cutStart("abc", 3), "abc");
  assert.deepEqual(wrapped("one two three", 7), ["one two", "three"]);
  assert.deepEqual(wrapped("one twothreefour", 7), ["one", "twothr…"]);
});
