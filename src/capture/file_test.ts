import assert from "node:assert/strict";
import fc from "fast-check";
import {
  bytes,
  concat,
  ethernet,
  filler,
  hex,
  ipv4,
  pcap,
  pcapng,
  pcapngBlock,
  tcp,
  text,
} from "../../tests/packet_builder.ts";
import { UserError } from "../errors.ts";
import { openFiles } from "./file.ts";
import { contentsOf, openReadAhead, readAll, readContents, withFiles } from "./testing.ts";

const SMALL = pcap([text("one"), text("two")]);

Deno.test("several files are read one after the other, of either format", async () => {
  const found = await readContents(
    SMALL,
    pcapng([text("three")], { interfaces: [{ name: "eth9", linkType: 113 }] }),
    pcap([text("four")], { bigEndian: true, linkType: 101 }),
  );
  assert.deepEqual(contentsOf(found), ["one", "two", "three", "four"]);
  assert.deepEqual(found.packets.map((it) => it.interface), ["0.pcap", "0.pcap", "eth9", "2.pcap"]);
  assert.deepEqual(found.packets.map((it) => it.linkType), [1, 1, 113, 101]);
  assert.equal(found.problem, null);
});

Deno.test("an error in one file does not stop the others", async () => {
  const found = await readContents(
    SMALL.slice(0, -1),
    new Uint8Array(0),
    text("not a capture file at all"),
    pcap([text("last")]),
  );
  assert.deepEqual(contentsOf(found), ["one", "last"]);
  assert.equal(
    found.problem,
    '"0.pcap" is cut off in the middle of packet 2; "1.pcap" is empty; ' +
      '"2.pcap" is not a capture file (neither pcap nor pcapng)',
  );
});

Deno.test("a file that is no capture is reported at once, however large", async () => {
  const problemOf = async (content: Uint8Array) => (await readContents(content)).problem!;
  const large = new Uint8Array(3 << 20).fill(7);
  assert.match(
    await problemOf(large),
    /^"0.pcap" is not a capture file \(neither pcap nor pcapng\)$/,
  );
  const compressed = (magic: string) => problemOf(concat(hex(magic), filler(2 << 20)));
  assert.match(await compressed("fd377a585a00"), /is compressed: use xz -dc FILE \| webstat sniff/);
  assert.match(await compressed("04224d18"), /is compressed: use lz4 -dc FILE \|/);
  assert.match(await compressed("425a6839"), /is compressed: use bzip2 -dc FILE \|/);
  assert.match(
    await compressed("736e6f6f70000000"),
    /is a capture of snoop: use editcap FILE - \| webstat sniff -r -$/,
  );
  assert.match(await problemOf(hex("1f8b")), /cannot be decompressed to its end/);
  assert.match(await problemOf(bytes(1)), /is not a capture file/);
  assert.match(await problemOf(SMALL.slice(0, 23)), /is not a capture file/);
});

Deno.test("a file that does not exist is reported before any is read", async () => {
  await withFiles([SMALL], (paths, folder) => {
    const opening = (path: string) => () => openFiles([...paths, path]);
    const missing = `${folder}/none.pcap`;
    assert.throws(
      opening(missing),
      new UserError(`Cannot read "${missing}": no such file or folder`),
    );
    assert.throws(opening(folder), new UserError(`Cannot read "${folder}": it is a folder`));
    const within = `${paths[0]}/x`;
    assert.throws(opening(within), (error) => {
      return error instanceof UserError && error.message.startsWith(`Cannot read "${within}": `);
    });
    return Promise.resolve();
  });
});

/** A file that this user may not read: root may read all but what the kernel only lets be written. */
function unreadable(folder: string): string {
  if (Deno.uid() === 0) return "/sys/bus/platform/drivers_probe";
  Deno.writeFileSync(`${folder}/secret.pcap`, SMALL, { mode: 0 });
  return `${folder}/secret.pcap`;
}

