import assert from "node:assert/strict";
import { PacketLimit, packetsLeft } from "./packet_limit.ts";

Deno.test("all who count together take no more than there is", () => {
  const left = packetsLeft(2 ** 40 + 5);
  const [one, other] = [new PacketLimit(left), new PacketLimit(left)];
  assert.equal(one.take(2 ** 40), 2 ** 40);
  assert.equal(other.take(3), 3);
  assert.equal(one.isReached, false);
  assert.equal(one.take(2048), 2);
  assert.deepEqual([one.isReached, other.isReached], [true, true]);
  assert.deepEqual([other.take(2048), one.take(1)], [0, 0]);
});

Deno.test("the last packet of all is the end", () => {
  const limit = new PacketLimit(packetsLeft(3));
  assert.equal(limit.take(3), 3);
  assert.equal(limit.isReached, true);
});
