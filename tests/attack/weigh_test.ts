// What attackers make webstat keep is charged at what it takes, and no packet of theirs costs much more
// than an ordinary one.

import assert from "node:assert/strict";
import { FLOODS } from "./floods.ts";
import type { Weights } from "./weigh.ts";

/** Of what V8 counts. */
const LEAST_CHARGED = 0.7;
const MOST_CHARGED = 1.6;
/** Below it, what each pipeline takes by itself is too large a part of what V8 counts. */
const WEIGHABLE = 5e6;
/** Times the cost of an ordinary packet. */
const MOST_COST = 10;

Deno.test("attacks are charged at what they take, and their packets cost little more than others", async (t) => {
  const program = decodeURIComponent(new URL("weigh.ts", import.meta.url).pathname);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--v8-flags=--expose-gc", program],
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const { floods, ordinaryCost } = JSON.parse(new TextDecoder().decode(stdout)) as Weights;
  const weighable = Object.entries(floods).filter(([, { taken }]) => taken > WEIGHABLE);
  assert.ok(weighable.length >= 8, `${weighable.length} can be weighed`);
  for (const [name, { charged, taken }] of weighable) {
    await t.step(`${name} is charged at what it takes`, () => {
      const share = charged / taken;
      assert.ok(share > LEAST_CHARGED && share < MOST_CHARGED, `${charged} of ${taken} bytes`);
    });
  }
  // The others bring many messages in each packet: they cost what these do.
  for (const { name } of FLOODS.filter(({ cheap }) => cheap)) {
    await t.step(`a packet of ${name} costs at most ${MOST_COST} ordinary ones`, () => {
      const times = floods[name]!.cost / ordinaryCost;
      assert.ok(times <= MOST_COST, `${times.toFixed(1)} times ${ordinaryCost.toFixed(2)} us`);
    });
  }
});
