import assert from "node:assert/strict";
import { mayAttempt, noteVain } from "./vain_attempts.ts";

Deno.test("packets are tried in vain ten thousand times a second, then again in the next", () => {
  const time = 1_800_000_000_000_000;
  for (let i = 0; i < 10_000; i++) {
    assert.ok(mayAttempt(time + i));
    noteVain();
  }
  assert.equal(mayAttempt(time + 999_999), false);
  assert.equal(mayAttempt(time + 1_000_000), true);
});
