import assert from "node:assert/strict";
import { type Bytes, ethernet, filler, ipv4, PROTOCOL, udp } from "../../tests/packet_builder.ts";
import { Feed } from "../../tests/packets/feed.ts";
import { type CapturedPacket, FIRST_TIME } from "../../tests/packets/files.ts";
import { VERSION_1 } from "../protocols/quic/quic_samples.ts";

const HEADERS = 14 + 20 + 8;

const send = (payload: Uint8Array, time: number): CapturedPacket => ({
  data: ethernet(
    ipv4({ protocol: PROTOCOL.UDP }, udp({ sport: 51000, dport: 443 }, payload)),
  ),
  time: FIRST_TIME + time,
});

/** Bursts of packets with a short header: 1200 bytes each, the last one shorter in some. */
const BURSTS: readonly Bytes[] = Array.from({ length: 30 }, (_, i) => {
  const size = 1200;
  const burst = filler(i % 3 === 0 ? 10 * size : 9 * size + 100 + i);
  for (let at = 0; at < burst.length; at += size) {
    burst[at] = 0x43;
    burst.set([i, at / size], at + 20);
  }
  return burst;
});

const large = BURSTS.map((burst, i) => send(burst, 1000 + i * 1000));
const parts = BURSTS.flatMap((burst, i) =>
  Array.from(
    { length: Math.ceil(burst.length / 1200) },
    (_, k) => send(burst.slice(k * 1200, (k + 1) * 1200), 1010 + i * 1000 + k),
  )
);
/** Those that are not cut: the same on both interfaces. */
const single = Array.from({ length: 20 }, (_, i) => send(filler(30 + i), 1500 + i * 1000));
const FIRST = send(VERSION_1.clientInitial, 0);

/** Bytes that the host is charged. */
function charged(...packets: readonly CapturedPacket[]): number {
  const feed = new Feed().feed([FIRST, ...packets]).finish();
  return feed.host("example.com").bytesSent;
}

const lengthOf = (packets: readonly CapturedPacket[]): number =>
  packets.reduce((sum, { data }) => sum + data.length, 0);

const inTime = (...views: readonly (readonly CapturedPacket[])[]): CapturedPacket[] =>
  views.flat().sort((a, b) => a.time! - b.time!);

Deno.test("a large datagram and its parts are charged once, whichever comes first", () => {
  const once = lengthOf([FIRST, ...large, ...single]);
  assert.equal(charged(...inTime(large, single)), once);
  assert.equal(charged(...inTime(large, single, parts, single)), once);
  assert.equal(charged(...large, ...parts), once - lengthOf(single));
  // Parts that come first are kept in mind from the first large datagram on.
  const early = parts.map(({ data, time }) => ({ data, time: time! - 20 }));
  const late = charged(...inTime(large.slice(0, 1), early.slice(10), large.slice(1)));
  const saved = 10 * 1200 + HEADERS;
  assert.equal(late, lengthOf([FIRST, ...early.slice(10)]) + saved);
});

Deno.test("datagrams that only follow a large one are charged", () => {
  const others = Array.from({ length: 40 }, (_, i) => {
    const payload = filler(1200);
    payload.set([0x41, i, 7], 0);
    return send(payload, 2000 + i * 10);
  });
  const alone = [large[0]!, ...others];
  assert.equal(charged(...alone), lengthOf([FIRST, ...alone]));
  assert.equal(charged(...others), lengthOf([FIRST, ...others]));
  const [one, ...rest] = inTime(large.slice(0, 1), parts.slice(0, 10), others);
  assert.equal(charged(one!, ...rest), lengthOf([FIRST, large[0]!, ...others]));
});
