import assert from "node:assert/strict";
import fc from "fast-check";
import { DEFAULT_SCALE, DurationScale } from "./duration_scale.ts";

Deno.test("every duration is in the first step that ends at or behind it", () => {
  for (const scale of [DEFAULT_SCALE, new DurationScale([1e-6, 0.3, 1e6])]) {
    const edges: number[] = [];
    for (let edge; (edge = scale.edgeOf(edges.length)) !== undefined;) edges.push(edge);
    const check = (seconds: number) => {
      const first = edges.findIndex((edge) => seconds <= edge);
      assert.equal(scale.stepOf(seconds), first < 0 ? edges.length - 1 : first, `${seconds}`);
    };
    for (const edge of edges) [edge, edge * (1 + 1e-15), edge * (1 - 1e-15)].forEach(check);
    [0, 5e-324, 1e-9, 1e7, 1e300, Infinity].forEach(check);
    fc.assert(fc.property(fc.double({ min: 0, max: 2e6, noNaN: true }), check));
  }
});
