import assert from "node:assert/strict";
import { interfaceNames } from "./interface_names.ts";
import { LOOPBACK } from "./testing.ts";

const LIST = [LOOPBACK, { ...LOOPBACK, index: 2, name: "eth0" }, {
  ...LOOPBACK,
  index: 7,
  name: "3",
}];

Deno.test("interfaces can be named by their numbers; a name goes before a number", async () => {
  const list = () => Promise.resolve(LIST);
  assert.deepEqual(await interfaceNames(["2", "lo"], list), ["eth0", "lo"]);
  assert.deepEqual(await interfaceNames(["3", "99"], list), ["3", "99"]);
  const never = () => Promise.reject(new Error("it need not be asked"));
  assert.deepEqual(await interfaceNames(["any"], never), ["any"]);
});
