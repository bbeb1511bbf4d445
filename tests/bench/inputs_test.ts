// The inputs hold what is said of them: packets that other programs accept, connections that webstat
// finds, and rounds that are all alike.

import assert from "node:assert/strict";
import { openFiles } from "../../src/capture/file.ts";
import { UserError } from "../../src/errors.ts";
import { type SourceName, SOURCES } from "../../src/protocols/analyser.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { snapshotOf } from "../../src/pipeline/testing.ts";
import { writeFlows } from "./inputs/flows.ts";
import { writeHosts } from "./inputs/hosts.ts";
import { captureFiles, readCaptures, writeMixed } from "./inputs/mixed.ts";
import { PcapWriter } from "./inputs/pcap_writer.ts";

const FIXTURES = `${import.meta.dirname}/../fixtures`;
const CONNECTIONS = 400;

async function withFile<T>(
  write: (writer: PcapWriter) => T,
  read: (path: string, written: T) => void,
) {
  const path = await Deno.makeTempFile({ suffix: ".pcap" });
  try {
    let written: T;
    {
      using writer = new PcapWriter(path);
      written = write(writer);
    }
    read(path, written);
  } finally {
    await Deno.remove(path);
  }
}

/** Reads a file; `step` sees each packet. */
function found(path: string, step: (bytes: Uint8Array, time: number) => void = () => {}) {
  const source = openFiles([path]);
  const pipeline = new Pipeline({ maxHosts: 1_000_000, event: null });
  let most = 0;
  for (let batch = source.read(); batch !== null; batch = source.read()) {
    if (batch instanceof Promise) throw new UserError("a file does not wait");
    pipeline.feed(batch, source.interfaces);
    most = Math.max(most, snapshotOf(pipeline, source.interfaces).flowsOpen);
    for (let i = 0; i < batch.count; i++) {
      const at = batch.offset[i]!;
      step(batch.bytes.subarray(at, at + batch.captured[i]!), batch.time[i]!);
    }
  }
  pipeline.finish();
  source.close();
  const { hosts } = snapshotOf(pipeline, source.interfaces);
  const hits = SOURCES.map((source, i): [SourceName, number] => [
    source,
    hosts.reduce((sum, host) => sum + host.hits[i]!, 0),
  ]);
  return { hosts: hosts.length, hits: Object.fromEntries(hits), most };
}

Deno.test("flows: every connection is found, whether few or many are open at once", async () => {
  for (const concurrent of [20, CONNECTIONS]) {
    await withFile((writer) => writeFlows(writer, concurrent, CONNECTIONS), (path, truth) => {
      let last = 0;
      const { hits, hosts, most } = found(path, (bytes, time) => {
        assert.ok(time >= last, "time goes forward");
        last = time;
        assertChecksums(bytes);
      });
      assert.deepEqual(hits, truth.hits);
      assert.equal(hosts, truth.hosts);
      assert.ok(most >= Math.min(concurrent, CONNECTIONS) * 0.9, `${most} of ${concurrent}`);
    });
  }
});

Deno.test("hosts: each is visited by HTTP and by TLS, one connection after the other", async () => {
  await withFile((writer) => writeHosts(writer, 20), (path, truth) => {
    let last = 0;
    const { hits, hosts } = found(path, (bytes, time) => {
      assert.ok(time > last, "time goes forward");
      last = time;
      assertChecksums(bytes);
    });
    assert.deepEqual([hits, hosts], [truth.hits, truth.hosts]);
  });
});

Deno.test("mixed: each round brings what one brings, as flows of its own", async () => {
  const packets = readCaptures(captureFiles(FIXTURES));
  assert.ok(packets.length > 500);
  let one: Record<string, number> = {};
  await withFile((writer) => writeMixed(writer, packets, 1), (path) => one = found(path).hits);
  assert.ok(SOURCES.every((source) => one[source]! > 0), JSON.stringify(one));
  await withFile((writer) => writeMixed(writer, packets, 40), (path) => {
    const { hits } = found(path);
    const times = SOURCES.map((source) => [source, one[source]! * 40]);
    assert.deepEqual(hits, Object.fromEntries(times));
  });
});

/** Of IPv4 and of TCP or UDP: as Ethernet frames of `flows` have them. */
function assertChecksums(bytes: Uint8Array): void {
  const protocol = bytes[23]!;
  const length = (bytes[16]! << 8 | bytes[17]!) - 20;
  assert.equal(sum(bytes, 14, 20), 0xffff, "IPv4 checksum");
  const all = sum(bytes, 26, 8 + length) + protocol + length;
  assert.equal((all & 0xffff) + (all >>> 16), 0xffff, "checksum of TCP or UDP");
}

function sum(bytes: Uint8Array, at: number, length: number): number {
  let total = 0;
  for (let i = 0; i < length; i++) total += i % 2 === 0 ? bytes[at + i]! << 8 : bytes[at + i]!;
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}
