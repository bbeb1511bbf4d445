import assert from "node:assert/strict";
import { Batch } from "./batch.ts";
import { frameTime, readFrames } from "./ring_records.ts";

/** Where the kernel puts Ethernet headers, from the beginning of its own. */
const ETHERNET_AT = 82;

interface Frame {
  readonly size: number;
  readonly status?: number;
  readonly tag?: number;
  readonly type?: number;
}

/** A block's packets of these sizes: each byte of a packet is its number. */
function block(frames: readonly Frame[]) {
  const places = frames.map(({ size }) => ETHERNET_AT + size + 7 & ~7);
  const bytes = new Uint8Array(places.reduce((sum, each) => sum + each, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [i, { size, status = 1, tag = 0, type = 0 }] of frames.entries()) {
    const words = [places[i]!, 0xf000_0000, i * 1000 + 999, size, size + 1000, status];
    words.forEach((word, j) => view.setUint32(at + 4 * j, word, true));
    view.setUint16(at + 24, ETHERNET_AT, true);
    view.setUint32(at + 32, tag, true);
    view.setUint16(at + 36, type, true);
    bytes.fill(i + 1, at + ETHERNET_AT, at + ETHERNET_AT + size);
    at += places[i]!;
  }
  return { bytes, view };
}

const packetOf = ({ bytes, offset, captured }: Batch, i: number) =>
  bytes.subarray(offset[i]!, offset[i]! + captured[i]!);

Deno.test("readFrames() finds each packet, with times past 2038", () => {
  const batch = new Batch();
  const space = block([{ size: 61 }, { size: 0 }, { size: 14 }]);
  assert.equal(readFrames(space, 0, 3, 2, batch, 100), space.bytes.length);
  assert.equal(batch.count, 3);
  assert.deepEqual([...batch.captured.subarray(0, 3)], [61, 0, 14]);
  assert.deepEqual([...batch.length.subarray(0, 3)], [1061, 1000, 1014]);
  assert.deepEqual([...batch.interface.subarray(0, 3)], [2, 2, 2]);
  assert.deepEqual(packetOf(batch, 2), new Uint8Array(14).fill(3));
  assert.equal(batch.time[2], 0xf000_0000 * 1e6 + 2);
});

Deno.test("readFrames() begins at any place, and returns where it ended", () => {
  const batch = new Batch();
  const space = block([{ size: 61 }, { size: 9 }, { size: 14 }]);
  const second = readFrames(space, 0, 1, 0, batch, 100);
  const third = readFrames(space, second, 1, 0, batch, 100);
  assert.deepEqual(packetOf(batch, 0), new Uint8Array(9).fill(2));
  assert.equal(frameTime(space.view, second), batch.time[0]);
  assert.equal(third, second + 96);
});

Deno.test("readFrames() puts VLAN tags back, within the snaplen", () => {
  const batch = new Batch();
  const frames = [
    { size: 20, status: 0x11, tag: 0xe005 },
    { size: 20, status: 0x51, tag: 7, type: 0x88a8 },
    { size: 22, status: 0x11 },
    // Too short for one.
    { size: 11, status: 0x11, tag: 5 },
  ];
  readFrames(block(frames), 0, 4, 0, batch, 24);
  const addresses = (byte: number) => Array<number>(12).fill(byte);
  const rest = (byte: number) => Array<number>(8).fill(byte);
  assert.deepEqual([...packetOf(batch, 0)], [...addresses(1), 0x81, 0, 0xe0, 5, ...rest(1)]);
  assert.deepEqual([...packetOf(batch, 1)], [...addresses(2), 0x88, 0xa8, 0, 7, ...rest(2)]);
  assert.deepEqual([...packetOf(batch, 2)], [...addresses(3), 0x81, 0, 0, 0, ...rest(3)]);
  assert.deepEqual([...packetOf(batch, 3)], addresses(4).slice(1));
  assert.deepEqual([...batch.length.subarray(0, 4)], [1024, 1024, 1026, 1011]);
});

Deno.test("readFrames() never reads behind the buffer", () => {
  const batch = new Batch();
  const whole = block([{ size: 3 }, { size: 40 }]);
  for (let end = 0; end < whole.bytes.length; end++) {
    const bytes = whole.bytes.slice(0, end);
    readFrames({ bytes, view: new DataView(bytes.buffer) }, 0, 2, 0, batch, 100);
    const expected = end < ETHERNET_AT + 3 ? 0 : end < 88 + ETHERNET_AT + 40 ? 1 : 2;
    assert.equal(batch.count, expected, `of ${end} bytes`);
  }
});
