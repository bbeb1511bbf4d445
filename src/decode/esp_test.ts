import assert from "node:assert/strict";
import {
  concat,
  ethernet,
  filler,
  ipv4,
  ipv6,
  nullEsp,
  PROTOCOL,
  text,
  TUNNEL_PORT,
  udp,
} from "../../tests/packet_builder.ts";
import { Random } from "../../tests/packets/random.ts";
import { FOUND_4, FOUND_6, INNER_4, INNER_6, overIp, overUdp } from "./inner_samples.ts";
import { decode } from "./samples.ts";

const CHECK_VALUES = [0, 12, 16, 24, 32];
const ENDS_4 = { src: "192.0.2.1", dst: "198.51.100.200" };
const ENDS_6 = { src: "2001:db8::a", dst: "2001:db8:ffff::b" };
/** What INNER_4 and INNER_6 carry. */
const SEGMENT_4 = INNER_4.slice(20);
const SEGMENT_6 = INNER_6.slice(40);

const encrypted = (frame: Uint8Array) => assert.equal(decode(frame).result, "esp encrypted");

Deno.test("ESP without encryption is read, as a tunnel and between hosts", () => {
  const esp = { protocol: PROTOCOL.ESP };
  for (const check of CHECK_VALUES) {
    assert.deepEqual(decode(overIp(PROTOCOL.ESP, nullEsp(INNER_4, 4, check))), FOUND_4);
    assert.deepEqual(decode(overIp(PROTOCOL.ESP, nullEsp(INNER_6, 41, check))), FOUND_6);
    const host4 = ethernet(ipv4({ ...ENDS_4, ...esp }, nullEsp(SEGMENT_4, 6, check)));
    assert.deepEqual(decode(host4), FOUND_4, `check value of ${check} bytes`);
    const host6 = ethernet(ipv6({ ...ENDS_6, ...esp }, nullEsp(SEGMENT_6, 6, check)));
    assert.deepEqual(decode(host6), FOUND_6, `check value of ${check} bytes`);
  }
  assert.deepEqual(decode(overUdp(TUNNEL_PORT.IPSEC, nullEsp(INNER_6, 41))), FOUND_6);
});

Deno.test("a datagram in ESP without encryption is read, of any length", () => {
  for (let length = 0; length < 40; length++) {
    const datagram = ipv4({ ...ENDS_4, protocol: 17 }, udp({}, filler(length))).slice(20);
    const got = decode(ethernet(ipv4({ ...ENDS_4, protocol: 50 }, nullEsp(datagram, 17))));
    assert.equal(got.result, "udp");
    assert.equal(got.payload.length, length);
  }
});

Deno.test("what does not show that it is not encrypted counts as encrypted", () => {
  const random = new Random(1);
  for (let i = 0; i < 20_000; i++) {
    const bytes = Uint8Array.from({ length: 40 + random.below(80) }, () => random.below(256));
    encrypted(overIp(PROTOCOL.ESP, bytes));
  }
  const wrong = SEGMENT_4.slice();
  wrong[20]! ^= 1;
  encrypted(ethernet(ipv4({ ...ENDS_4, protocol: 50 }, nullEsp(wrong, 6))));
  encrypted(overIp(PROTOCOL.ESP, nullEsp(INNER_4, 99)));
  encrypted(overIp(PROTOCOL.ESP, concat(filler(8), INNER_4, text("no trailer"))));
});

Deno.test("ESP that the capture cut off counts as encrypted", () => {
  const frame = overIp(PROTOCOL.ESP, nullEsp(INNER_4, 4));
  for (let captured = 34; captured < frame.length; captured++) {
    const got = decode(frame.slice(0, captured), undefined, frame.length);
    assert.equal(got.result, "esp encrypted");
  }
});
