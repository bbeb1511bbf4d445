import assert from "node:assert/strict";
import { UserError } from "../errors.ts";
import { checkDescriptors, checkMemory, checkResources } from "./start.ts";

Deno.test("too few descriptors or too little memory are said in one line each", () => {
  const said = (check: () => void) => {
    try {
      check();
    } catch (error) {
      assert.ok(error instanceof UserError && !error.usage);
      return error.message;
    }
    return null;
  };
  assert.equal(said(() => checkDescriptors(1, 64)), null);
  assert.match(
    said(() => checkDescriptors(2, 64))!,
    /^Only 64 files .* 80 are needed: .*ulimit -n 80/,
  );
  assert.equal(said(() => checkMemory(64 << 20)), null);
  assert.match(said(() => checkMemory(63.9 * 2 ** 20))!, /^Only 63 MiB .* 64 are needed/);
  // This machine has enough of both.
  checkResources(1);
});
