import assert from "node:assert/strict";
import { Batch } from "./batch.ts";
import { readRecords, recordTime } from "./dump_records.ts";

/** Records of packets of these sizes, as pcap_dump writes them. */
function records(sizes: readonly number[]) {
  const bytes = new Uint8Array(sizes.reduce((sum, size) => sum + 16 + size, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [i, size] of sizes.entries()) {
    view.setUint32(at, 0xf0000000, true);
    view.setUint32(at + 4, i, true);
    view.setUint32(at + 8, size, true);
    view.setUint32(at + 12, size + 1000, true);
    at += 16 + size;
  }
  return { bytes, view };
}

Deno.test("readRecords() finds each packet, with times past 2038", () => {
  const batch = new Batch();
  assert.equal(readRecords(records([3, 0, 5]), 0, 3, 2, batch), 3 * 16 + 8);
  assert.equal(batch.count, 3);
  assert.deepEqual([...batch.offset.subarray(0, 3)], [16, 35, 51]);
  assert.deepEqual([...batch.captured.subarray(0, 3)], [3, 0, 5]);
  assert.deepEqual([...batch.length.subarray(0, 3)], [1003, 1000, 1005]);
  assert.equal(batch.time[2], 0xf0000000 * 1e6 + 2);
  assert.deepEqual([...batch.interface.subarray(0, 3)], [2, 2, 2]);
});

Deno.test("readRecords() never reads behind the buffer", () => {
  const batch = new Batch();
  const whole = records([3, 9]);
  for (let end = 0; end < whole.bytes.length; end++) {
    const bytes = whole.bytes.slice(0, end);
    readRecords({ bytes, view: new DataView(bytes.buffer) }, 0, 2, 0, batch);
    assert.equal(batch.count, end < 19 ? 0 : 1, `of ${end} bytes`);
  }
});

Deno.test("readRecords() begins at any place, and returns where it ended", () => {
  const batch = new Batch();
  const dumped = records([3, 9, 2]);
  assert.equal(readRecords(dumped, 19, 1, 0, batch), 44);
  assert.deepEqual([batch.count, batch.offset[0], batch.captured[0]], [1, 35, 9]);
  assert.equal(recordTime(dumped.view, 19), batch.time[0]);
});
