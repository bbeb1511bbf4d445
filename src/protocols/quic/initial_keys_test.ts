import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { LongHeader, parseLongHeader } from "./packet_header.ts";
import { initialKeys, openPacket, type PacketKeys } from "./initial_keys.ts";
import {
  CLIENT_FRAMES,
  concat,
  fromHex,
  initialPacket,
  SAMPLE_ID,
  type Samples,
  SERVER_FRAMES,
  VERSION_1,
  VERSION_2,
} from "./quic_samples.ts";
import { quicVersion } from "./versions.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const wordsHex = (words: readonly number[]): string =>
  [...words].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");

const keysOf = ({ version }: Samples, label: "client in" | "server in"): PacketKeys =>
  initialKeys(quicVersion(version)!, SAMPLE_ID, label);

function open(keys: PacketKeys, packet: Uint8Array, at = 0): Uint8Array | null {
  const header = new LongHeader();
  assert(parseLongHeader(packet, at, packet.length, header));
  return openPacket(keys, packet, at, header);
}

for (const [rfc, samples] of [["9001", VERSION_1], ["9369", VERSION_2]] as const) {
  Deno.test(`RFC ${rfc} appendix A.1: the keys of both sides`, () => {
    for (const side of ["client", "server"] as const) {
      const keys = keysOf(samples, `${side} in`);
      assert.equal(wordsHex(keys.key), samples[side].key);
      assert.equal(wordsHex(keys.iv).slice(0, 24), samples[side].iv);
      assert.equal(wordsHex(keys.headerProtection), samples[side].hp);
    }
  });

  Deno.test(`RFC ${rfc} appendix A.2: the client's Initial`, () => {
    const payload = open(keysOf(samples, "client in"), samples.clientInitial);
    assert.equal(hex(payload!), hex(CLIENT_FRAMES));
  });

  Deno.test(`RFC ${rfc} appendix A.3: the server's Initial`, () => {
    const payload = open(keysOf(samples, "server in"), samples.serverInitial);
    assert.equal(hex(payload!), hex(SERVER_FRAMES));
  });

  Deno.test(`the packets made for tests are those of RFC ${rfc} appendix A`, () => {
    const { version, clientInitial } = samples;
    const packet = initialPacket({ version, number: 2, numberLength: 4, frames: CLIENT_FRAMES });
    assert.equal(hex(packet), hex(clientInitial));
  });
}

Deno.test("a packet of another sender, version or connection is not decrypted", () => {
  assert.equal(open(keysOf(VERSION_1, "server in"), VERSION_1.clientInitial), null);
  assert.equal(open(keysOf(VERSION_2, "client in"), VERSION_1.clientInitial), null);
  const other = initialKeys(quicVersion(1)!, fromHex("00"), "client in");
  assert.equal(open(other, VERSION_1.clientInitial), null);
});

Deno.test("one changed bit, anywhere, is noticed", () => {
  const keys = keysOf(VERSION_1, "server in");
  const packet = VERSION_1.serverInitial;
  for (let i = 0; i < packet.length; i++) {
    const changed = Uint8Array.from(packet);
    changed[i]! ^= 1;
    const header = new LongHeader();
    if (!parseLongHeader(changed, 0, changed.length, header)) continue;
    assert.equal(header.version === null ? null : openPacket(keys, changed, 0, header), null);
  }
});

Deno.test("packet numbers of one to four bytes", () => {
  const keys = keysOf(VERSION_1, "client in");
  const frames = new Uint8Array(50);
  for (const numberLength of [1, 2, 3, 4]) {
    const number = 0xfedcba98 >>> (32 - 8 * numberLength);
    assert.deepEqual(
      Uint8Array.from(open(keys, initialPacket({ number, numberLength, frames }))!),
      frames,
    );
  }
});

Deno.test("the packet's bytes are not changed", () => {
  const datagram = concat(fromHex("0000"), VERSION_1.clientInitial);
  const before = Uint8Array.from(datagram);
  assert(open(keysOf(VERSION_1, "client in"), datagram, 2) !== null);
  assert.deepEqual(datagram, before);
});

Deno.test("a packet too short for header protection is not decrypted", () => {
  const keys = keysOf(VERSION_1, "client in");
  for (let length = 0; length < 40; length++) {
    const packet = concat(
      fromHex("c0 00000001 00 00 00"),
      Uint8Array.of(length),
      new Uint8Array(length),
    );
    assert.equal(open(keys, packet), null);
  }
});

Deno.test("a packet longer than any datagram is not decrypted", () => {
  const keys = keysOf(VERSION_1, "client in");
  const most = initialPacket({ version: 1, number: 1, frames: new Uint8Array(65_000) });
  assert.equal(open(keys, most)!.length, 65_000);
  const more = initialPacket({ version: 1, number: 1, frames: new Uint8Array(70_000) });
  assert.equal(open(keys, more), null);
});
