import assert from "node:assert/strict";
import fc from "fast-check";
import {
  concat,
  filler,
  ipv4,
  ipv4Fragments,
  type Ipv4Options,
  ipv6,
  ipv6Fragments,
  LINKTYPE,
  PROTOCOL,
  tcp,
  text,
  udp,
} from "../../tests/packet_builder.ts";
import { decodeFrom, decodePacket } from "../decode/decode.ts";
import { Layer, Packet } from "../decode/packet.ts";
import { type Decoded } from "../decode/inner_samples.ts";
import { describe } from "../decode/samples.ts";
import { MemoryLedger } from "../memory_ledger.ts";
import { Fragments } from "./fragments.ts";

const SECOND = 1_000_000;
const UDP = { protocol: PROTOCOL.UDP };
const BODY = String.fromCharCode(...filler(3000));
const DATAGRAM = udp({ sport: 53, dport: 40000 }, filler(3000));

/** Reassembles fragments in the order given, and keeps the packets. */
class Receiver {
  readonly fragments = new Fragments(new MemoryLedger(Infinity));
  readonly whole: Decoded[] = [];
  /** Bytes on the wire that each of `whole` took. */
  readonly lengths: number[] = [];
  readonly #packet = new Packet();

  take(...packets: Uint8Array[]): this {
    return this.takeAt(SECOND, ...packets);
  }

  takeAt(time: number, ...packets: Uint8Array[]): this {
    for (const bytes of packets) this.#take(bytes, time, bytes.length);
    return this;
  }

  takeCut(packet: Uint8Array, captured: number): this {
    this.#take(packet.slice(0, captured), SECOND, packet.length);
    return this;
  }

  #take(bytes: Uint8Array, time: number, length: number): void {
    const packet = this.#packet;
    packet.time = time;
    const layer = decodePacket(bytes, 0, bytes.length, length, LINKTYPE.RAW, packet);
    assert.equal(layer, Layer.FRAGMENT);
    if (!this.fragments.add(packet)) return;
    const last = decodeFrom(Layer.IP_PAYLOAD, packet);
    this.lengths.push(packet.wireLength);
    this.whole.push(describe(last, packet, 0, packet.bytes.length));
  }

  get payloads(): string[] {
    return this.whole.map(({ payload }) => payload);
  }
}

const fragments4 = (size = 1000, id = 7) => ipv4Fragments({ ...UDP, id }, DATAGRAM, size);
const fragments6 = (size = 1000, id = 7) => ipv6Fragments({ ...UDP, id }, DATAGRAM, size);

/** One fragment of an IPv4 packet. */
const piece = (offset: number, more: boolean, payload: string, fields: Ipv4Options = UDP) =>
  ipv4({ ...fields, fragment: { id: 9, offset, more } }, text(payload));

/** The same of IPv6. */
const piece6 = (offset: number, more: boolean, payload: string, protocol: number = PROTOCOL.UDP) =>
  ipv6({ protocol, fragment: { id: 9, offset, more } }, text(payload));

/** The UDP header of `length` bytes of payload, as text with one character for each byte. */
const header = (length: number) =>
  String.fromCharCode(...udp({ sport: 1, dport: 2, length: 8 + length }));

Deno.test("fragments become the packet again, IPv4 and IPv6", () => {
  for (
    const [pieces, src] of [[fragments4(), "10.0.0.1 53"], [
      fragments6(),
      "2001:db8::1 53",
    ]] as const
  ) {
    const got = new Receiver().take(...pieces);
    assert.deepEqual(got.payloads, [BODY]);
    assert.deepEqual([got.whole[0]!.result, got.whole[0]!.src], ["udp", src]);
    assert.deepEqual(got.lengths, [pieces.reduce((sum, { length }) => sum + length, 0)]);
    assert.equal(got.fragments.lost, 0);
  }
});

