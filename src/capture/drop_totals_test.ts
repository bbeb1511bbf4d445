import assert from "node:assert/strict";
import { DropTotals } from "./drop_totals.ts";

Deno.test("DropTotals counts on if a 32-bit counter wraps", () => {
  const drops = new DropTotals();
  drops.update({ kernel: 0xfffffff0, interface: 5 });
  drops.update({ kernel: 0x10, interface: 5 });
  assert.deepEqual(drops.total, { kernel: 0x100000010, interface: 5 });
  drops.update({ kernel: 0x0f, interface: 6 });
  assert.deepEqual(drops.total, { kernel: 0x20000000f, interface: 6 });
});

Deno.test("DropTotals returns copies", () => {
  const drops = new DropTotals();
  const before = drops.total;
  drops.update({ kernel: 1, interface: 1 });
  assert.deepEqual(before, { kernel: 0, interface: 0 });
});
