import assert from "node:assert/strict";
import { bar, condense, graph, histogram, sparkline } from "./charts.ts";

Deno.test("graphs show every value above 0", () => {
  assert.equal(sparkline([0, 1, 1000]), " ▁█");
  assert.equal(sparkline([]), "");
  assert.deepEqual(graph([0, 4, 8], 2), ["  █", " ██"]);
  assert.equal(bar(0.5, 4), "██░░");
});

Deno.test("neighbours are summed, the newest in a complete group", () => {
  assert.deepEqual(condense([1, 2, 3, 4, 5], 3), [1, 5, 9]);
  assert.deepEqual(condense([1, 2], 10), [1, 2]);
});

Deno.test("a histogram spans the shortest to the longest duration", () => {
  const { from, to, counts } = histogram([
    { seconds: 0.001, count: 5 },
    { seconds: 0.004, count: 2 },
    { seconds: 1.024, count: 1 },
  ], 20);
  assert.equal(counts.length, 20);
  assert.deepEqual([counts[0], counts.at(-1)], [5, 1]);
  assert.ok(Math.abs(from - 0.001) < 1e-9 && Math.abs(to - 1.024) < 1e-9);
  assert.deepEqual(histogram([{ seconds: 0, count: 3 }], 20).counts, [3]);
});
