import assert from "node:assert/strict";
import { interfaceIndex } from "./devices.ts";
import { interfaceName, isInterfaceUp } from "./interface_state.ts";

Deno.test("an interface is found by its index, and known to be up", () => {
  const name = Deno.build.os === "darwin" ? "lo0" : "lo";
  assert.equal(interfaceName(interfaceIndex(name)), name);
  assert.equal(isInterfaceUp(name), true);
});

Deno.test("what is not there has no name, and is not up", () => {
  assert.equal(interfaceName(0x7ffffff0), null);
  assert.equal(isInterfaceUp("none0"), false);
  assert.equal(isInterfaceUp("a-name-that-is-much-too-long-for-an-interface"), false);
});
