// The path of packets that bring no name takes no memory: else garbage collection would cost packets.

import assert from "node:assert/strict";

/** Bytes a packet. Anything that were allocated for each packet would take 12 or more. */
const MOST = 1;

const FLAGS = "--v8-flags=--expose-gc,--min-semi-space-size=64";

Deno.test("packets that bring no name take no memory", async () => {
  const program = decodeURIComponent(new URL("alloc/measure.ts", import.meta.url).pathname);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", FLAGS, program],
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const taken = JSON.parse(new TextDecoder().decode(stdout)) as Record<string, number>;
  assert.ok(Object.keys(taken).length > 0);
  const wasteful = Object.entries(taken).filter(([, bytes]) => bytes >= MOST);
  assert.deepEqual(Object.fromEntries(wasteful), {});
});
