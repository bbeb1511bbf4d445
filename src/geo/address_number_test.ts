import assert from "node:assert/strict";
import fc from "fast-check";
import { formatAddress, parseAddress, toIPv4 } from "./address_number.ts";

Deno.test("addresses of both families are one kind of number", () => {
  assert.equal(parseAddress("192.0.2.1"), 0xffff_c000_0201n);
  assert.equal(parseAddress("::ffff:192.0.2.1"), 0xffff_c000_0201n);
  assert.equal(parseAddress("::FFFF:c000:201"), 0xffff_c000_0201n);
  assert.equal(parseAddress("2001:db8::1"), 0x20010db8_00000000_00000000_00000001n);
  assert.equal(parseAddress("::"), 0n);
  assert.equal(parseAddress("1:2:3:4:5:6:7:8"), 0x00010002_00030004_00050006_00070008n);
  assert.equal(parseAddress("1::"), 1n << 112n);
  assert.equal(parseAddress("fe80::1%eth0"), (0xfe80n << 112n) + 1n);
});

Deno.test("an IPv4 address behind NAT64 is that address", () => {
  assert.equal(parseAddress("64:ff9b::192.0.2.33"), parseAddress("192.0.2.33"));
  assert.notEqual(parseAddress("64:ff9b:1::192.0.2.33"), parseAddress("192.0.2.33"));
});

Deno.test("what is no address gives null", () => {
  for (
    const text of ["", "other", "example.com", "1.2.3", "256.1.1.1", "1::2::3", "::g", "%eth0"]
  ) {
    assert.equal(parseAddress(text), null, text);
  }
});

Deno.test("an address that is formatted and parsed is the same", () => {
  assert.equal(formatAddress(parseAddress("::ffff:9.8.7.255")!), "9.8.7.255");
  fc.assert(fc.property(fc.ipV4(), (text) => {
    assert.equal(formatAddress(parseAddress(text)!), text);
    assert.notEqual(toIPv4(parseAddress(text)!), null);
  }));
  fc.assert(fc.property(fc.ipV6(), (text) => {
    const address = parseAddress(text)!;
    assert.equal(parseAddress(formatAddress(address)), address);
  }));
});
