import assert from "node:assert/strict";
import {
  type Bytes,
  bytes,
  concat,
  filler,
  FIRST_TIME,
  hex,
  pcapng,
  pcapngBlock,
  text,
} from "../../tests/packet_builder.ts";
import { openFiles } from "./file.ts";
import { contentsOf, type Found, readAll, readContents, withFiles } from "./testing.ts";

const INTERFACE = 1;
const PACKET = 2;
const SIMPLE_PACKET = 3;
const NAME_RESOLUTION = 4;
const STATISTICS = 5;
const ENHANCED_PACKET = 6;

const u32le = (value: number): Bytes => bytes(value, value >> 8, value >> 16, value >>> 24);

/** Writes numbers in the byte order of a section. */
class Section {
  readonly #blocks: Bytes[] = [];
  readonly #bigEndian: boolean;

  constructor(bigEndian = false) {
    this.#bigEndian = bigEndian;
    this.#blocks.push(pcapng([], { interfaces: [], bigEndian }));
  }

  u16(value: number): Bytes {
    return this.#bigEndian ? bytes(value >> 8, value) : bytes(value, value >> 8);
  }

  u32(value: number): Bytes {
    const parts = [this.u16(value >>> 16), this.u16(value & 0xffff)];
    return concat(...this.#bigEndian ? parts : parts.reverse());
  }

  option(code: number, value: Uint8Array): Bytes {
    return concat(this.u16(code), this.u16(value.length), value, new Uint8Array(-value.length & 3));
  }

  add(type: number, ...body: Uint8Array[]): this {
    this.#blocks.push(pcapngBlock(type, concat(...body), this.#bigEndian));
    return this;
  }

  /** Bytes as they are. */
  addRaw(...bytes: Uint8Array[]): this {
    this.#blocks.push(...bytes.map((each) => concat(each)));
    return this;
  }

  interface(linkType: number, snaplen = 0, ...options: Uint8Array[]): this {
    return this.add(INTERFACE, this.u16(linkType), this.u16(0), this.u32(snaplen), ...options);
  }

  /** A packet of interface `number`, at `units` of its clock. */
  packet(number: number, units: number, data: string, ...options: Uint8Array[]): this {
    const time = concat(this.u32(Math.floor(units / 2 ** 32)), this.u32(units % 2 ** 32));
    const lengths = concat(this.u32(data.length), this.u32(data.length));
    const filled = concat(text(data), new Uint8Array(-data.length & 3));
    return this.add(ENHANCED_PACKET, this.u32(number), time, lengths, filled, ...options);
  }

  simple(length: number, data: string): this {
    return this.add(SIMPLE_PACKET, this.u32(length), text(data));
  }

  get bytes(): Bytes {
    return concat(...this.#blocks);
  }
}

const times = ({ packets }: Found): number[] => packets.map(({ time }) => time);

for (const bigEndian of [false, true]) {
  const order = bigEndian ? "big-endian" : "little-endian";
  Deno.test(`packets of a ${order} file, each of its interface`, async () => {
    const interfaces = [
      { name: "eth0", linkType: 1 },
      { name: "tun0", linkType: 101, resolution: 9 },
    ];
    const packets = [
      { data: text("a"), time: FIRST_TIME, interface: 0, length: 100 },
      { data: text("bc"), time: FIRST_TIME + 1, interface: 1 },
      { data: text(""), time: FIRST_TIME + 2, interface: 0 },
    ];
    const found = await readContents(pcapng(packets, { interfaces, bigEndian }));
    assert.equal(found.problem, null);
    assert.deepEqual(contentsOf(found), ["a", "bc", ""]);
    assert.deepEqual(found.packets.map((it) => [it.interface, it.linkType, it.length]), [
      ["eth0", 1, 100],
      ["tun0", 101, 2],
      ["eth0", 1, 0],
    ]);
    assert.ok(times(found).every((time, i) => Math.abs(time - FIRST_TIME - i) < 0.5));
  });
}

Deno.test("each interface has a clock of its own: powers of ten and of two, and an offset", async () => {
  const section = new Section();
  const { option } = section;
  const resolution = (value: number) => option.call(section, 9, bytes(value));
  const offset = option.call(section, 14, hex("ffff ffff ffff ffff"));
  const file = section
    .interface(1)
    .interface(1, 0, resolution(0))
    .interface(1, 0, resolution(3))
    .interface(1, 0, resolution(9))
    .interface(1, 0, resolution(0x80 | 10))
    .interface(1, 0, resolution(0x80 | 32))
    .interface(1, 0, offset)
    .packet(0, 1_500_000, "")
    .packet(1, 2, "")
    .packet(2, 2_500, "")
    .packet(3, 1_000_000_500, "")
    .packet(4, 1536, "")
    .packet(5, 2 ** 31, "")
    .packet(6, 3_000_000, "")
    .bytes;
  const seconds = times(await readContents(file)).map((time) => time / 1e6);
  assert.deepEqual(seconds, [1.5, 2, 2.5, 1.0000005, 1.5, 0.5, 2]);
});

Deno.test("each section has its own byte order and its own interfaces", async () => {
  const first = new Section(false).interface(1).packet(0, 1, "first").bytes;
  const second = new Section(true).interface(113).packet(0, 2, "second").bytes;
  const third = new Section(false).interface(9).interface(101).packet(1, 3, "third").bytes;
  const found = await readContents(concat(first, second, third));
  assert.deepEqual(contentsOf(found), ["first", "second", "third"]);
  assert.deepEqual(found.packets.map(({ linkType }) => linkType), [1, 113, 101]);
  assert.equal(found.problem, null);
});

Deno.test("simple packets have the first interface, its snaplen, and the time of the packet before", async () => {
  const file = new Section()
    .interface(101, 6)
    .packet(0, 5_000_000, "enhanced")
    .simple(4, "four")
    .simple(100, "longer")
    .bytes;
  const found = await readContents(file);
  assert.deepEqual(contentsOf(found), ["enhanced", "four", "longer"]);
  assert.deepEqual(found.packets.map(({ length }) => length), [8, 4, 100]);
  assert.deepEqual(times(found), [5e6, 5e6, 5e6]);
});

Deno.test("packets of the obsolete block type are read", async () => {
  const section = new Section(true).interface(1).interface(113);
  const numbers = concat(section.u16(1), section.u16(9), section.u32(0), section.u32(7_000_000));
  const file = section.add(PACKET, numbers, section.u32(3), section.u32(60), text("old\0")).bytes;
  const { packets } = await readContents(file);
  assert.deepEqual(
    packets.map(({ data, length, time, linkType }) => [data.length, length, time, linkType]),
    [[3, 60, 7e6, 113]],
  );
});

Deno.test("options behind a packet do not belong to it", async () => {
  const section = new Section();
  const comment = section.option(1, text("a comment"));
  const file = section.interface(1).packet(0, 1, "odd", comment, section.option(0, bytes()))
    .packet(0, 2, "next").bytes;
  assert.deepEqual(contentsOf(await readContents(file)), ["odd", "next"]);
});

Deno.test("other blocks are skipped, also if they are larger than the buffer", async () => {
  const file = new Section()
    .interface(1)
    .add(STATISTICS, filler(20))
    .packet(0, 1, "one")
    .add(0x0bad, filler(3_000_000))
    .add(NAME_RESOLUTION, filler(4))
    .packet(0, 2, "two")
    .add(0x40000001, filler(600_000))
    .bytes;
  const found = await readContents(file);
  assert.deepEqual(contentsOf(found), ["one", "two"]);
  assert.equal(found.problem, null);
});

Deno.test("names of interfaces may be anything; without one it is that of the file", async () => {
  const section = new Section();
  const file = section
    .interface(1, 0, section.option(2, text("väth0")))
    .interface(1, 0, section.option(2, bytes(0xff, 0xfe)))
    .interface(1)
    .packet(0, 1, "").packet(1, 1, "").packet(2, 1, "")
    .bytes;
  const { packets } = await readContents(file);
  assert.deepEqual(packets.map((it) => it.interface), ["väth0", "\ufffd\ufffd", "0.pcap"]);
});

Deno.test("options end with the end option", async () => {
  const section = new Section();
  const behind = section.option(2, text("behind"));
  const file = section.interface(1, 0, section.option(0, bytes()), behind).packet(0, 1, "").bytes;
  assert.equal((await readContents(file)).packets[0]!.interface, "0.pcap");
});

Deno.test("the shortest block is read, also at the end", async () => {
  const file = new Section().interface(1).add(0x0bad).packet(0, 1, "one").add(0x0bad).bytes;
  const found = await readContents(file);
  assert.deepEqual([contentsOf(found), found.problem], [["one"], null]);
});

Deno.test("more packets than fit into a batch come in several, in order", async () => {
  const many = Array.from({ length: 5000 }, (_, i) => bytes(i >> 8, i));
  const { packets } = await readContents(pcapng(many));
  assert.deepEqual(packets.map(({ data }) => data), many);
});

Deno.test("options that reach beyond their block are not read", async () => {
  const section = new Section();
  const beyond = concat(section.u16(9), section.u16(1000), bytes(0, 0, 0, 0));
  const { packets } = await readContents(section.interface(1, 0, beyond).packet(0, 5, "x").bytes);
  assert.equal(packets[0]!.time, 5);
});

Deno.test("blocks whose length is no multiple of four are read, with or without padding", async () => {
  for (const isFilled of [true, false]) {
    for (const data of ["12345", "123456", "1234567", "12345678"]) {
      const section = new Section().interface(1);
      const odd = (type: number, ...body: Uint8Array[]) => {
        const all = concat(...body);
        const length = section.u32(all.length + 12);
        const filling = new Uint8Array(isFilled ? -all.length & 3 : 0);
        section.addRaw(section.u32(type), length, all, filling, length);
      };
      const packet = (data: string) =>
        concat(
          ...[0, 0, 0, data.length, data.length].map((value) => section.u32(value)),
          text(data),
        );
      odd(ENHANCED_PACKET, packet(data));
      odd(STATISTICS, text(data));
      odd(ENHANCED_PACKET, packet("between"));
      odd(99, text(data));
      odd(ENHANCED_PACKET, packet("last"));
      const found = await readContents(section.bytes);
      assert.deepEqual(contentsOf(found), [data, "between", "last"]);
      assert.equal(found.problem, null);
    }
  }
});

Deno.test("Decryption Secrets Blocks of any length are skipped", async () => {
  const DECRYPTION_SECRETS = 10;
  const before = new Section().interface(1).packet(0, 1, "before");
  for (const length of [0, 1, 1000, (1 << 20) - 12, 3 << 20, (5 << 20) + 3]) {
    const secrets = concat(hex("544c534b"), u32le(length), filler(length));
    const file = concat(before.bytes, pcapngBlock(DECRYPTION_SECRETS, secrets));
    const after = new Section().interface(1).packet(0, 1, "after");
    const found = await readContents(concat(file, after.bytes));
    assert.deepEqual(contentsOf(found), ["before", "after"]);
    assert.equal(found.problem, null);
  }
});

Deno.test("an unknown block of hundreds of megabytes is skipped", async () => {
  const length = 300 << 20;
  const before = new Section().interface(1).packet(0, 1, "before").bytes;
  const after = new Section().interface(1).packet(0, 1, "after").bytes;
  await withFiles([before], async ([path]) => {
    using file = Deno.openSync(path!, { write: true });
    file.seekSync(0, Deno.SeekMode.End);
    file.writeSync(concat(u32le(10), u32le(length)));
    // A hole: it takes no room on the disk.
    file.seekSync(before.length + length - 4, Deno.SeekMode.Start);
    file.writeSync(concat(u32le(length), after));
    const found = await readAll(openFiles([path!]));
    assert.deepEqual(contentsOf(found), ["before", "after"]);
  });
});

Deno.test("too many interfaces are counted together", async () => {
  const section = new Section();
  const count = 100_000;
  const many = Array.from({ length: count }, (_, i) => {
    const name = text(`interface ${i}`);
    return section.option(2, name);
  });
  for (const option of many) section.interface(1, 0, option);
  section.packet(5, 1, "named").packet(5000, 2, "counted with others");
  await withFiles([section.bytes], async ([path]) => {
    const source = openFiles([path!]);
    const { packets } = await readAll(source);
    assert.deepEqual(packets.map((it) => it.interface), ["interface 5", "~other"]);
    assert.ok(source.interfaces.length <= 1001, `${source.interfaces.length}`);
  });
});

Deno.test("an interface that several sections describe is one", async () => {
  const section = (data: string) => new Section().interface(1).packet(0, 1, data).bytes;
  await withFiles([concat(section("one"), section("two"))], async ([path]) => {
    const source = openFiles([path!]);
    assert.deepEqual(contentsOf(await readAll(source)), ["one", "two"]);
    assert.equal(source.interfaces.length, 1);
  });
});

Deno.test("a packet of the largest size is read; a larger one is an error", async () => {
  const largest = filler(262144);
  const good = await readContents(pcapng([text("before"), largest, text("after")]));
  assert.deepEqual(good.packets[1]!.data, largest);
  assert.deepEqual([good.packets.length, good.problem], [3, null]);
});

const DAMAGED: readonly (readonly [string, (section: Section) => Section])[] = [
  ["a block shorter than a block", (it) => it.addRaw(it.u32(6), it.u32(8), it.u32(8))],
  ["a block of no length", (it) => it.addRaw(it.u32(6), it.u32(0), filler(100))],
  ["a block of 4 GiB", (it) => it.addRaw(it.u32(6), it.u32(0xfffffffc), filler(100))],
  ["a length that is no multiple of four", (it) => it.addRaw(it.u32(99), it.u32(21), filler(100))],
  [
    "two lengths that differ",
    (it) => it.addRaw(it.u32(3), it.u32(20), it.u32(4), text("four"), it.u32(16)),
  ],
  ["a packet without room for its header", (it) => it.add(ENHANCED_PACKET, filler(16))],
  ["a simple packet without a length", (it) => it.add(SIMPLE_PACKET)],
  ["an interface without room for its header", (it) => it.add(INTERFACE, filler(4))],
  ["an interface that was not described", (it) => it.packet(1, 1, "lost")],
  [
    "a packet longer than its block",
    (it) =>
      it.add(ENHANCED_PACKET, it.u32(0), it.u32(0), it.u32(0), it.u32(5), it.u32(5), text("four")),
  ],
  [
    "a packet of 4 GiB",
    (it) =>
      it.add(ENHANCED_PACKET, it.u32(0), it.u32(0), it.u32(0), it.u32(2 ** 32 - 1), it.u32(4)),
  ],
  [
    "a section of no byte order",
    (it) => it.addRaw(hex("0a0d0d0a"), it.u32(28), filler(16), it.u32(28)),
  ],
];

for (const [name, damage] of DAMAGED) {
  Deno.test(`damage: ${name}`, async () => {
    const section = new Section().interface(1).packet(0, 1, "before");
    const found = await readContents(damage(section).packet(0, 2, "after").bytes);
    assert.deepEqual(contentsOf(found), ["before"]);
    assert.equal(found.problem, '"0.pcap" is damaged at packet 2: the rest was not read');
  });
}

Deno.test("packets before any interface are an error", async () => {
  const found = await readContents(new Section().packet(0, 1, "lost").bytes);
  assert.deepEqual(found.packets, []);
  assert.match(found.problem!, /damaged at packet 1/);
});

Deno.test("a new section has no interfaces of the one before", async () => {
  const section = new Section().interface(1).packet(0, 1, "before");
  const found = await readContents(concat(section.bytes, new Section().packet(0, 1, "lost").bytes));
  assert.deepEqual(contentsOf(found), ["before"]);
  assert.match(found.problem!, /damaged at packet 2/);
});

Deno.test("a file that is cut off gives its whole packets, and an error", async () => {
  const section = new Section().interface(1);
  const first = section.bytes.length;
  const second = section.packet(0, 1, "first").bytes.length;
  const third = section.packet(0, 2, "second").bytes.length;
  const whole = section.add(99, filler(40)).bytes;
  for (let length = first; length < whole.length; length++) {
    const found = await readContents(whole.slice(0, length));
    const packets = ["first", "second"].slice(0, length < second ? 0 : length < third ? 1 : 2);
    assert.deepEqual(contentsOf(found), packets, `${length} bytes`);
    const isWhole = [first, second, third].includes(length);
    const problem = `"0.pcap" is cut off in the middle of packet ${packets.length + 1}`;
    assert.equal(found.problem, isWhole ? null : problem, `${length} bytes`);
  }
});
