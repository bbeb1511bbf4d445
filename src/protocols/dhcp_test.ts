import assert from "node:assert/strict";
import fc from "fast-check";
import { bytes, concat, prefixed, text, u32 } from "../../tests/packets/bytes.ts";
import { address } from "../../tests/packets/network.ts";
import { readDhcp } from "./dhcp.ts";

/** A message of this type: 3 for REQUEST, 5 for ACK. */
function message(type: number, own = "0.0.0.0", given = "0.0.0.0", options = new Uint8Array(0)) {
  return concat(
    bytes(1, 1, 6, 0),
    new Uint8Array(8),
    address(own),
    address(given),
    new Uint8Array(216),
    u32(0x63825363),
    bytes(0, 53, 1, type),
    options,
    bytes(255),
  );
}

const name = (of: string) => concat(bytes(12), prefixed(1, text(of)));
const read = (data: Uint8Array) => readDhcp(data, 0, data.length);

Deno.test("a REQUEST names the address that it asks for, or that it has", () => {
  const asks = concat(name("Laptop"), bytes(50, 4), address("10.0.0.7"));
  assert.deepEqual(read(message(3, undefined, undefined, asks)), {
    name: "laptop",
    address: "10.0.0.7",
  });
  assert.deepEqual(read(message(3, "10.0.0.8", undefined, asks))?.address, "10.0.0.8");
});

Deno.test("an ACK names the address that it gives; other messages name none", () => {
  const named = name("nas");
  assert.deepEqual(read(message(5, undefined, "10.0.0.9", named)), {
    name: "nas",
    address: "10.0.0.9",
  });
  assert.equal(read(message(1, undefined, "10.0.0.9", named)), null);
  assert.equal(read(message(5, undefined, "10.0.0.9")), null);
  assert.equal(read(message(3, undefined, undefined, named)), null);
});

Deno.test("whatever comes, nothing is read behind its end", () => {
  const whole = message(3, "10.0.0.8", undefined, name("laptop"));
  const behind = concat(whole, text("behind the end"));
  fc.assert(
    fc.property(fc.nat(whole.length), fc.nat(whole.length - 1), fc.nat(255), (end, at, byte) => {
      const damaged = behind.slice();
      damaged[at] = byte;
      const found = readDhcp(damaged, 0, end);
      assert.deepEqual(found, readDhcp(damaged.slice(0, end), 0, end));
    }),
  );
});
