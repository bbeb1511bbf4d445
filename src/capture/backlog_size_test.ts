import assert from "node:assert/strict";
import { backlogBytes, LEAST_BACKLOG } from "./backlog_size.ts";

const MIB = 1 << 20;

Deno.test("backlogBytes() is a quarter of what is available, at most 1 GiB, for all workers", () => {
  assert.equal(backlogBytes(1, 64 * 1024 * MIB), 1024 * MIB);
  assert.equal(backlogBytes(4, 64 * 1024 * MIB), 256 * MIB);
  assert.equal(backlogBytes(1, 1000 * MIB), 250 * MIB);
  assert.equal(backlogBytes(2, 1001 * MIB), 124 * MIB);
  assert.equal(backlogBytes(8, 10 * MIB), LEAST_BACKLOG);
});

Deno.test("backlogBytes() of this machine is more than the least", () => {
  assert(backlogBytes() > LEAST_BACKLOG);
});
