import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import fc from "fast-check";
import { encryptBlock } from "./aes128.ts";
import { fromHex } from "./quic_samples.ts";

const wordsOf = (block: Uint8Array): number[] => {
  const view = new DataView(block.buffer);
  return Array.from({ length: 4 }, (_, i) => view.getInt32(4 * i));
};

function encrypted(key: Uint8Array, block: Uint8Array): string {
  const [a, b, c, d] = wordsOf(block);
  const out = new Int32Array(4);
  encryptBlock(wordsOf(key), a!, b!, c!, d!, out);
  return [...out].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

Deno.test("the examples of FIPS 197, appendices B and C.1", () => {
  assert.equal(
    encrypted(
      fromHex("2b7e151628aed2a6abf7158809cf4f3c"),
      fromHex("3243f6a8885a308d313198a2e0370734"),
    ),
    "3925841d02dc09fbdc118597196a0b32",
  );
  assert.equal(
    encrypted(
      fromHex("000102030405060708090a0b0c0d0e0f"),
      fromHex("00112233445566778899aabbccddeeff"),
    ),
    "69c4e0d86a7b0430d8cdb78070b4c55a",
  );
});

Deno.test("any key and block give the same as node:crypto", () => {
  const sixteen = fc.uint8Array({ minLength: 16, maxLength: 16 });
  fc.assert(fc.property(sixteen, sixteen, (key, block) => {
    const reference = createCipheriv("aes-128-ecb", key, new Uint8Array(0));
    const expected = reference.update(block, undefined, "hex");
    assert.equal(encrypted(Uint8Array.from(key), Uint8Array.from(block)), expected);
  }));
});
