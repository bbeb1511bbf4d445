// The examples of RFC 9204 appendix B.

import assert from "node:assert/strict";
import { BLOCKED, BROKEN, QpackDecoder } from "./qpack.ts";

const bytes = (hex: string): Uint8Array => Uint8Array.fromHex(hex.replaceAll(/\s/g, ""));

function decode(decoder: QpackDecoder, hex: string): number | string {
  const fields: string[] = [];
  const block = bytes(hex);
  const result = decoder.decode(block, 0, block.length, {
    field: (name, value) => void fields.push(`${name}: ${value}`),
  });
  return result === 1 ? fields.join("\n") : result;
}

const insert = (decoder: QpackDecoder, hex: string): number =>
  decoder.instructions(bytes(hex), 0, bytes(hex).length);

Deno.test("B.1: a literal with a name of the static table", () => {
  assert.equal(
    decode(new QpackDecoder(), "0000 510b 2f69 6e64 6578 2e68 746d 6c"),
    ":path: /index.html",
  );
});

Deno.test("B.2 to B.5: the dynamic table", () => {
  const decoder = new QpackDecoder();
  const first = "0381 10 11";
  assert.equal(decode(decoder, first), BLOCKED);
  decoder.allow(220);
  const inserts =
    "3fbd01 c00f 7777 772e 6578 616d 706c 652e 636f 6d c10c 2f73 616d 706c 652f 7061 7468";
  assert.equal(insert(decoder, inserts), bytes(inserts).length);
  assert.equal(decode(decoder, first), ":authority: www.example.com\n:path: /sample/path");
  // B.3: a name of its own. B.4: a duplicate, and a block that refers to it.
  insert(decoder, "4a63 7573 746f 6d2d 6b65 790c 6375 7374 6f6d 2d76 616c 7565");
  assert.equal(decode(decoder, "0500 80 c1 81"), BLOCKED);
  insert(decoder, "02");
  assert.equal(
    decode(decoder, "0500 80 c1 81"),
    ":authority: www.example.com\n:path: /\ncustom-key: custom-value",
  );
  // B.5: an entry that evicts the oldest one.
  insert(decoder, "810d 6375 7374 6f6d 2d76 616c 7565 32");
  assert.equal(decode(decoder, "0600 80"), "custom-key: custom-value2");
});

Deno.test("instructions may be cut anywhere", () => {
  const whole = bytes("3fbd01 c00f 7777 772e 6578 616d 706c 652e 636f 6d");
  for (let cut = 0; cut < whole.length; cut++) {
    const decoder = new QpackDecoder();
    const used = decoder.instructions(whole, 0, cut);
    assert.ok(used === 0 || used === 3, `${cut}`);
    assert.equal(decoder.instructions(whole, used, whole.length), whole.length - used);
    assert.equal(decode(decoder, "0200 80"), ":authority: www.example.com");
  }
});

Deno.test("after a loss, entries are unknown, and what is literal is read", () => {
  const decoder = new QpackDecoder();
  decoder.allow(220);
  decoder.forget();
  assert.equal(decode(decoder, "0381 10 11 d1"), "null: null\nnull: null\n:method: GET");
});

Deno.test("what is malformed is told", () => {
  for (const wrong of ["", "00", "0000 51ff", "0000 ffffffffffffff"]) {
    const result = decode(new QpackDecoder(), wrong);
    assert.ok(result === BROKEN || result === "", wrong);
  }
});
