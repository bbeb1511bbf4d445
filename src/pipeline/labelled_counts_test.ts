import assert from "node:assert/strict";
import { LabelledCounts } from "./labelled_counts.ts";

Deno.test("LabelledCounts has a row for each set of values, also empty ones", () => {
  const counts = new LabelledCounts("type", "rcode");
  counts.add("A", "NOERROR");
  counts.add("A", "");
  counts.add("A", "NOERROR");
  assert.deepEqual(counts.rows(), [
    { type: "A", rcode: "NOERROR", count: 2 },
    { type: "A", rcode: "", count: 1 },
  ]);
  counts.clear();
  assert.deepEqual(counts.rows(), []);
});
