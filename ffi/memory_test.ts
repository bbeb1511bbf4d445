import assert from "node:assert/strict";

const MEMORY = new URL("memory.ts", import.meta.url);

/** Runs a program that prints how many bytes it took at most, and how many are left. */
async function measure(program: string): Promise<{ most: number; left: number }> {
  const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--v8-flags=--expose-gc", program],
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("releaseFreedMemory() returns the memory of dropped objects to the system", async () => {
  const { most, left } = await measure(`
import { releaseFreedMemory } from "${MEMORY}";
const start = Deno.memoryUsage().rss;
let kept = Array.from({ length: 1_000_000 }, (_, i) => ({ i, text: String(i) }));
const most = Deno.memoryUsage().rss - start;
kept = [];
releaseFreedMemory();
console.log(JSON.stringify({ most, left: Deno.memoryUsage().rss - start }));
`);
  assert.ok(most > 40e6 && left < most / 4, `${left} of ${most} bytes are left`);
});

Deno.test("trimRegularly() returns memory that is freed between blocks in use", async () => {
  const { most, left } = await measure(`
import { trimRegularly } from "${MEMORY}";
using _ = trimRegularly();
const start = Deno.memoryUsage().rss;
let blocks = Array.from({ length: 2000 }, () => new Uint8Array(50_000).fill(1));
const most = Deno.memoryUsage().rss - start;
blocks = blocks.slice(-1);
gc();
await new Promise((resolve) => setTimeout(resolve, 2500));
console.log(JSON.stringify({ most, left: Deno.memoryUsage().rss - start, kept: blocks.length }));
`);
  assert.ok(most > 80e6 && left < most / 4, `${left} of ${most} bytes are left`);
});

Deno.test("without --expose-gc nothing fails", async () => {
  const { releaseFreedMemory, trimRegularly } = await import("./memory.ts");
  using _ = trimRegularly();
  releaseFreedMemory();
});
