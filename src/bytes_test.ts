import assert from "node:assert/strict";
import { i32, latin1, sequenceDistance, u16, u24, u32 } from "./bytes.ts";

const BYTES = Uint8Array.of(0, 0xff, 0xfe, 0xfd, 0xfc, 0x7f);

Deno.test("numbers are read with their first byte on top", () => {
  assert.equal(u16(BYTES, 1), 0xfffe);
  assert.equal(u24(BYTES, 1), 0xfffefd);
  assert.equal(u32(BYTES, 1), 0xfffefdfc);
  assert.equal(u32(BYTES, 0), 0x00fffefd);
});

Deno.test("an int32 is negative from 2^31 on", () => {
  assert.equal(i32(BYTES, 1), 0xfffefdfc - 2 ** 32);
  assert.equal(i32(BYTES, 0), 0x00fffefd);
  assert.equal(i32(Uint8Array.of(0x80, 0, 0, 0), 0), -(2 ** 31));
});

Deno.test("sequence numbers are compared around their wrap", () => {
  assert.equal(sequenceDistance(5, 3), 2);
  assert.equal(sequenceDistance(3, 5), -2);
  assert.equal(sequenceDistance(2, -3), 5, "past 2^32");
  assert.equal(sequenceDistance(-(2 ** 31), 2 ** 31 - 1), 1, "past 2^31");
  assert.equal(sequenceDistance(7, 7), 0);
});

Deno.test("a text has a character for each byte, wherever its array is in its buffer", () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  const text = latin1(all, 0, 256);
  assert.deepEqual(Array.from(text, (it) => it.charCodeAt(0)), [...all]);
  assert.equal(latin1(all.subarray(100, 110), 2, 4), text.slice(102, 104));
  assert.equal(latin1(BYTES, 1, 3), "\xff\xfe");
  assert.equal(latin1(BYTES, 3, 3), "");
});
