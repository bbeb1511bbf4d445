import assert from "node:assert/strict";
import { address, concat, hex } from "../tests/packet_builder.ts";
import { addressText, AddressTexts, ipv4Text, ipv6Text } from "./address.ts";

Deno.test("IPv4 addresses are dotted decimals, from any place", () => {
  assert.equal(ipv4Text(hex("00 c0000201 ff"), 1), "192.0.2.1");
  assert.equal(ipv4Text(hex("ffffffff"), 0), "255.255.255.255");
});

Deno.test("IPv6 addresses are written as RFC 5952 recommends", () => {
  const written = [
    ["::", "::"],
    ["::1", "::1"],
    ["1::", "1::"],
    ["2001:db8::1", "2001:db8::1"],
    ["2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"],
    // A single group of zeros is not shortened (section 4.2.2).
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    // The longest run is; of two equal ones the first (section 4.2.3).
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"],
    ["0:0:3:4:5:6:7:8", "::3:4:5:6:7:8"],
    ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
  ] as const;
  for (const [given, expected] of written) {
    assert.equal(ipv6Text(concat(hex("ff"), address(given)), 1), expected);
  }
});

Deno.test("the cache of texts has what the address says, whatever was in its slot", () => {
  const texts = new AddressTexts();
  for (let i = 0; i < 50_000; i++) {
    const word = Math.imul(i % 20_000, 0x01000193);
    const isIpv4 = i % 3 > 0;
    const words = isIpv4 ? Int32Array.of(0, 0, 0xffff, word) : Int32Array.of(word, i % 5, 0, word);
    assert.equal(texts.of(words), addressText(words));
  }
  assert.equal(texts.of(Int32Array.of(0, 0, 0xffff, 0x7f000001)), "127.0.0.1");
});
