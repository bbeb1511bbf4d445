import assert from "node:assert/strict";
import { linkLayer } from "./link_layers.ts";
import { linkTypeName } from "./link_names.ts";

Deno.test("link types that are not read have names", () => {
  assert.equal(linkTypeName(220), "220 (USB of Linux)");
  assert.equal(linkTypeName(9999), "9999");
});

Deno.test("link types that are read have none", () => {
  for (let linkType = 0; linkType < 400; linkType++) {
    if (linkLayer(linkType) !== null) assert.equal(linkTypeName(linkType), String(linkType));
  }
});
