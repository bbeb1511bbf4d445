// A short queue behaves as an array does, whatever is done with it.

import assert from "node:assert/strict";
import { Random } from "../../../tests/packets/random.ts";
import { ShortQueue } from "./short_queue.ts";

Deno.test("a short queue has what an array has after the same steps", () => {
  const random = new Random(1);
  const queue = new ShortQueue<{ readonly id: number }>();
  const array: { readonly id: number }[] = [];
  for (let id = 0; id < 5000; id++) {
    const step = random.below(8);
    if (step < 4) {
      queue.push({ id });
      array.push({ id });
    } else if (step < 7) {
      if (array.length > 0) assert.deepEqual(queue.shift(), array.shift());
    } else {
      const from = random.below(array.length + 1);
      const to = from + random.below(3);
      assert.deepEqual(queue.take(from, to), array.splice(from, to - from));
    }
    assert.equal(queue.length, array.length);
    assert.deepEqual(queue.first, array[0]);
    assert.deepEqual(queue.last, array.at(-1));
    for (let i = -1; i <= array.length; i++) assert.deepEqual(queue.at(i), array[i]);
  }
  queue.clear();
  assert.equal(queue.length, 0);
});
