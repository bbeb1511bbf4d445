import assert from "node:assert/strict";
import { hostLabel } from "./label_values.ts";
import { OTHER_HOST } from "./label_values.ts";

Deno.test("labels of ordinary names are the names", () => {
  for (
    const name of [
      "example.com",
      "192.0.2.1",
      "2001:db8::1",
      "_dmarc.example",
      "a b",
      "münchen.example",
    ]
  ) {
    assert.equal(hostLabel(name), name);
  }
});

Deno.test("labels hold nothing that controls a terminal or ends a line", () => {
  const names: [string, string][] = [
    ["a\nb", "a\\u{a}b"],
    ["\x1b[2J", "\\u{1b}[2J"],
    ["a\x00\x7f\x9b", "a\\u{0}\\u{7f}\\u{9b}"],
    ["\u202egpj.exe", "\\u{202e}gpj.exe"],
    ["a\u2028b\ufeff", "a\\u{2028}b\\u{feff}"],
    ["\ud800", "\\u{d800}"],
    ['"}', '"}'],
  ];
  for (const [name, expected] of names) assert.equal(hostLabel(name), expected);
});

Deno.test("labels are of bounded length, and none is that of ~other", () => {
  assert.equal(hostLabel("a".repeat(70_000)).length, 256);
  assert.ok(hostLabel("\u{1f600}".repeat(1000)).isWellFormed());
  assert.ok(hostLabel("\x1b".repeat(1000)).length < 2000);
  assert.notEqual(hostLabel(OTHER_HOST), OTHER_HOST);
});
