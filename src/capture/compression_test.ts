import assert from "node:assert/strict";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { bytes, concat, filler, hex, pcap, pcapng, text } from "../../tests/packet_builder.ts";
import { Random } from "../../tests/packets/random.ts";
import { openFiles } from "./file.ts";
import { contentsOf, readAll, readContents, withFiles } from "./testing.ts";

const SMALL = pcap([text("one"), text("two")]);
/** Compresses to about half, so that there are many blocks. */
const random = new Random(1);
const LARGE_PACKETS = Array.from(
  { length: 3000 },
  () => Uint8Array.from({ length: 1000 }, () => random.below(16)),
);
const LARGE = pcap(LARGE_PACKETS);

const COMPRESSIONS = { gzip: gzipSync, zstd: zstdCompressSync } as const;
const each = Object.entries(COMPRESSIONS);

/** A frame of zstd that has to be skipped. */
const skippable = (number: number, content: Uint8Array) =>
  concat(bytes(0x50 + number), hex("2a4d18"), bytes(content.length, 0, 0, 0), content);

for (const [name, compress] of each) {
  Deno.test(`${name}: a file is read whatever its name`, async () => {
    for (const [file, packets] of [[SMALL, 2], [pcapng([text("one"), text("two")]), 2]] as const) {
      const found = await readContents(compress(file));
      assert.deepEqual([contentsOf(found), found.problem], [["one", "two"], null]);
      assert.equal(found.packets.length, packets);
      assert.ok(found.packets.every((packet) => packet.interface === "0.pcap"));
    }
    const large = await readContents(compress(LARGE));
    assert.deepEqual(large.packets.map(({ data }) => data), LARGE_PACKETS);
    assert.equal(large.problem, null);
  });

  Deno.test(`${name}: several compressed parts behind each other are one file`, async () => {
    const parts = [LARGE.slice(0, 100), LARGE.slice(100, 1_000_000), LARGE.slice(1_000_000)];
    const found = await readContents(concat(...parts.map((part) => compress(part))));
    assert.deepEqual([found.packets.length, found.problem], [3000, null]);
  });

  Deno.test(`${name}: a file that is cut off is read up to there`, async () => {
    const whole = compress(LARGE);
    for (const part of [0.3, 0.6, 0.99]) {
      const found = await readContents(whole.slice(0, Math.floor(whole.length * part)));
      assert.match(found.problem!, /^"0\.pcap" cannot be decompressed to its end \(unexpected end/);
      const expected = LARGE_PACKETS.slice(0, found.packets.length);
      assert.deepEqual(found.packets.map(({ data }) => data), expected);
      // zstd decompresses a block of 128 KiB whole or not at all.
      assert.ok(found.packets.length > 3000 * part - 200, `${found.packets.length} of ${part}`);
    }
  });

  Deno.test(`${name}: other data behind it is an error that costs few packets`, async () => {
    const found = await readContents(concat(compress(LARGE), text("something else entirely")));
    // On an error the runtime drops its last output, at most 64 KiB.
    assert.ok(found.packets.length > 3000 - 66, `${found.packets.length}`);
    assert.match(found.problem!, /cannot be decompressed to its end/);
  });

  Deno.test(`${name}: the decompressed file may be no capture, empty, or compressed again`, async () => {
    const problemOf = async (content: Uint8Array) =>
      (await readContents(compress(content))).problem!;
    assert.match(await problemOf(text("hello ".repeat(20))), /is not a capture file/);
    assert.match(await problemOf(new Uint8Array(0)), /is empty/);
    assert.match(await problemOf(compress(SMALL)), /is not a capture file/);
    assert.match(await problemOf(SMALL.slice(0, -1)), /is cut off in the middle of packet 2/);
  });

  Deno.test(`${name}: hundreds of megabytes in a small file do not take that much memory`, async () => {
    // One block of an unknown type, of 400 MB of zeroes.
    const length = 400 << 20;
    const head = new DataView(new ArrayBuffer(8));
    head.setUint32(0, 99, true);
    head.setUint32(4, length, true);
    const begun = concat(pcapng([text("before")]), new Uint8Array(head.buffer));
    const part = compress(new Uint8Array(4 << 20));
    const file = concat(compress(begun), ...Array.from({ length: 100 }, () => part));
    const before = Deno.memoryUsage().rss;
    const found = await readContents(file);
    assert.deepEqual(contentsOf(found), ["before"]);
    const grown = (Deno.memoryUsage().rss - before) / 2 ** 20;
    assert.ok(grown < 250, `${grown} MiB`);
  });

  Deno.test(`${name}: progress is measured by the size on the disk`, async () => {
    await withFiles([compress(LARGE), SMALL], async (paths) => {
      const source = openFiles(paths);
      const seen = [source.progress()!];
      while (await source.read() !== null) seen.push(source.progress()!);
      source.close();
      assert.deepEqual([seen[0], seen.at(-1)], [0, 1]);
      assert.ok(seen.every((value, i) => i === 0 || value >= seen[i - 1]!), `${seen}`);
    });
  });

  Deno.test(`${name}: a read can be stopped before its end`, async () => {
    await withFiles([compress(LARGE)], async (paths) => {
      const source = openFiles(paths);
      while ((await source.read())!.count === 0);
      source.stop();
      assert.equal(await source.read(), null);
      source.close();
    });
  });

  Deno.test(`property: damaged ${name} gives packets and a line for the user`, async () => {
    const whole = compress(pcap(LARGE_PACKETS.slice(0, 20)));
    const change = fc.record({ at: fc.nat(whole.length), value: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { minLength: 1, maxLength: 5 }),
        fc.nat(whole.length),
        fc.boolean(),
        async (changes, cut, isCut) => {
          const damaged = whole.slice(0, isCut ? cut : whole.length);
          for (const { at, value } of changes) damaged[at % Math.max(1, damaged.length)] = value;
          const { packets } = await readContents(damaged);
          assert.ok(packets.length <= 20_000);
        },
      ),
      { numRuns: 300 },
    );
  });
}

Deno.test("zstd: skippable frames are skipped", async () => {
  const file = concat(
    skippable(0, text("first")),
    zstdCompressSync(SMALL.slice(0, 30)),
    skippable(15, new Uint8Array(0)),
    skippable(7, filler(200)),
    zstdCompressSync(SMALL.slice(30)),
    skippable(1, text("last")),
  );
  const found = await readContents(file);
  assert.deepEqual([contentsOf(found), found.problem], [["one", "two"], null]);
});

Deno.test("zstd: a window that would need gigabytes is refused", async () => {
  // A window of 2 GiB, then a block of one byte that is repeated.
  const file = concat(hex("28b52ffd 00 a8"), hex("02 00 10 41"), hex("03 00 10 41"));
  const found = await readContents(file);
  assert.match(
    found.problem!,
    /cannot be decompressed to its end \(.*too much memory.*: use zstd -dc --long=31 FILE/,
  );
});

Deno.test("a compressed pipe is read as it comes", async () => {
  await withFiles([gzipSync(SMALL)], async ([file], folder) => {
    const pipe = `${folder}/pipe`;
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    const script = 'dd bs=1 if="$1" of="$0" 2>/dev/null';
    const writer = new Deno.Command("sh", { args: ["-c", script, pipe, file!] }).spawn();
    const found = await readAll(openFiles([pipe]));
    await writer.status;
    assert.deepEqual([contentsOf(found), found.problem], [["one", "two"], null]);
  });
});