Deno.test("fragments may come in any order", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(fragments4(256), fragments6(256)).chain((pieces) =>
        fc.shuffledSubarray(pieces, { minLength: pieces.length })
      ),
      (pieces) => assert.deepEqual(new Receiver().take(...pieces).payloads, [BODY]),
    ),
    { numRuns: 200 },
  );
  assert.deepEqual(new Receiver().take(...fragments6().reverse()).payloads, [BODY]);
});

Deno.test("fragments may come twice", () => {
  for (const pieces of [fragments4(), fragments6()]) {
    for (const order of [pieces, pieces.toReversed()]) {
      const twice = order.flatMap((each) => [each, each]);
      assert.deepEqual(new Receiver().take(...twice.slice(0, -1)).payloads, [BODY]);
    }
  }
});

Deno.test("fragments of several packets may be mixed", () => {
  const mixed = fragments4(1000, 1).flatMap((each, i) => [
    each,
    fragments4(1000, 2)[i]!,
    ipv4Fragments({ ...UDP, id: 1, src: "10.0.0.9" }, DATAGRAM, 1000)[i]!,
    fragments6(1000, 1)[i]!,
  ]);
  assert.deepEqual(new Receiver().take(...mixed).payloads, [BODY, BODY, BODY, BODY]);
  const protocols = [piece(0, true, header(8)), piece(8, false, "mistaken", { protocol: 6 })];
  assert.deepEqual(new Receiver().take(...protocols).whole, []);
});

Deno.test("a packet with a missing fragment is counted as lost after the time-out", () => {
  const [first, , last] = fragments4();
  const receiver = new Receiver().take(first!, last!);
  assert.deepEqual(receiver.whole, []);
  receiver.takeAt(30 * SECOND, ...fragments4(1000, 8).slice(0, 1));
  assert.equal(receiver.fragments.lost, 0);
  receiver.takeAt(31 * SECOND, ...fragments4(1000, 9).slice(0, 1));
  assert.equal(receiver.fragments.lost, 1);
  receiver.takeAt(31 * SECOND, fragments4()[1]!);
  assert.deepEqual(receiver.whole, [], "its companions are forgotten");
});

Deno.test("an identification may be used again once its packet is complete", () => {
  const receiver = new Receiver();
  for (let i = 0; i < 3; i++) receiver.take(...fragments4());
  assert.deepEqual(receiver.payloads, [BODY, BODY, BODY]);
});

Deno.test("IPv4: if fragments overlap, the first to come counts", () => {
  const start = piece(0, true, header(24) + "aaaaaaaa");
  const inOrder = new Receiver().take(start, piece(8, false, "bbbbbbbbccccccccdddddddd"));
  assert.deepEqual(inOrder.payloads, ["aaaaaaaaccccccccdddddddd"]);
  const late = new Receiver()
    .take(start, piece(24, false, "dddddddd"), piece(8, true, "xxxxxxxxyyyyyyyyzzzzzzzz"));
  assert.deepEqual(late.payloads, ["aaaaaaaayyyyyyyydddddddd"]);
});

Deno.test("IPv6: overlapping fragments drop the packet, and its later fragments (RFC 5722)", () => {
  const start = piece6(0, true, header(24) + "aaaaaaaa");
  const receiver = new Receiver().take(
    start,
    piece6(8, true, "bbbbbbbbcccccccc"),
    piece6(16, true, "cccccccc"),
    piece6(24, false, "dddddddd"),
  );
  assert.deepEqual(receiver.whole, []);
  receiver.takeAt(40 * SECOND, ...fragments6());
  assert.deepEqual([receiver.payloads, receiver.fragments.lost], [[BODY], 1]);
});

Deno.test("fragments that disagree about the end make no packet", () => {
  const beyond = new Receiver()
    .take(
      piece(16, false, "dddddddd"),
      piece(24, true, "eeeeeeee"),
      piece(0, true, header(16) + "a".repeat(8)),
    );
  assert.deepEqual(beyond.whole, []);
  const before = new Receiver().take(
    piece(0, true, header(16)),
    piece(8, true, "aaaaaaaabbbbbbbbcccccccc"),
    piece(16, false, "dddddddd"),
  );
  assert.deepEqual(before.whole, []);
  const twoEnds = new Receiver()
    .take(piece(8, false, "dddddddd"), piece(16, false, "eeeeeeee"), piece(0, true, header(8)));
  assert.deepEqual(twoEnds.whole, []);
});

