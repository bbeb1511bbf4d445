import assert from "node:assert/strict";
import * as fc from "fast-check";
import { sum } from "../sums.ts";
import { addBytes, addTraffic, MAX_STEPS, type Traffic } from "./traffic.ts";

Deno.test("bytes are counted by the second, also those of earlier seconds", () => {
  let traffic = addBytes(null, 1_000_500_000, 10);
  traffic = addBytes(traffic, 1_002_000_000, 5);
  traffic = addBytes(traffic, 999_999_999, 1);
  traffic = addBytes(traffic, 1_000_000_000, 7);
  assert.deepEqual(traffic, { step: 1, first: 999, bytes: [1, 17, 0, 5], from: 999_999_999 });
});

Deno.test("a long capture has wider steps, and no byte is lost", () => {
  let traffic: Traffic | null = null;
  for (let second = 0; second < 1000; second++) traffic = addBytes(traffic, second * 1e6, 1);
  assert.equal(traffic!.step, 8);
  assert.deepEqual(traffic!.bytes, new Array(125).fill(8));
});

Deno.test("sums hold for any times, in any order, and the length is bounded", () => {
  const packet = fc.record({ second: fc.nat(4_294_967_295), bytes: fc.nat(65535) });
  fc.assert(fc.property(fc.array(packet, { minLength: 1 }), fc.array(packet), (left, right) => {
    const of = (packets: typeof left) =>
      packets.reduce<Traffic | null>(
        (traffic, { second, bytes }) => addBytes(traffic, second * 1e6, bytes),
        null,
      );
    const both = of([...left, ...right])!;
    assert.ok(both.bytes.length <= MAX_STEPS);
    assert.equal(sum(both.bytes), sum([...left, ...right].map(({ bytes }) => bytes)));
    const [a, b] = [of(left)!, of(right)];
    if (b !== null) assert.deepEqual(addTraffic(a, b), addTraffic(b, a));
  }));
});
