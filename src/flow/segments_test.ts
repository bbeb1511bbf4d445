import assert from "node:assert/strict";
import { type Segment, SegmentQueue } from "./segments.ts";

const segment = (sequence: number, length: number, bytes = new Uint8Array(length)): Segment => ({
  sequence: sequence | 0,
  length,
  bytes,
  acknowledgement: null,
  time: 0,
  isLast: false,
});

const places = (queue: SegmentQueue): [number, number][] => {
  const all: [number, number][] = [];
  while (queue.first !== undefined) {
    const { sequence, length } = queue.shift();
    all.push([sequence, length]);
  }
  return all;
};

Deno.test("segments are returned in the order of their sequence numbers, also across 2^32", () => {
  const queue = new SegmentQueue();
  for (const sequence of [10, -10, 2 ** 32 - 30, 0, 30, -20]) queue.insert(segment(sequence, 5));
  assert.deepEqual(places(queue).map(([at]) => at), [-30, -20, -10, 0, 10, 30]);
});

Deno.test("a segment without new bytes is not kept, a longer one is", () => {
  const queue = new SegmentQueue();
  queue.insert(segment(5, 10));
  queue.insert(segment(5, 10));
  queue.insert(segment(5, 4));
  assert.equal(queue.length, 1);
  queue.insert(segment(5, 20));
  assert.deepEqual(places(queue), [[5, 10], [5, 20]]);
});

Deno.test("kept segments are bounded, for each stream and for all together", () => {
  const many = new SegmentQueue();
  for (let i = 0; !many.isFull; i++) many.insert(segment(i * 10, 1));
  assert.equal(many.length, 1024);
  many.clear();
  assert.equal(many.isFull, false);

  const megabyte = new Uint8Array(1 << 20);
  const queues: SegmentQueue[] = [];
  while (!new SegmentQueue().isFull) {
    const queue = new SegmentQueue();
    queue.insert(segment(0, megabyte.length, megabyte));
    assert.ok(queue.isFull);
    queues.push(queue);
  }
  assert.equal(queues.length, 64);
  queues[0]!.shift();
  assert.equal(new SegmentQueue().isFull, false);
  for (const queue of queues) queue.clear();
});
