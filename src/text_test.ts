import assert from "node:assert/strict";
import { printable, quote, safeJson } from "./text.ts";

Deno.test("plain text stays as it is", () => {
  for (const text of ["", "www.example.com", "münchen.example", "日本 😀"]) {
    assert.equal(printable(text), text);
    assert.equal(quote(text), JSON.stringify(text));
  }
});

Deno.test("nothing that acts on a terminal gets through, as text or as JSON", () => {
  const unsafe = "\x00\x07\b\t\n\r\x1b[31m\x7f\x9b\u200b\u200e\u2028\u202e\u2066\ufeff\ud800";
  const acts = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
  assert.doesNotMatch(printable(unsafe), acts);
  assert.doesNotMatch(quote(unsafe), acts);
  assert.equal(JSON.parse(quote(unsafe)), unsafe);
  assert.doesNotMatch(safeJson({ [unsafe]: [unsafe] }), acts);
  assert.deepEqual(JSON.parse(safeJson({ [unsafe]: [unsafe] })), { [unsafe]: [unsafe] });
});

Deno.test("what is not printable is told by its number", () => {
  assert.equal(printable("a\x1b[2Jb\u{e0041}\ud800"), "a\\u{1b}[2Jb\\u{e0041}\\u{d800}");
});

Deno.test("quotes and backslashes are escaped in JSON", () => {
  assert.equal(quote('a"b\\c'), '"a\\"b\\\\c"');
});
