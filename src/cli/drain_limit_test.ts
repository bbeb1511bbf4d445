import assert from "node:assert/strict";
import { isEnough } from "./drain_limit.ts";

Deno.test("the end of a capture is waited for as long as it works, and not if it hangs", () => {
  assert.ok(!isEnough(1000, 1900, true), "two processors are busy");
  assert.ok(isEnough(1500, 1900, true), "it works without an end");
  assert.ok(isEnough(1500, 3, true), "it waits for what never comes");
  assert.ok(!isEnough(10_000, 500, true), "others are busy");
  assert.ok(isEnough(20_000, 900, true), "at the longest");
});

Deno.test("if nothing was counted yet, the end of a capture is waited for longer", () => {
  assert.ok(!isEnough(1500, 3, false));
  assert.ok(!isEnough(5000, 5000, false));
  assert.ok(isEnough(8000, 8000, false));
  assert.ok(isEnough(20_000, 0, false));
});
