import assert from "node:assert/strict";
import { linkTypeName } from "./link_names.ts";

Deno.test("link types that are not read have names", () => {
  assert.equal(linkTypeName(220), "220 (USB of Linux)");
  assert.equal(linkTypeName(9999), "9999");
});

Deno.test("the usual link types have one too", () => {
  assert.equal(linkTypeName(1), "1 (Ethernet)");
});
