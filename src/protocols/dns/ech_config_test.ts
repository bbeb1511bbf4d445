import assert from "node:assert/strict";
import fc from "fast-check";
import { concat, filler, prefixed, text, u16, u8 } from "../../../tests/packets/bytes.ts";
import { echPublicName } from "./ech_config.ts";

/** A configuration of this version, with this public name. */
function config(publicName: string, version = 0xfe0d): Uint8Array {
  const key = concat(u8(1), u16(0x20), prefixed(2, filler(32)), prefixed(2, filler(8)));
  const contents = concat(key, u8(64), prefixed(1, text(publicName)), u16(0));
  return concat(u16(version), prefixed(2, contents));
}

/** The data of an HTTPS record, with other parameters before the configurations. */
const record = (...configs: Uint8Array[]): Uint8Array =>
  concat(
    u16(1),
    text("\x03svc\x04test\x00"),
    concat(u16(1), prefixed(2, text("\x02h2"))),
    concat(u16(5), prefixed(2, prefixed(2, concat(...configs)))),
  );

const read = (data: Uint8Array) => echPublicName(data, 0, data.length);

Deno.test("the public name is that of the first configuration of a known version", () => {
  assert.equal(read(record(config("Front.test"))), "front.test");
  assert.equal(read(record(config("new.test", 0xfe0e), config("front.test"))), "front.test");
  assert.equal(read(record(config("new.test", 0xfe0e))), "");
  assert.equal(read(concat(u16(1), u8(0))), "");
});

Deno.test("whatever comes, nothing is read behind its end", () => {
  const whole = record(config("front.test"));
  const behind = concat(whole, filler(300));
  fc.assert(
    fc.property(fc.nat(whole.length), fc.nat(whole.length - 1), fc.nat(255), (end, at, byte) => {
      const damaged = behind.slice();
      damaged[at] = byte;
      assert.equal(echPublicName(damaged, 0, end), echPublicName(damaged.slice(0, end), 0, end));
    }),
  );
});
