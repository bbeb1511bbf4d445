import assert from "node:assert/strict";
import { FAILURE_NAMES, Layer, LAYER_NAMES, Packet, short } from "./packet.ts";

Deno.test("every layer has a name of its own that can be a label", () => {
  assert.deepEqual(Object.values(Layer), LAYER_NAMES.map((_, i) => i));
  assert.equal(new Set(LAYER_NAMES).size, LAYER_NAMES.length);
  assert.ok(LAYER_NAMES.every((name) => /^[a-z0-9-]+$/.test(name)));
  assert.ok(FAILURE_NAMES.every((name) => /^[a-z ]+$/.test(name)));
});

Deno.test("too few bytes are truncated only if the capture cut them off", () => {
  const reasonOf = (isCut: boolean, end: number, wireEnd: number) => {
    const packet = Object.assign(new Packet(), { isCut, end, wireEnd });
    assert.equal(short(packet, Layer.TCP), Layer.FAILED);
    return FAILURE_NAMES[packet.failure];
  };
  assert.equal(reasonOf(true, 60, 80), "truncated");
  assert.equal(reasonOf(true, 60, 60), "malformed", "only padding is missing");
  assert.equal(reasonOf(false, 60, 80), "malformed", "lengths that claim more than was sent");
});
