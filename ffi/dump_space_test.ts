import assert from "node:assert/strict";
import { Batch } from "../src/capture/batch.ts";
import { readRecords } from "../src/capture/dump_records.ts";
import { DumpSpace, HUGE_PAGE } from "./dump_space.ts";
import { fromCString, openLibrary, toCString } from "./library.ts";
import { libpcap } from "./libpcap.ts";

const OFFLINE = {
  pcap_open_offline: { parameters: ["buffer", "buffer"], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

/** A capture file of three packets, the second cut by the snaplen, the third empty. */
function captureFile(): Uint8Array {
  const file = new Uint8Array(24 + 3 * 16 + 60 + 40);
  const view = new DataView(file.buffer);
  [0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1].forEach((v, i) => view.setUint32(i * 4, v, true));
  let at = 24;
  for (const [captured, length] of [[60, 60], [40, 1500], [0, 0]] as const) {
    [1_700_000_000 + at, 999_999, captured, length].forEach((v, i) =>
      view.setUint32(at + i * 4, v, true)
    );
    file.fill(captured, at + 16, at + 16 + captured);
    at += 16 + captured;
  }
  return file;
}

Deno.test("DumpSpace receives what libpcap dispatches, wherever it is to begin", async () => {
  const names = ["libpcap.so.1", "libpcap.so.0.8", "libpcap.A.dylib", "/usr/lib/libpcap.dylib"];
  const library = openLibrary(names, OFFLINE);
  const space = new DumpSpace(HUGE_PAGE);
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, captureFile());
    const message = new Uint8Array(256);
    for (const begin of [0, 70_000, 500]) {
      const end = begin + 3 * 16 + 60 + 40;
      const pcap = library.symbols.pcap_open_offline(toCString(path), message);
      assert(pcap !== null, fromCString(message));
      const c = libpcap();
      space.bytes[end] = 0xee;
      space.begin(begin);
      assert.equal(c.pcap_dispatch(pcap, 10, c.pcap_dump, space.dumper), 3);
      c.pcap_close(pcap);
      assert.equal(space.finish(), end);
      const batch = new Batch();
      assert.equal(readRecords(space, begin, 3, 7, batch), end);
      assert.equal(batch.count, 3);
      assert.deepEqual([...batch.captured.subarray(0, 3)], [60, 40, 0]);
      assert.deepEqual([...batch.length.subarray(0, 3)], [60, 1500, 0]);
      assert.equal(batch.time[1], (1_700_000_000 + 24 + 76) * 1e6 + 999_999);
      assert.equal(batch.interface[2], 7);
      const second = batch.offset[1] ?? 0;
      assert.deepEqual([...new Set(batch.bytes.subarray(second, second + 40))], [40]);
      // What lies behind may belong to packets that wait, once anything was there before.
      if (begin === 500) assert.equal(space.bytes[end], 0xee);
    }
  } finally {
    space.close();
    library.close();
    await Deno.remove(path);
  }
});

Deno.test({
  name: "DumpSpace takes memory only where it is written to, until that is released",
  ignore: Deno.build.os !== "linux",
  fn: () => {
    const space = new DumpSpace(1 << 30);
    const megabytes = () => residentAt(space.address, 1 << 30) / 2 ** 20;
    try {
      assert(megabytes() < 5, `${megabytes()} MB for nothing`);
      space.bytes.fill(0x5a, 0, 100 << 20);
      assert(megabytes() >= 100, `only ${megabytes()} MB`);
      space.release(2 * HUGE_PAGE, (100 << 20) - 5);
      assert(megabytes() < 10, `${megabytes()} MB are left`);
      assert.equal(space.bytes[2 * HUGE_PAGE - 1], 0x5a);
      assert.equal(space.bytes[2 * HUGE_PAGE], 0);
    } finally {
      space.close();
    }
  },
});

Deno.test("a process ends well after a thread with a DumpSpace was terminated", async () => {
  const path = new URL("./dump_space.ts", import.meta.url).href;
  const thread = `import { DumpSpace, HUGE_PAGE } from "${path}";
    globalThis.space = new DumpSpace(64 * HUGE_PAGE);
    postMessage("made");`;
  const code = `const url = URL.createObjectURL(new Blob([${JSON.stringify(thread)}]));
    const worker = new Worker(url, { type: "module" });
    worker.onmessage = async () => {
      worker.terminate();
      // Its memory is given back some time later.
      await new Promise((resolve) => setTimeout(resolve, 1000));
      Deno.exit(5);
    };`;
  const { code: status } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", "--ext=js", code],
  }).output();
  assert.equal(status, 5);
});

/** How much of the memory at `address` is in use, in bytes: other tests use memory meanwhile. */
function residentAt(address: bigint, size: number): number {
  let resident = 0;
  let isHere = false;
  for (const line of Deno.readTextFileSync("/proc/self/smaps").split("\n")) {
    const range = /^([0-9a-f]+)-([0-9a-f]+) /.exec(line);
    if (range !== null) {
      isHere = BigInt(`0x${range[1]}`) < address + BigInt(size) &&
        BigInt(`0x${range[2]}`) > address;
    }
    const kilobytes = /^Rss:\s+(\d+) kB/.exec(line)?.[1];
    if (isHere && kilobytes !== undefined) resident += Number(kilobytes) * 1024;
  }
  return resident;
}
