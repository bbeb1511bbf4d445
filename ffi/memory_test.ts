import assert from "node:assert/strict";

/** Fills and drops 100 MB, gives back, and tells what is left of it. */
const PROGRAM = `
import { giveBack, keepNoLargeBlocks } from "${new URL("memory.ts", import.meta.url)}";
keepNoLargeBlocks();
const start = Deno.memoryUsage().rss;
let kept = Array.from({ length: 1_000_000 }, (_, i) => ({ i, text: String(i) }));
const most = Deno.memoryUsage().rss - start;
kept = [];
giveBack();
console.log(JSON.stringify({ most, left: Deno.memoryUsage().rss - start }));
`;

Deno.test("what was dropped goes back to the system", async () => {
  const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--v8-flags=--expose-gc", PROGRAM],
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const { most, left } = JSON.parse(new TextDecoder().decode(stdout));
  assert.ok(most > 40e6 && left < most / 4, `${left} of ${most} octets are left`);
});

Deno.test("without the flag, nothing happens", async () => {
  const { giveBack, keepNoLargeBlocks } = await import("./memory.ts");
  keepNoLargeBlocks();
  giveBack();
});
