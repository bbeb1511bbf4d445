import assert from "node:assert/strict";
import { Batch } from "../src/capture/batch.ts";
import { readRecords } from "../src/capture/dump_records.ts";
import { DumpBuffer } from "./dump_buffer.ts";
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

Deno.test("DumpBuffer receives what libpcap dispatches, again from its start each time", async () => {
  const names = ["libpcap.so.1", "libpcap.so.0.8", "libpcap.A.dylib", "/usr/lib/libpcap.dylib"];
  const library = openLibrary(names, OFFLINE);
  const buffer = new DumpBuffer(8192);
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, captureFile());
    const message = new Uint8Array(256);
    for (let round = 0; round < 2; round++) {
      const pcap = library.symbols.pcap_open_offline(toCString(path), message);
      assert(pcap !== null, fromCString(message));
      const c = libpcap();
      assert.equal(await c.pcap_dispatch(pcap, 10, c.pcap_dump, buffer.dumper), 3);
      c.pcap_close(pcap);
      buffer.finish();
      const batch = new Batch();
      readRecords(buffer, 3, 7, batch);
      assert.equal(batch.count, 3);
      assert.deepEqual([...batch.captured.subarray(0, 3)], [60, 40, 0]);
      assert.deepEqual([...batch.length.subarray(0, 3)], [60, 1500, 0]);
      assert.equal(batch.time[1], (1_700_000_000 + 24 + 76) * 1e6 + 999_999);
      assert.equal(batch.interface[2], 7);
      const second = batch.offset[1] ?? 0;
      assert.deepEqual([...new Set(batch.bytes.subarray(second, second + 40))], [40]);
    }
  } finally {
    buffer.close();
    library.close();
    await Deno.remove(path);
  }
});
