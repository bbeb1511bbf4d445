import assert from "node:assert/strict";
import { PacketLimit, packetsLeft } from "./packet_limit.ts";

Deno.test("workers together take no more packets than the limit", () => {
  const left = packetsLeft(2 ** 40 + 5);
  const [one, other] = [new PacketLimit(left), new PacketLimit(left)];
  assert.equal(one.take(2 ** 40), 2 ** 40);
  assert.equal(other.take(3), 3);
  assert.equal(one.isReached, false);
  assert.equal(one.take(2048), 2);
  assert.deepEqual([one.isReached, other.isReached], [true, true]);
  assert.deepEqual([other.take(2048), one.take(1)], [0, 0]);
});

Deno.test("the limit is reached with the last packet", () => {
  const limit = new PacketLimit(packetsLeft(3));
  assert.equal(limit.take(3), 3);
  assert.equal(limit.isReached, true);
});
