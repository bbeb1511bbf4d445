import assert from "node:assert/strict";
import { domainToASCII } from "node:url";
import * as fc from "fast-check";
import { unicodeName } from "./idn.ts";

Deno.test("names of one script are shown in Unicode", () => {
  for (
    const name of [
      "münchen.de",
      "www.bücher.example",
      "пример.испытание",
      "παράδειγμα.δοκιμή",
      "例え.テスト",
      "ひらがな漢字カタカナー.jp",
      "한국어.example",
      "उदाहरण.परीक्षा",
      "faß.de",
      "shop-7ü.de",
    ]
  ) assert.equal(unicodeName(domainToASCII(name)), name, name);
});

Deno.test("mixed scripts, symbols, writing from right to left and invalid names are not", () => {
  for (
    const name of [
      // Cyrillic "а" before Latin letters.
      domainToASCII("\u0430pple.com"),
      domainToASCII("\u0430pple.bücher.com"),
      domainToASCII("例えabc.jp"),
      domainToASCII("a\u09e6.example"),
      domainToASCII("💩.la"),
      domainToASCII("اختبار.example"),
      "xn--a.example",
      "xn--.example",
      "xn--mnchen-3ya-.de",
      "xn--\x1b[2j.de",
      "example.com",
      "",
    ]
  ) assert.equal(unicodeName(name), null, name);
});

Deno.test("whatever the name, no control character comes out", () => {
  const label = fc.stringMatching(/^xn--[a-z0-9-]{1,20}$/);
  fc.assert(fc.property(label, (label) => {
    // deno-lint-ignore no-control-regex -- those are looked for
    assert.doesNotMatch(unicodeName(label) ?? "", /[\x00-\x1f\x7f-\x9f\u200b-\u202e\ufffd]/);
  }));
});
