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

Deno.test("kept segments are bounded, in number and in bytes of memory", () => {
  const many = new SegmentQueue();
  for (let i = 0; !many.isFull; i++) many.insert(segment(i * 10, 1));
  assert.equal(many.length, 1024);
  many.clear();
  assert.equal(many.isFull, false);
  assert.equal(many.held, 0);

  const large = new SegmentQueue();
  const bytes = new Uint8Array(60_000);
  for (let i = 0; !large.isFull; i++) large.insert(segment(i * 60_000, 60_000, bytes));
  assert.ok(large.held > 2_000_000 && large.held < 2_200_000, `${large.held}`);
  while (large.length > 0) large.shift();
  assert.equal(large.held, 0);
});
