import assert from "node:assert/strict";
import { ClosedStreams } from "./closed_streams.ts";

Deno.test("streams that end in any order are over, and no others", () => {
  const closed = new ClosedStreams();
  for (const id of [8, 0, 16]) closed.add(id);
  assert.deepEqual([0, 4, 8, 12, 16, 20].filter((id) => closed.has(id)), [0, 8, 16]);
  closed.add(4);
  assert.deepEqual([0, 4, 8, 12, 16, 20].filter((id) => closed.has(id)), [0, 4, 8, 16]);
});

Deno.test("if many are apart, the oldest that never ended are taken for over, once and for all", () => {
  const closed = new ClosedStreams();
  const last = 8 * 10_000;
  for (let id = 0; id < last; id += 8) closed.add(id);
  assert.ok(closed.has(4));
  assert.ok(!closed.has(last - 4), "one that may still be open");
  for (let id = 0; id < last; id += 8) assert.ok(closed.has(id));
  // One of those ends after all.
  closed.add(4);
  assert.ok(closed.has(12));
});

Deno.test("a stream that is apart costs little, however many there were", () => {
  const closed = new ClosedStreams();
  const begun = performance.now();
  for (let i = 0; i < 200_000; i++) closed.add(8 * i);
  assert.ok(performance.now() - begun < 2000);
});
