import assert from "node:assert/strict";
import { UserError } from "../errors.ts";
import { chooseInterface, listInterfaces, type NetInterface } from "./interfaces.ts";

function netInterface(index: number, name: string, state: Partial<NetInterface>): NetInterface {
  const usual = { description: "", addresses: [], up: true, running: true, loopback: false };
  return { index, name, ...usual, ...state };
}

Deno.test("listInterfaces() has the loopback with its address, and pseudo interfaces last", () => {
  const all = listInterfaces();
  const loopback = all.find((each) => each.loopback);
  assert(loopback !== undefined);
  assert(loopback.index > 0);
  assert(loopback.addresses.includes("127.0.0.1"), loopback.addresses.join());
  const indexes = all.map((each) => each.index || Infinity);
  assert.deepEqual(indexes, indexes.toSorted((a, b) => a === b ? 0 : a - b));
});

Deno.test({
  name: "listInterfaces() agrees with the operating system on names and addresses",
  fn: () => {
    const listed = new Map(listInterfaces().map((each) => [each.name, each]));
    for (const { name, address } of Deno.networkInterfaces()) {
      assert(listed.get(name)?.addresses.includes(address), `${name} ${address}`);
    }
  },
});

Deno.test("chooseInterface() takes the lowest index that is up and not loopback", () => {
  const choice = chooseInterface([
    netInterface(0, "any", {}),
    netInterface(7, "eth1", {}),
    netInterface(3, "eth0", {}),
    netInterface(2, "wlan0", { up: false }),
    netInterface(1, "lo", { loopback: true }),
  ]);
  assert.equal(choice, "eth0");
});

Deno.test("chooseInterface() says what to do if there is none", () => {
  const none = [netInterface(0, "any", {}), netInterface(1, "lo", { loopback: true })];
  assert.throws(() => chooseInterface(none), (error) => {
    assert(error instanceof UserError);
    assert.match(error.message, /^no interface is up except loopback: .*--interface/);
    return true;
  });
});
