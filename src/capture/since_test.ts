import assert from "node:assert/strict";
import { Batch, type Source } from "./batch.ts";
import { SinceSource } from "./since.ts";

/** Gives packets of these times, each batch once; packet i has i in every other column. */
function sourceOf(...batches: number[][]): Source {
  const batch = new Batch();
  return {
    interfaces: [{ name: "eth0", linkType: 1 }],
    openers: () => Promise.resolve([]),
    read() {
      const times = batches.shift();
      if (times === undefined) return Promise.resolve(null);
      times.forEach((time, i) => {
        batch.time[i] = time;
        for (const column of [batch.offset, batch.captured, batch.length, batch.interface]) {
          column[i] = i;
        }
      });
      batch.count = times.length;
      return batch;
    },
    drops: () => [{ kernel: 1, interface: 2 }],
    progress: () => null,
    stop: () => {},
    close: () => {},
  };
}

Deno.test("older packets are left out, in any order", async () => {
  const source = new SinceSource(sourceOf([8, 10, 9, 12], [1, 2], [11, 20]), 10);
  const found: [number, number, number][][] = [];
  for (let batch = await source.read(); batch !== null; batch = await source.read()) {
    found.push(Array.from({ length: batch.count }, (_, i) => {
      assert.deepEqual([batch!.captured[i], batch!.interface[i]], [
        batch!.offset[i],
        batch!.offset[i],
      ]);
      return [batch!.time[i]!, batch!.offset[i]!, batch!.length[i]!];
    }));
  }
  assert.deepEqual(found, [[[10, 1, 1], [12, 3, 3]], [], [[11, 0, 0], [20, 1, 1]]]);
});

Deno.test("everything else comes from the source", () => {
  const source = new SinceSource(sourceOf(), 10);
  assert.deepEqual(source.interfaces.map(({ name }) => name), ["eth0"]);
  assert.deepEqual([source.drops(), source.progress()], [[{ kernel: 1, interface: 2 }], null]);
});
