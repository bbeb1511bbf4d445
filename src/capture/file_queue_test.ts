import assert from "node:assert/strict";
import { fileQueue, inOrder, takeFrom } from "./file_queue.ts";

Deno.test("one worker takes all files in their order", () => {
  const take = inOrder(3);
  assert.deepEqual([take(), take(), take(), take(), take()], [0, 1, 2, null, null]);
  assert.equal(inOrder(0)(), null);
});

Deno.test("several workers take each file once: pipes first, then the largest", () => {
  const queue = fileQueue([10, 300, Infinity, 300, 0]);
  let begun = 0;
  const [one, other] = [takeFrom(queue, () => begun++), takeFrom(queue, () => begun++)];
  assert.deepEqual([one(), other(), other(), one(), one()], [2, 1, 3, 0, 4]);
  assert.deepEqual([one(), other(), one()], [null, null, null]);
  assert.equal(begun, 5);
});
