// What is found in the real captures beside this project: recall and precision of every kind, tunnels
// included.

import assert from "node:assert/strict";
import { SHARED_CAPTURES, sharedTest } from "../shared_captures.ts";
import { main } from "./accuracy.ts";

sharedTest("real captures are read right", async () => {
  assert.equal(await main(["--tunnels", "--min", "0.995", SHARED_CAPTURES]), 0);
});
