import assert from "node:assert/strict";
import { UserError } from "../errors.ts";
import { compileFilter } from "./filter.ts";

/** IPv4, UDP from 10.0.0.1:1000 to 10.0.0.2:53. */
const IP = [
  ...[0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2],
  ...[0x03, 0xe8, 0, 53, 0, 8, 0, 0],
];
const FRAME = [...Array(12).fill(2), 0x08, 0x00, ...IP];

/** `packet` at 100 in a slab of other bytes. */
function slab(packet: readonly number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(400).fill(0xff);
  bytes.set(packet, 100);
  return bytes;
}

Deno.test("compileFilter() selects packets, wherever they are in memory", () => {
  const dns = compileFilter("udp port 53", 1, 0);
  const web = compileFilter("tcp port 80", 1, 65535);
  assert.equal(dns(slab(FRAME), 100, FRAME.length, FRAME.length), true);
  assert.equal(web(slab(FRAME), 100, FRAME.length, FRAME.length), false);
  assert.equal(dns(slab(FRAME), 0, 100, 100), false);
  assert.equal(dns(Uint8Array.from(FRAME), 0, FRAME.length, FRAME.length), true);
});

Deno.test("compileFilter() distinguishes captured length and length", () => {
  const large = compileFilter("greater 1000", 1, 0);
  assert.equal(large(slab(FRAME), 100, FRAME.length, 1400), true);
  assert.equal(large(slab(FRAME), 100, FRAME.length, FRAME.length), false);
  const dns = compileFilter("udp port 53", 1, 0);
  assert.equal(dns(slab(FRAME), 100, 30, FRAME.length), false, "the port is cut off");
  assert.equal(dns(slab(FRAME), 400, 0, FRAME.length), false);
});

Deno.test("compileFilter() knows the link types of files", () => {
  const cooked = [...Array(14).fill(0), 0x08, 0x00, ...IP];
  const loopback = [2, 0, 0, 0, ...IP];
  const ofType: [number, number[]][] = [[101, IP], [113, cooked], [0, loopback]];
  for (const [linkType, packet] of ofType) {
    const filter = compileFilter("dst host 10.0.0.2 and udp", linkType, 0);
    const found = filter(slab(packet), 100, packet.length, packet.length);
    assert.equal(found, true, `LINKTYPE ${linkType}`);
  }
});

Deno.test("compileFilter() reports libpcap's message, as wrong usage, in one line", () => {
  for (const expression of ["tcp prot 80", "host", "ether[", "port 99999", "\n)"]) {
    assert.throws(() => compileFilter(expression, 1, 0), (error) => {
      assert(error instanceof UserError);
      assert.equal(error.usage, true);
      assert(error.message.startsWith("wrong filter "), error.message);
      assert(!error.message.includes("\n"));
      return true;
    });
  }
});