Deno.test({
  name: "a file without permission is reported, and the others are read",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await withFiles([SMALL], async ([path], folder) => {
      const secret = unreadable(folder);
      const found = await readAll(openFiles([secret, path!]));
      assert.deepEqual(contentsOf(found), ["one", "two"]);
      assert.equal(found.problem, `Cannot read "${secret}": permission denied`);
    });
  },
});

Deno.test("packets of all sizes are read whole, wherever a read of the file ends", async () => {
  const sizes = [262144, 1, 262143, 0, 100_000, 262144, 65535, 262144, 262144, 3, 262140];
  // More than the buffer holds at once.
  const packets = [...sizes, ...sizes.toReversed(), ...sizes]
    .map((size, i) => filler(size).map((byte) => byte ^ i));
  for (const file of [pcap(packets), pcapng(packets)]) {
    const found = await readContents(file);
    assert.equal(found.problem, null);
    assert.deepEqual(found.packets.map(({ data }) => data), packets);
  }
});

Deno.test("progress goes from 0 to 1 over all files", async () => {
  const file = pcap(Array.from({ length: 3000 }, () => filler(1000)));
  await withFiles([file, file], async (paths) => {
    const source = openFiles(paths);
    const seen = [source.progress()!];
    while (await source.read() !== null) seen.push(source.progress()!);
    source.close();
    assert.equal(seen[0], 0);
    assert.equal(seen.at(-1), 1);
    assert.ok(seen.every((value, i) => i === 0 || value >= seen[i - 1]!), `${seen}`);
    assert.ok(seen.some((value) => value > 0.3 && value < 0.7), `${seen}`);
    assert.deepEqual(source.drops(), []);
  });
});

Deno.test("a filter gets every packet with its link type, and decides", async () => {
  const asked: number[] = [];
  const many = Array.from({ length: 5000 }, (_, i) => bytes(i >> 8, i));
  await withFiles([pcap(many, { linkType: 101 })], async (paths) => {
    const source = openFiles(paths, {
      accept: (linkType, bytes, at, captured, length) => {
        asked.push(linkType);
        assert.deepEqual([captured, length], [2, 2]);
        return bytes[at + 1] === 3;
      },
    });
    const { packets } = await readAll(source);
    assert.deepEqual(packets.map(({ data }) => data), many.filter((data) => data[1] === 3));
    assert.deepEqual([asked.length, new Set(asked)], [5000, new Set([101])]);
  });
});

Deno.test("after stop() a file gives no packets and no errors", async () => {
  const many = pcap(Array.from({ length: 5000 }, () => filler(1000)));
  await withFiles([many.slice(0, -1)], async (paths) => {
    for (const source of [openFiles(paths), openReadAhead(paths)]) {
      assert.ok(await source.read());
      assert.ok(await source.read());
      source.stop();
      assert.equal(await source.read(), null);
      source.close();
    }
  });
});

