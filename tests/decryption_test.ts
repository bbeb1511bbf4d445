// Captures with the secrets of their sessions, of which packets are missing or damaged: what is found is always
// a part of what is there, and no more is missing than has to be.

import assert from "node:assert/strict";
import type { Accept } from "../src/capture/file.ts";
import { Random } from "./packets/random.ts";
import { readCapture } from "./read_capture.ts";

const FOLDER = decodeURIComponent(new URL("./fixtures", import.meta.url).pathname);

/** The requests that are found, one a line. */
async function requests(file: string, accept: Accept | null): Promise<string[]> {
  const lines: string[] = [];
  const event = (line: string) => {
    const { kind, sport, host, method, target, version, status } = JSON.parse(line);
    if (kind !== "http") return;
    lines.push([sport, host, method, target, version, status ?? ""].join(" ").trimEnd());
  };
  await readCapture(`${FOLDER}/${file}`, { maxHosts: 100, event }, [], accept);
  return lines;
}

/** Those of `found` that are not in `all`; they may lack their status. */
function invented(found: readonly string[], all: readonly string[]): string[] {
  const left = [...all];
  return found.filter((line) => {
    const at = left.findIndex((each) => each.startsWith(line));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** With the most requests that one connection has. */
const FILES = [["https-secrets.pcapng", 5], ["http3-secrets.pcapng", 2]] as const;

for (const [file, onConnection] of FILES) {
  Deno.test(`${file}: one packet is missing`, async () => {
    let packets = 0;
    const all = await requests(file, () => ++packets > 0);
    let missing = 0;
    for (let dropped = 0; dropped < packets; dropped++) {
      let packet = 0;
      const found = await requests(file, () => packet++ !== dropped);
      assert.deepEqual(invented(found, all), [], `without packet ${dropped}`);
      assert.ok(all.length - found.length <= onConnection, `without packet ${dropped}`);
      missing += all.length - found.length;
    }
    // Hellos, and holes in HPACK's table, cost a connection; most packets cost one request or none.
    assert.ok(missing <= packets, `${missing} requests in ${packets} captures`);
  });

  Deno.test(`${file}: damaged bytes end nothing but what they are in`, async () => {
    const all = await requests(file, null);
    const random = new Random(7);
    for (let run = 0; run < 30; run++) {
      const found = await requests(file, (_, bytes, at, captured) => {
        if (random.below(10) === 0) bytes[at + 54 + random.below(captured - 54)]! ^= 1 << run % 8;
        return true;
      });
      assert.ok(found.length <= 2 * all.length, `${found.length}`);
    }
  });
}

Deno.test("a session whose ClientHello is missing is found by its server's first record", async () => {
  const all = await requests("https-secrets.pcapng", null);
  let dropped = 0;
  const found = await requests("https-secrets.pcapng", (_, bytes, at) => {
    // Ethernet, IPv4 without options, TCP; then a record of the handshake with a ClientHello.
    const tcp = at + 34;
    const payload = tcp + (bytes[tcp + 12]! >> 4) * 4;
    const isHello = bytes[payload] === 22 && bytes[payload + 5] === 1;
    if (isHello) dropped++;
    return !isHello;
  });
  assert.ok(dropped > 3);
  assert.deepEqual(found.toSorted(), all.toSorted());
});

/** Whether a TCP segment begins with a ServerHello: Ethernet, IPv4 without options. */
function hasServerHello(bytes: Uint8Array, at: number): boolean {
  const tcp = at + 34;
  const payload = tcp + (bytes[tcp + 12]! >> 4) * 4;
  return bytes[payload] === 22 && bytes[payload + 5] === 2;
}

Deno.test("of HTTP/1 a missing packet costs one answer, but for the ServerHello of TLS 1.2", async () => {
  const file = "https-secrets.pcapng";
  const answered = async (accept: Accept | null) =>
    (await requests(file, accept)).filter((line) => / 1\.1 \d+$/.test(line)).length;
  const hellos: boolean[] = [];
  const all = await answered((_, bytes, at) => hellos.push(hasServerHello(bytes, at)) > 0);
  assert.ok(all > 10);
  let costly = 0;
  for (let dropped = 0; dropped < hellos.length; dropped++) {
    let packet = 0;
    const missing = all - await answered(() => packet++ !== dropped);
    if (missing <= 1) continue;
    assert.ok(hellos[dropped], `${missing} without packet ${dropped}`);
    costly++;
  }
  // One of these connections is of TLS 1.2; those of TLS 1.3 need no ServerHello.
  assert.ok(costly <= 1 && hellos.filter(Boolean).length > 3, `${costly} are costly`);
});

for (const [file] of FILES) {
  Deno.test(`${file}: many packets are missing`, async () => {
    const all = await requests(file, null);
    const random = new Random(1);
    for (let run = 0; run < 60; run++) {
      const found = await requests(file, () => random.below(10 + run % 20) > 0);
      assert.deepEqual(invented(found, all), [], `run ${run}`);
    }
  });
}