Deno.test("fragments beyond the largest IP packet are dropped", () => {
  const receiver = new Receiver().take(
    piece(0, true, header(8)),
    piece(65528, false, "x".repeat(100)),
  );
  assert.deepEqual(receiver.whole, []);
  const largest = ipv4Fragments({ ...UDP, id: 1 }, udp({ length: 65515 }, filler(65507)), 1480);
  assert.equal(new Receiver().take(...largest).payloads[0]?.length, 65507);
});

Deno.test("a packet with a fragment that the snaplen cut off is not complete", () => {
  const [first, second, third] = fragments4();
  const receiver = new Receiver().take(first!).takeCut(second!, 500).take(third!);
  assert.deepEqual(receiver.whole, []);
});

Deno.test("a first fragment that the snaplen cut off is read as far as it goes", () => {
  const [first, second, third] = fragments4();
  const receiver = new Receiver().takeCut(first!, 100).take(second!).take(third!);
  assert.equal(receiver.whole.length, 1);
  assert.ok(receiver.whole[0]!.payload.length < 100);
});

Deno.test("IPv6: the first fragment has the protocol (RFC 8200 section 4.5)", () => {
  const receiver = new Receiver().take(
    piece6(8, false, "aaaaaaaa", PROTOCOL.TCP),
    piece6(0, true, header(8)),
  );
  assert.deepEqual([receiver.whole[0]?.result, receiver.payloads], ["udp", ["aaaaaaaa"]]);
});

Deno.test("tunnels inside fragmented packets are decoded", () => {
  const inner = ipv6({}, tcp({}, text("GET /")));
  const pieces = ipv4Fragments({ protocol: PROTOCOL.IPV6, id: 3 }, inner, 24);
  const [got] = new Receiver().take(...pieces).whole;
  assert.deepEqual([got!.result, got!.src, got!.payload], ["tcp", "2001:db8::1 51000", "GET /"]);
});

Deno.test("a flood of fragments is bounded: the oldest packets are dropped", () => {
  const receiver = new Receiver();
  const [first, ...rest] = fragments4(1000, 7);
  receiver.take(first!);
  for (let id = 1000; id < 1511; id++) receiver.take(fragments4(1000, id)[0]!);
  assert.equal(receiver.fragments.lost, 0);
  receiver.take(fragments4(1000, 1511)[0]!);
  assert.equal(receiver.fragments.lost, 1);
  receiver.take(...rest);
  assert.deepEqual(receiver.whole, [], "the first packet is forgotten");
  receiver.take(...fragments4(1000, 1511).slice(1));
  assert.deepEqual(receiver.payloads, [BODY], "the last is not");
});

Deno.test("a packet in too many fragments is dropped", () => {
  const pieces = ipv4Fragments({ ...UDP, id: 5 }, DATAGRAM, 16);
  assert.ok(pieces.length > 128);
  assert.deepEqual(new Receiver().take(...pieces).whole, []);
  assert.deepEqual(new Receiver().take(...fragments4(24)).payloads, [BODY], "126 are not too many");
});

Deno.test("property: any fragments make packets within bounds", () => {
  const part = fc.record({
    offset: fc.nat(40).map((n) => n * 8),
    more: fc.boolean(),
    length: fc.nat(100),
    isSix: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      const receiver = new Receiver();
      for (const { offset, more, length, isSix } of parts) {
        if (offset === 0 && !more) continue;
        const fragment = { id: 1, offset, more };
        const make = isSix ? ipv6 : ipv4;
        receiver.take(make({ ...UDP, fragment }, concat(filler(length))));
      }
    }),
    { numRuns: 2000 },
  );
});
