// What is found in the real captures beside this project, where they are there: recall and precision
// of every kind, tunnels included.

import assert from "node:assert/strict";
import { main } from "./accuracy.ts";

const folder = decodeURIComponent(new URL("../../../shared/pcaps", import.meta.url).pathname);

function isThere(): boolean {
  try {
    return Deno.statSync(folder).isDirectory;
  } catch {
    return false;
  }
}

Deno.test({
  name: `real captures are read right${isThere() ? "" : " (skipped: there is no ../shared/pcaps)"}`,
  ignore: !isThere(),
  fn: async () => assert.equal(await main(["--tunnels", "--min", "0.995", folder]), 0),
});
