import assert from "node:assert/strict";
import { fuzzFile } from "./files.ts";
import { Rounds } from "./rounds.ts";

/** `deno task fuzz` goes on for longer. */
const SECONDS = Number(Deno.env.get("WEBSTAT_FUZZ_SECONDS") ?? 10);

Deno.test("conversations and files made by chance neither fail, nor take long, nor take memory beyond the budget", async () => {
  const end = performance.now() + SECONDS * 1000;
  const rounds = new Rounds();
  for (let seed = 0; seed < 2 || performance.now() < end; seed++) {
    assert.equal((rounds.run(seed) ?? await fuzzFile(seed))?.what, undefined, `seed ${seed}`);
  }
  assert.ok(rounds.packets > 1000);
});
