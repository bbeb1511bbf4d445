import assert from "node:assert/strict";
import { concat, filler } from "../../tests/packet_builder.ts";
import { Random } from "../../tests/packets/random.ts";
import { Carry } from "./carry.ts";

Deno.test("a carry returns the bytes that were appended, in any portions", () => {
  const random = new Random(1);
  const carry = new Carry();
  let expected: Uint8Array = new Uint8Array(0);
  for (let round = 0; round < 500; round++) {
    const more = filler(random.below(3000));
    const from = random.below(more.length + 1);
    carry.append(more, from, more.length);
    expected = concat(expected, more.subarray(from));
    const read = random.below(expected.length + 1);
    carry.start += read;
    expected = expected.subarray(read);
    assert.equal(carry.length, expected.length);
    assert.deepEqual(carry.bytes.slice(carry.start, carry.end), new Uint8Array(expected));
  }
  carry.clear();
  assert.equal(carry.length, 0);
});

Deno.test("a carry that is read as fast as it is filled does not grow", () => {
  const carry = new Carry();
  const piece = filler(700);
  for (let i = 0; i < 1000; i++) {
    carry.append(piece, 0, piece.length);
    carry.start = carry.end - 10;
  }
  assert.ok(carry.bytes.length <= 4096, `${carry.bytes.length}`);
});
