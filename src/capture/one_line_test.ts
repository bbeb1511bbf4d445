import assert from "node:assert/strict";
import { oneLine } from "./one_line.ts";

Deno.test("oneLine() joins lines", () => {
  assert.equal(oneLine("a \r\n\tb\n"), "a b");
});
