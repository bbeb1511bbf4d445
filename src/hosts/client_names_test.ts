import assert from "node:assert/strict";
import { reversedAddress } from "./client_names.ts";

Deno.test("the address of a reverse look-up, of both families", () => {
  assert.equal(reversedAddress("7.0.0.10.in-addr.arpa"), "10.0.0.7");
  const digits = "20010db8000000000000000000000099".split("").reverse().join(".");
  assert.equal(reversedAddress(`${digits}.ip6.arpa`), "2001:db8::99");
  for (const name of ["a.test", "0.10.in-addr.arpa", "1.ip6.arpa", "in-addr.arpa"]) {
    assert.equal(reversedAddress(name), null, name);
  }
});
