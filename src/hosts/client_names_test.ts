import assert from "node:assert/strict";
import { MemoryLedger } from "../memory_ledger.ts";
import { ClientNames, type ClientNameSource, reversedAddress } from "./client_names.ts";
import { mergeClients } from "./clients.ts";

/** The names that are known once these were told of 10.0.0.1, one after the other. */
function told(...names: readonly (readonly [name: string, by: ClientNameSource])[]) {
  const known = new ClientNames(new MemoryLedger(Infinity));
  for (const [name, by] of names) known.note("10.0.0.1", name, by);
  return known.all();
}

Deno.test("what a device calls itself does not replace what reverse DNS says", () => {
  const names = [
    told(["evil", "mdns"], ["nas", "ptr"], ["evil", "mdns"]),
    // It was the same name before.
    told(["nas", "mdns"], ["nas", "ptr"], ["evil", "mdns"]),
  ];
  for (const each of names) assert.equal(each.get("10.0.0.1")?.name, "nas");
  assert.equal(told(["old", "dhcp"], ["new", "dhcp"]).get("10.0.0.1")?.name, "new");
});

Deno.test("of the names that several workers know, reverse DNS goes first", () => {
  const all = [told(["nas", "ptr"]), told(["evil", "mdns"])].map((names) => ({ pairs: [], names }));
  for (const some of [all, all.toReversed()]) {
    assert.equal(mergeClients(some).names.get("10.0.0.1")?.name, "nas");
  }
});

Deno.test("the address of a reverse look-up, of both families", () => {
  assert.equal(reversedAddress("7.0.0.10.in-addr.arpa"), "10.0.0.7");
  const digits = "20010db8000000000000000000000099".split("").reverse().join(".");
  assert.equal(reversedAddress(`${digits}.ip6.arpa`), "2001:db8::99");
  for (const name of ["a.test", "0.10.in-addr.arpa", "1.ip6.arpa", "in-addr.arpa"]) {
    assert.equal(reversedAddress(name), null, name);
  }
});
