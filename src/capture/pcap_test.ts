import assert from "node:assert/strict";
import {
  bytes,
  concat,
  filler,
  FIRST_TIME,
  hex,
  pcap,
  text,
  u32,
} from "../../tests/packet_builder.ts";
import { contentsOf, readContents } from "./testing.ts";

const PACKETS = [
  { data: text("one"), time: 1_500_000, length: 3 },
  { data: text(""), time: 4_294_967_295_999_999, length: 60 },
  { data: text("three"), time: FIRST_TIME + 1, length: 1500 },
];

/** A file header of `magic`, and then whatever comes. */
const file = (magic: number, ...records: Uint8Array[]) =>
  concat(u32(magic), hex("0002 0004"), u32(0), u32(0), u32(262144), u32(1), ...records);

const record = (captured: number, length: number, data: Uint8Array) =>
  concat(u32(7), u32(8), u32(captured), u32(length), data);

const GOOD = record(3, 3, text("abc"));

for (const bigEndian of [false, true]) {
  for (const nanoseconds of [false, true]) {
    const order = bigEndian ? "big-endian" : "little-endian";
    Deno.test(`packets of a ${order} file in ${nanoseconds ? "nano" : "micro"}seconds`, async () => {
      const found = await readContents(pcap(PACKETS, { bigEndian, nanoseconds, linkType: 113 }));
      assert.equal(found.problem, null);
      assert.deepEqual(contentsOf(found), ["one", "", "three"]);
      assert.deepEqual(found.packets.map(({ length }) => length), [3, 60, 1500]);
      assert.ok(found.packets.every((it) => it.linkType === 113 && it.interface === "0.pcap"));
      const error = found.packets.map(({ time }, i) => Math.abs(time - PACKETS[i]!.time));
      assert.ok(error.every((microseconds) => microseconds < 1), `${error}`);
    });
  }
}

Deno.test("nanoseconds become fractions of microseconds", async () => {
  const nano = concat(u32(1), u32(123_456_789), u32(0), u32(0));
  const { packets } = await readContents(file(0xa1b23c4d, nano));
  assert.ok(Math.abs(packets[0]!.time - 1_123_456.789) < 0.001);
});

Deno.test("the variant of Linux 2.2 has eight bytes more for each packet", async () => {
  const odd = (data: string) =>
    concat(u32(1), u32(2), u32(data.length), u32(99), u32(3), hex("0800 00 00"), text(data));
  const found = await readContents(file(0xa1b2cd34, odd("first"), odd("second")));
  assert.deepEqual(contentsOf(found), ["first", "second"]);
  assert.equal(found.problem, null);
});

Deno.test("the variants of Ixia have nanoseconds, and four bytes more at the beginning", async () => {
  for (const magic of [0x1c0001ac, 0x1c0001ab]) {
    const nano = concat(u32(1), u32(123_456_789), u32(3), u32(3), text("abc"));
    const found = await readContents(file(magic, u32(nano.length), nano));
    assert.deepEqual(contentsOf(found), ["abc"]);
    assert.ok(Math.abs(found.packets[0]!.time - 1_123_456.789) < 0.001);
  }
});

Deno.test("the upper bits of the link type, about the frame check sequence, are ignored", async () => {
  const { packets } = await readContents(pcap([text("x")], { linkType: 0x24000001 | 0 }));
  assert.equal(packets[0]!.linkType, 1);
});

Deno.test("a file without packets is no error", async () => {
  assert.deepEqual(await readContents(pcap([])), { packets: [], problem: null });
});

Deno.test("a file that is cut off gives its whole packets, and an error", async () => {
  const whole = pcap([text("first"), text("second")]);
  const second = whole.length - 16 - "second".length;
  for (let length = 24; length < whole.length; length++) {
    const found = await readContents(whole.slice(0, length));
    const packets = length < second ? [] : ["first"];
    assert.deepEqual(contentsOf(found), packets, `${length} bytes`);
    const isWhole = length === 24 || length === second;
    const problem = `"0.pcap" is cut off in the middle of packet ${packets.length + 1}`;
    assert.equal(found.problem, isWhole ? null : problem, `${length} bytes`);
  }
});

Deno.test("a packet of the largest size is read; a larger one is an error", async () => {
  const largest = filler(262144);
  const good = await readContents(pcap([text("before"), largest, text("after")]));
  assert.deepEqual(good.packets[1]!.data, largest);
  assert.deepEqual([good.packets.length, good.problem], [3, null]);
  for (const captured of [262145, 0x7fffffff, 0x80000000, 0xffffffff]) {
    const bad = await readContents(file(0xa1b2c3d4, GOOD, record(captured, 60, filler(60)), GOOD));
    assert.deepEqual(contentsOf(bad), ["abc"]);
    assert.equal(bad.problem, '"0.pcap" is damaged at packet 2: the rest was not read');
  }
});

Deno.test("old versions have the length on the wire first", async () => {
  const swapped = concat(u32(7), u32(8), u32(60), u32(3), text("abc"));
  const read = async (version: string, ...records: Uint8Array[]) => {
    const { packets } = await readContents(
      file(0xa1b2c3d4, ...records).map((byte, i) => i >= 4 && i < 8 ? hex(version)[i - 4]! : byte),
    );
    return packets.map(({ data, length }) => `${new TextDecoder().decode(data)} ${length}`);
  };
  for (const version of ["0002 0000", "0002 0001", "0002 0002", "021f 0000"]) {
    assert.deepEqual(await read(version, swapped, swapped), ["abc 60", "abc 60"]);
  }
  // In 2.3 it depends on who has written the file.
  const straight = record(3, 60, text("abc"));
  assert.deepEqual(await read("0002 0003", swapped, straight, GOOD), ["abc 60", "abc 60", "abc 3"]);
  assert.deepEqual(await read("0002 0004", straight), ["abc 60"]);
});

Deno.test("a length on the wire is at least the captured one, and at most what can be sent", async () => {
  const records = [0, 2, 3, 262144, 262145, 0x7fffffff, 0x80000000, 0xffffffff]
    .map((length) => record(3, length, text("abc")));
  const { packets } = await readContents(file(0xa1b2c3d4, ...records));
  assert.deepEqual(packets.map(({ length }) => length), [3, 3, 3, 262144, 3, 3, 3, 3]);
});

Deno.test("more packets than fit into a batch come in several, in order", async () => {
  const many = Array.from({ length: 5000 }, (_, i) => bytes(i >> 8, i));
  const { packets } = await readContents(pcap(many));
  assert.deepEqual(packets.map(({ data }) => data), many);
  assert.ok(packets.every(({ time }, i) => time === FIRST_TIME + i * 1000));
});