/** A named pipe into which `script` of the shell writes; "$0" is the pipe, "$1" a file with `content`. */
async function throughPipe<T>(
  content: Uint8Array,
  script: string,
  test: (pipe: string) => Promise<T>,
): Promise<T> {
  return await withFiles([content], async ([file], folder) => {
    const pipe = `${folder}/pipe`;
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    const writer = new Deno.Command("sh", { args: ["-c", script, pipe, file!] }).spawn();
    try {
      return await test(pipe);
    } finally {
      try {
        writer.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await writer.status;
    }
  });
}

Deno.test("a pipe that gives one byte at a time is read like a file", async () => {
  for (const file of [SMALL, pcapng([text("one"), text("two")])]) {
    const script = 'dd bs=1 if="$1" of="$0" 2>/dev/null';
    const found = await throughPipe(file, script, (pipe) => readAll(openFiles([pipe])));
    assert.deepEqual(contentsOf(found), ["one", "two"]);
    assert.equal(found.problem, null);
  }
});

Deno.test("errors of a pipe are reported at its end", async () => {
  const write = (content: Uint8Array) =>
    throughPipe(content, 'cat "$1" > "$0"', (pipe) => readAll(openFiles([pipe])));
  assert.match((await write(SMALL.slice(0, -1))).problem!, /is cut off in the middle of packet 2$/);
  assert.match((await write(new Uint8Array(0))).problem!, /is empty$/);
  assert.match((await write(new Uint8Array(3 << 20))).problem!, /is not a capture file/);
});

Deno.test("packets of a pipe are read when they come; stop() ends the wait for more", async () => {
  await throughPipe(SMALL, 'exec sh -c "cat \'$1\'; exec sleep 60" > "$0"', async (pipe) => {
    const source = openFiles([pipe]);
    let count = 0;
    while (count < 2) count += (await source.read())!.count;
    assert.equal(source.progress(), null);
    const waiting = source.read();
    source.stop();
    assert.equal(await waiting, null);
    assert.equal(await source.read(), null);
    source.close();
  });
});

/** What a program of its own finds on its standard input. */
async function readStandardInput(write: (input: WritableStream<Uint8Array>) => Promise<void>) {
  const here = new URL("./", import.meta.url).href;
  const program = `import { openFiles } from "${here}file.ts";
    import { contentsOf, readAll } from "${here}testing.ts";
    const found = await readAll(openFiles(["-"]));
    console.log(JSON.stringify([contentsOf(found), found.problem]));`;
  const args = ["eval", "--ext=ts", program];
  const child = new Deno.Command(Deno.execPath(), { args, stdin: "piped", stdout: "piped" })
    .spawn();
  await write(child.stdin);
  return JSON.parse(new TextDecoder().decode((await child.output()).stdout));
}

Deno.test("standard input is read like a file", async () => {
  const whole = pcap([text("one"), filler(200_000), text("two")]);
  const found = await readStandardInput(async (input) => {
    const writer = input.getWriter();
    for (let at = 0; at < 100; at++) await writer.write(whole.slice(at, at + 1));
    await writer.write(whole.slice(100, -1));
    await writer.close();
  });
  assert.deepEqual([found[0].length, found[0][0]], [2, "one"]);
  assert.equal(found[1], '"standard input" is cut off in the middle of packet 3');
});

const FRAME = ethernet(ipv4({}, tcp({}, text("GET / HTTP/1.1\r\n\r\n"))));
const SAMPLES = [
  pcap([FRAME, FRAME, FRAME]),
  pcap([FRAME, FRAME], { bigEndian: true, nanoseconds: true }),
  concat(
    pcapng([FRAME, FRAME], { interfaces: [{ name: "eth0", resolution: 9 }] }),
    pcapngBlock(3, concat(hex("3c000000"), FRAME)),
    pcapngBlock(0x0bad, filler(40)),
    pcapng([FRAME], { bigEndian: true }),
  ),
];

/** Reads a damaged file: every packet must be within what was read, and every error the user's. */
async function readDamaged(file: Uint8Array) {
  const { packets } = await readContents(file);
  for (const { data, length, time } of packets) {
    assert.ok(data.length <= 262144 && length >= data.length && !Number.isNaN(time));
  }
  assert.ok(packets.length <= file.length / 16 + 1);
}

Deno.test("property: damaged files give packets and one line for the user", async () => {
  const change = fc.record({
    at: fc.nat(600),
    value: fc.oneof(fc.constantFrom(0, 1, 3, 6, 0x7f, 0x80, 0xff), fc.nat(255)),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...SAMPLES),
      fc.array(change, { maxLength: 5 }),
      fc.nat(700),
      async (file, changes, cut) => {
        const damaged = file.slice(0, cut);
        for (const { at, value } of changes) {
          if (damaged.length > 0) damaged[at % damaged.length] = value;
        }
        await readDamaged(damaged);
      },
    ),
    { numRuns: 1000 },
  );
});

Deno.test("property: any bytes behind a good beginning give one line for the user", async () => {
  const beginnings = [pcap([FRAME]), pcapng([FRAME]), pcapng([FRAME], { bigEndian: true })];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...beginnings, new Uint8Array(0)),
      fc.uint8Array({ maxLength: 200 }),
      (beginning, rest) => readDamaged(concat(beginning, rest)),
    ),
    { numRuns: 1000 },
  );
});
