import assert from "node:assert/strict";
import {
  bytes,
  concat,
  ethernet,
  hex,
  ipv4,
  ipv4Fragments,
  ipv6,
  ipv6Fragments,
  LINKTYPE,
  PROTOCOL,
  tcp,
  text,
  u16,
  udp,
} from "../../tests/packet_builder.ts";
import { decodePacket } from "./decode.ts";
import { ACK, FIN, Layer, Packet, SYN } from "./packet.ts";
import { decode } from "./samples.ts";

const SEGMENT = tcp({ sport: 40000, dport: 443 }, text("hello"));
const UDP_4 = { protocol: PROTOCOL.UDP };

/** A copy of `packet` with `values` at `at`. */
function changed(packet: Uint8Array, at: number, ...values: number[]): Uint8Array {
  const copy = packet.slice();
  copy.set(values, at);
  return copy;
}

const decodeRaw = (packet: Uint8Array, length?: number) => decode(packet, LINKTYPE.RAW, length);

function decoded(packet: Uint8Array): { layer: Layer; packet: Packet } {
  const out = new Packet();
  const layer = decodePacket(packet, 0, packet.length, packet.length, LINKTYPE.RAW, out);
  return { layer, packet: out };
}

Deno.test("numbers of TCP are read, as negative from 2^31 on", () => {
  const segment = tcp({ seq: 0xfffffffe, ack: 0x80000000, flags: SYN | FIN | ACK }, text("x"));
  const { layer, packet } = decoded(ipv4({}, segment));
  assert.equal(layer, Layer.TCP);
  assert.deepEqual([packet.sequence, packet.acknowledgement], [-2, -(2 ** 31)]);
  assert.equal(packet.flags, SYN | FIN | ACK);
});

Deno.test("the options of IPv4 and TCP are skipped", () => {
  const segment = tcp({ options: new Uint8Array(40).fill(1) }, text("hello"));
  const got = decodeRaw(ipv4({ options: new Uint8Array(40).fill(1) }, segment));
  assert.deepEqual([got.result, got.payload], ["tcp", "hello"]);
});

Deno.test("padding of a short Ethernet frame is no payload", () => {
  const acknowledgement = decode(ethernet(ipv4({}, tcp({})), { pad: true }));
  assert.deepEqual([acknowledgement.payload, acknowledgement.missing], ["", 0]);
  const datagram = decode(ethernet(ipv4(UDP_4, udp({}, text("x"))), { pad: true }));
  assert.equal(datagram.payload, "x");
  const trailer = concat(ethernet(ipv6({}, SEGMENT)), hex("deadbeef"));
  assert.equal(decode(trailer).payload, "hello");
});

Deno.test("a length of 0 means that the network card does the segmentation", () => {
  const four = decodeRaw(ipv4({ length: 0 }, SEGMENT));
  assert.deepEqual([four.result, four.payload, four.missing], ["tcp", "hello", 0]);
  const six = decodeRaw(ipv6({ length: 0 }, SEGMENT));
  assert.deepEqual([six.result, six.payload, six.missing], ["tcp", "hello", 0]);
  const jumbo = { type: PROTOCOL.HOP_BY_HOP, body: hex("c204 00020000") };
  assert.equal(decodeRaw(ipv6({ length: 0, extensions: [jumbo] }, SEGMENT)).payload, "hello");
  const cut = decodeRaw(ipv4({ length: 0 }, SEGMENT).slice(0, -2), 20 + SEGMENT.length);
  assert.deepEqual([cut.payload, cut.missing], ["hel", 2]);
});

Deno.test("bytes of a payload that the snaplen cut off are missing", () => {
  const frame = ethernet(ipv4({}, tcp({}, text("0123456789"))));
  const got = decode(frame.slice(0, -4), LINKTYPE.ETHERNET, frame.length);
  assert.deepEqual([got.payload, got.missing], ["012345", 4]);
  const datagram = ethernet(ipv4(UDP_4, udp({}, text("0123456789"))));
  const part = decode(datagram.slice(0, -4), LINKTYPE.ETHERNET, datagram.length);
  assert.deepEqual([part.payload, part.missing], ["012345", 4]);
});

Deno.test("a segment whose options are cut off keeps its numbers and its length", () => {
  const packet = ipv4({}, tcp({ options: new Uint8Array(20) }, text("hello")));
  const got = decodeRaw(packet.slice(0, 20 + 20 + 8), packet.length);
  assert.deepEqual([got.result, got.payload, got.missing], ["tcp", "", 5]);
});

Deno.test("impossible lengths of IPv4 are malformed", () => {
  const packet = ipv4({}, SEGMENT);
  for (const words of [0, 1, 4]) {
    assert.equal(decodeRaw(changed(packet, 0, 0x40 | words)).result, "ipv4 malformed");
  }
  for (const total of [1, 19]) {
    assert.equal(decodeRaw(ipv4({ length: total }, SEGMENT)).result, "ipv4 malformed");
  }
  assert.equal(decodeRaw(changed(ipv4({ length: 40 }, SEGMENT), 0, 0x4f)).result, "ipv4 malformed");
  assert.equal(decodeRaw(changed(packet.slice(0, 40), 0, 0x4f)).result, "ipv4 malformed");
});

Deno.test("an IP version other than 4 and 6 is malformed", () => {
  for (const version of [0, 1, 5, 7, 15]) {
    assert.equal(decodeRaw(changed(ipv4({}, SEGMENT), 0, version << 4)).result, "ip malformed");
  }
  assert.equal(decodeRaw(new Uint8Array(0)).result, "ip malformed");
});

