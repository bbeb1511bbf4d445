import assert from "node:assert/strict";
import { Batch, BATCH_PACKETS } from "./batch.ts";
import { bufferBytes, packetsThatFit, readRecords } from "./dump_records.ts";

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
  readRecords(records([3, 0, 5]), 3, 2, batch);
  assert.equal(batch.count, 3);
  assert.deepEqual([...batch.offset.subarray(0, 3)], [16, 35, 51]);
  assert.deepEqual([...batch.captured.subarray(0, 3)], [3, 0, 5]);
  assert.deepEqual([...batch.length.subarray(0, 3)], [1003, 1000, 1005]);
  assert.equal(batch.time[2], 0xf0000000 * 1e6 + 2);
  assert.deepEqual([...batch.interface.subarray(0, 3)], [2, 2, 2]);
});

Deno.test("readRecords() never goes past the buffer", () => {
  const batch = new Batch();
  const whole = records([3, 9]);
  for (let end = 0; end < whole.bytes.length; end++) {
    const bytes = whole.bytes.slice(0, end);
    readRecords({ bytes, view: new DataView(bytes.buffer) }, 2, 0, batch);
    assert.equal(batch.count, end < 19 ? 0 : 1, `of ${end} bytes`);
  }
});

Deno.test("packetsThatFit() fills neither a batch nor a buffer too much", () => {
  assert.equal(packetsThatFit(64), BATCH_PACKETS);
  const full = packetsThatFit(262144);
  assert(full >= 256 && full <= BATCH_PACKETS);
  assert(bufferBytes(full, 262144) >= full * (16 + 262144));
  assert(packetsThatFit(0x7fffffff) === 1);
});
