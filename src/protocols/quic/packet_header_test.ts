import assert from "node:assert/strict";
import { LongHeader, parseLongHeader } from "./packet_header.ts";
import { concat, fromHex, VERSION_1, VERSION_2 } from "./quic_samples.ts";
import { INITIAL, RETRY } from "./versions.ts";

const parse = (bytes: Uint8Array, at = 0, end = bytes.length): LongHeader | null => {
  const header = new LongHeader();
  return parseLongHeader(bytes, at, end, header) ? header : null;
};

Deno.test("the header of a client's Initial in both versions: ids, packet number and end", () => {
  for (const { version, clientInitial } of [VERSION_1, VERSION_2]) {
    const header = parse(clientInitial)!;
    assert.equal(header.versionNumber, version);
    assert.equal(header.type, INITIAL);
    assert.equal(header.destinationId, 6);
    assert.equal(header.destinationIdLength, 8);
    assert.equal(header.sourceIdLength, 0);
    assert.equal(header.number, 18);
    assert.equal(header.end, 1200);
  }
});

Deno.test("a Retry takes the whole datagram", () => {
  for (const { retry } of [VERSION_1, VERSION_2]) {
    const header = parse(retry)!;
    assert.equal(header.type, RETRY);
    assert.equal(header.sourceIdLength, 8);
    assert.equal(header.end, retry.length);
  }
});

Deno.test("the packet ends where its length says, not where the datagram does", () => {
  const { serverInitial, clientInitial } = VERSION_1;
  const header = parse(concat(fromHex("00"), serverInitial, clientInitial), 1)!;
  assert.equal(header.end, 1 + serverInitial.length);
});

Deno.test("of an unknown version, only what all versions share is read", () => {
  const header = parse(fromHex("80 12345678 02 aabb 01 cc"))!;
  assert.equal(header.version, null);
  assert.equal(header.destinationIdLength, 2);
  assert.equal(header.sourceIdLength, 1);
});

Deno.test("every prefix of a header is refused as cut off", () => {
  for (const { clientInitial, serverInitial } of [VERSION_1, VERSION_2]) {
    for (const packet of [clientInitial, serverInitial]) {
      for (let end = 0; end < packet.length; end++) assert.equal(parse(packet, 0, end), null);
    }
  }
});

Deno.test("ids longer than 20 bytes and short headers are refused", () => {
  assert.equal(parse(concat(fromHex("c0 00000001 15"), new Uint8Array(100))), null);
  assert.equal(parse(concat(fromHex("c0 00000001 00 15"), new Uint8Array(100))), null);
  assert.equal(parse(concat(fromHex("40 00000001 00 00"), new Uint8Array(100))), null);
});

Deno.test("a token or length past the datagram is refused as cut off", () => {
  const rest = new Uint8Array(100);
  assert.equal(parse(concat(fromHex("c0 00000001 00 00 ffffffffffffffff"), rest)), null);
  assert.equal(parse(concat(fromHex("c0 00000001 00 00 00 ffffffffffffffff"), rest)), null);
});