Deno.test("the packet says its IP version, not the EtherType", () => {
  assert.equal(decode(ethernet(ipv6({}, SEGMENT), { type: 0x0800 })).payload, "hello");
});

Deno.test("impossible data offsets of TCP are malformed", () => {
  for (const words of [0, 4]) {
    const segment = changed(SEGMENT, 12, words << 4);
    assert.equal(decodeRaw(ipv4({}, segment)).result, "tcp malformed");
  }
  assert.equal(decodeRaw(ipv4({}, changed(SEGMENT, 12, 0xf0))).result, "tcp malformed");
  const packet = ipv4({}, changed(SEGMENT, 12, 0xf0));
  const cut = decodeRaw(packet.slice(0, 42), packet.length);
  assert.equal(cut.result, "tcp malformed", "the whole packet has no room for them");
});

Deno.test("impossible lengths of UDP are malformed", () => {
  for (const length of [1, 7]) {
    assert.equal(decodeRaw(ipv4(UDP_4, udp({ length }, text("x")))).result, "udp malformed");
  }
});

Deno.test("a payload ends where UDP says, and never behind the end of IP", () => {
  assert.equal(decodeRaw(ipv4(UDP_4, udp({ length: 10 }, text("abcdef")))).payload, "ab");
  const long = decodeRaw(ipv4(UDP_4, udp({ length: 1000 }, text("abcdef"))));
  assert.deepEqual([long.payload, long.missing], ["abcdef", 0]);
  const none = decodeRaw(ipv4(UDP_4, udp({ length: 0 }, text("abcdef"))));
  assert.deepEqual([none.payload, none.missing], ["abcdef", 0]);
});

Deno.test("other protocols are not read, and not counted as unread", () => {
  for (const protocol of [PROTOCOL.ICMP, 2, 58, 59, 89, 255]) {
    assert.equal(decodeRaw(ipv4({ protocol }, text("whatever"))).result, "other");
    assert.equal(decodeRaw(ipv6({ protocol }, text("whatever"))).result, "other");
  }
});

Deno.test("protocols that may carry web traffic but are not read are counted", () => {
  const results = { 50: "esp encrypted", 108: "ipcomp compressed", 132: "sctp unsupported" };
  for (const [protocol, result] of Object.entries(results)) {
    const fields = { protocol: Number(protocol) };
    assert.equal(decodeRaw(ipv4(fields, text("whatever"))).result, result);
    assert.equal(decodeRaw(ipv6(fields, text("whatever"))).result, result);
  }
});

Deno.test("extension headers that reach beyond the packet are malformed", () => {
  for (const type of [PROTOCOL.HOP_BY_HOP, 43, 51, 60, 135, 139, 140]) {
    const packet = ipv6({ protocol: type }, concat(bytes(PROTOCOL.TCP, 200), new Uint8Array(40)));
    assert.equal(decodeRaw(packet).result, "ipv6 malformed");
  }
  assert.equal(decodeRaw(ipv6({ protocol: 44 }, bytes(6, 0, 0, 0))).result, "ipv6 malformed");
});

Deno.test("a chain of extension headers through a whole packet comes to an end", () => {
  const extensions = Array.from({ length: 8000 }, () => ({ type: 60, body: new Uint8Array(6) }));
  const got = decodeRaw(ipv6({ extensions }, SEGMENT));
  assert.deepEqual([got.result, got.payload], ["tcp", "hello"]);
});

Deno.test("the place of an IPv4 fragment is read", () => {
  const all = ipv4Fragments({ id: 0xbeef }, tcp({}, text("x".repeat(30))), 24).map(decoded);
  assert.deepEqual(all.map(({ layer }) => layer), [Layer.FRAGMENT, Layer.FRAGMENT, Layer.FRAGMENT]);
  const places = all.map(({ packet: it }) => [it.fragmentOffset, it.moreFragments, it.end - it.at]);
  assert.deepEqual(places, [[0, true, 24], [24, true, 24], [48, false, 2]]);
  assert.ok(all.every(({ packet: it }) => it.fragmentId === 0xbeef && it.next === PROTOCOL.TCP));
});

Deno.test("the place of an IPv6 fragment is read, behind other headers too", () => {
  const destination = { type: 60, body: hex("010400000000") };
  const fields = { id: 0xdeadbeef, extensions: [destination] };
  const all = ipv6Fragments(fields, tcp({}, text("x".repeat(30))), 32).map(decoded);
  const places = all.map(({ packet: it }) => [it.fragmentOffset, it.moreFragments, it.end - it.at]);
  assert.deepEqual(places, [[0, true, 32], [32, false, 18]]);
  assert.ok(all.every(({ layer }) => layer === Layer.FRAGMENT));
  assert.ok(all.every(({ packet: it }) => it.fragmentId === (0xdeadbeef | 0)));
});

Deno.test("a fragment may be at the very end of the largest packet", () => {
  for (const make of [ipv4, ipv6]) {
    const { packet } = decoded(
      make({ fragment: { id: 1, offset: 65528, more: false } }, text("x")),
    );
    assert.deepEqual([packet.fragmentOffset, packet.moreFragments], [65528, false]);
  }
});

Deno.test("'do not fragment' and the reserved bit do not make a fragment", () => {
  for (const flags of [0x0000, 0x4000, 0x8000, 0xc000]) {
    const packet = ipv4({}, SEGMENT);
    packet.set(u16(flags), 6);
    assert.equal(decodeRaw(packet).result, "tcp");
  }
});
