// A packet that names no host allocates nothing: else garbage collection would make captures lose packets.

import assert from "node:assert/strict";

/** Bytes per packet. An object that was made for each packet would take 12 or more. */
const MOST = 1;
const LEAST_OBJECT = 12;

const FLAGS = "--v8-flags=--expose-gc,--min-semi-space-size=64";

interface Measured {
  /** Per packet, by kind of traffic; null if it could not be measured. */
  readonly bytes: Readonly<Record<string, number | null>>;
  /** With an object made for each packet on purpose. */
  readonly control: number | null;
}

Deno.test("packets that name no host allocate nothing", async () => {
  const program = decodeURIComponent(new URL("alloc/measure.ts", import.meta.url).pathname);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", FLAGS, program],
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const { bytes, control } = JSON.parse(new TextDecoder().decode(stdout)) as Measured;
  assert.ok(control !== null && control >= LEAST_OBJECT, `an object was not seen: ${control}`);
  assert.ok(Object.keys(bytes).length > 0);
  const wrong = Object.entries(bytes)
    .filter(([, each]) => each === null || each < 0 || each >= MOST);
  assert.deepEqual(wrong, []);
});
