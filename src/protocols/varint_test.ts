import assert from "node:assert/strict";
import { fromHex } from "./quic/quic_samples.ts";
import { varint, varintLength } from "./varint.ts";

Deno.test("the examples of RFC 9000 appendix A.1", () => {
  const examples: [string, number][] = [
    ["c2197c5eff14e88c", 151288809941952652],
    ["9d7f3e7d", 494878333],
    ["7bbd", 15293],
    ["25", 37],
    ["4025", 37],
  ];
  for (const [hex, value] of examples) {
    const bytes = fromHex(hex);
    assert.equal(varint(bytes, 0, bytes.length), value);
    assert.equal(varintLength(bytes[0]!), bytes.length);
  }
});

Deno.test("a number that ends past the bytes is refused", () => {
  const bytes = fromHex("c2197c5eff14e88c");
  for (let end = 0; end < bytes.length; end++) assert.equal(varint(bytes, 0, end), -1);
  assert.equal(varint(bytes, 8, 8), -1);
});
