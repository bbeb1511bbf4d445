import assert from "node:assert/strict";
import type { CaptureHandle } from "../../ffi/capture_handle.ts";
import type { NetInterface } from "./interfaces.ts";
import { Lane } from "./lane.ts";

const ETH0: NetInterface = {
  index: 2,
  name: "eth0",
  description: "",
  addresses: [],
  up: true,
  running: true,
  loopback: false,
};
const ANY: NetInterface = { ...ETH0, index: 0, name: "any" };

/** A handle that has lost `kernel` packets. */
function handle(lost: { kernel: number }): CaptureHandle {
  return {
    dataLink: 12,
    dropped: () => ({ kernel: lost.kernel, interface: 0 }),
  } as unknown as CaptureHandle;
}

Deno.test("Lane.problem() tells an interface that went down from one that is gone", () => {
  const lane = new Lane("eth0", 0, handle({ kernel: 0 }), [ETH0, ANY]);
  assert.equal(lane.problem([ETH0]), null);
  assert.equal(lane.problem([{ ...ETH0, up: false }]), "the interface went down");
  assert.equal(lane.problem([ANY]), "the interface was removed");
});

Deno.test("Lane.problem() is silent on what is no interface of the system's", () => {
  const lane = new Lane("any", 0, handle({ kernel: 0 }), [ETH0, ANY]);
  assert.equal(lane.problem([{ ...ANY, up: false }]), null);
  assert.equal(lane.problem([]), null);
});

Deno.test("Lane asks for drops now and then, or when told", () => {
  const lost = { kernel: 3 };
  const lane = new Lane("eth0", 0, handle(lost), [ETH0]);
  lane.refreshDrops(1000);
  lost.kernel = 5;
  lane.refreshDrops(1001);
  assert.deepEqual(lane.drops, { kernel: 3, interface: 0 });
  lane.refreshDrops(1002, true);
  assert.deepEqual(lane.drops, { kernel: 5, interface: 0 });
  lost.kernel = 6;
  lane.refreshDrops(2000);
  assert.deepEqual(lane.drops, { kernel: 6, interface: 0 });
});
