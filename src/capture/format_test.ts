import assert from "node:assert/strict";
import { Input, wireLength } from "./format.ts";

Deno.test("compact() moves the remaining bytes to the front", () => {
  const input = new Input(8);
  input.bytes.set([1, 2, 3, 4, 5, 6, 7, 8]);
  Object.assign(input, { start: 5, end: 8 });
  input.compact();
  assert.deepEqual([input.start, input.end, input.length], [0, 3, 3]);
  assert.deepEqual([...input.bytes.subarray(0, 3)], [6, 7, 8]);
  assert.equal(input.view.getUint8(0), 6);
});

Deno.test("the length on the wire is at least the captured one, and at most what can be sent", () => {
  assert.equal(wireLength(10, 1500), 1500);
  assert.equal(wireLength(10, 9), 10);
  assert.equal(wireLength(10, 262144), 262144);
  for (const told of [262145, 2 ** 31, 2 ** 32 - 1]) assert.equal(wireLength(10, told), 10);
});
