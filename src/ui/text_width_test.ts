import assert from "node:assert/strict";
import { characters, cutTo, fit, widthOf } from "./text_width.ts";

Deno.test("text is padded or cut to its width", () => {
  assert.equal(fit("abc", 5), "abc  ");
  assert.equal(fit("abc", 5, "right"), "  abc");
  assert.equal(fit("abcdef", 4), "abc…");
  assert.equal(fit("例えば", 5), "例え…");
  assert.equal(fit("例えば", 4), "例… ");
  assert.equal(widthOf(fit("e\u0301e\u0301e\u0301", 2)), 2);
  assert.equal(cutTo("abc", 0), "");
  assert.deepEqual(characters("e\u0301x"), ["e\u0301", "x"]);
});
