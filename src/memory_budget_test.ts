import assert from "node:assert/strict";
import { backlogBytes, LEAST_BACKLOG, memoryBudget, stateBytes } from "./memory_budget.ts";

const MIB = 1 << 20;

Deno.test("the budget is what is given, else 1 GiB, but no more than half of what the machine has", () => {
  assert.equal(memoryBudget(128 * MIB, 64 * MIB), 128 * MIB);
  assert.equal(memoryBudget(null, 64 * 1024 * MIB), 1024 * MIB);
  assert.equal(memoryBudget(null, 1000 * MIB), 500 * MIB);
});

Deno.test("nearly half of the budget is for packets that wait, less for what is kept, shared by the workers", () => {
  assert.equal(backlogBytes(1024 * MIB), 496 * MIB);
  assert.equal(backlogBytes(1024 * MIB, 4), 124 * MIB);
  assert.equal(backlogBytes(501 * MIB, 2), 116 * MIB);
  assert.equal(backlogBytes(8 * MIB, 8), LEAST_BACKLOG);
  assert.equal(stateBytes(1024 * MIB), 320 * MIB);
  assert.equal(stateBytes(1024 * MIB, 4), 80 * MIB);
});

Deno.test("the budget of this machine is more than the least backlog", () => {
  assert.ok(memoryBudget(null) > LEAST_BACKLOG);
});
