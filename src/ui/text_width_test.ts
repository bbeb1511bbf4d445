import assert from "node:assert/strict";
import { bar, condense, graph, histogram, sparkline } from "./view/charts.ts";
import { parseNumbers } from "./state/numbering.ts";
import { characters, cutTo, fit, widthOf } from "./text_width.ts";

Deno.test("text is padded or cut to its width", () => {
  assert.equal(fit("abc", 5), "abc  ");
  assert.equal(fit("abc", 5, "right"), "  abc");
  assert.equal(fit("abcdef", 4), "abc…");
  assert.equal(fit("例えば", 5), "例え…");
  assert.equal(fit("例えば", 4), "例… ");
  assert.equal(widthOf(fit("e\u0301e\u0301e\u0301", 2)), 2);
  assert.equal(cutTo("abc", 0), "");
  assert.deepEqual(characters("e\u0301x"), ["e\u0301", "x"]);
});

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

Deno.test("numbers can be lists and ranges", () => {
  assert.deepEqual(parseNumbers("3,5-7 9"), [3, 5, 6, 7, 9]);
  for (const wrong of ["", ",", "a", "3-", "7-5", "1-999999999", "-3"]) {
    assert.equal(parseNumbers(wrong), null, wrong);
  }
});
