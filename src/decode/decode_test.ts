import assert from "node:assert/strict";
import fc from "fast-check";
import {
  bytes,
  concat,
  ethernet,
  gre,
  hex,
  ipv4,
  ipv6,
  LINKTYPE,
  PROTOCOL,
  tcp,
  text,
  TUNNEL_PORT,
  TUNNEL_PROTOCOL,
  udp,
  vlan,
  vxlan,
} from "../../tests/packet_builder.ts";
import { linkLayer } from "./link_layers.ts";
import { FOUND_4, INNER_4, overUdp, REQUEST } from "./inner_samples.ts";
import { decode, SAMPLES } from "./samples.ts";

/** Every link type that is decoded. */
const LINK_TYPES = Array.from({ length: 512 }, (_, i) => i).filter((i) => linkLayer(i) !== null);

for (const { name, frame, linkType, found } of SAMPLES) {
  Deno.test(`addresses, ports and payload: ${name}`, () => {
    assert.deepEqual(decode(frame, linkType), found);
  });
}

/**
 * Cuts every sample off after each of its bytes. Asserts that decoding finds as much of the request as
 * is left, or fails as `failure` says. A datagram may be too short to be recognised as a tunnel.
 */
function checkBeginnings(
  failure: RegExp,
  lengthOnWire: (captured: number, all: number) => number,
  isCut: boolean,
) {
  // Netfilter's log does not say how long a packet was.
  const samples = SAMPLES.filter(({ linkType }) => isCut || linkType !== LINKTYPE.NFLOG);
  for (const { name, frame, linkType, found } of samples) {
    for (let captured = 0; captured < frame.length; captured++) {
      const length = lengthOnWire(captured, frame.length);
      const got = decode(frame.slice(0, captured), linkType, length);
      const where = `${captured} of ${frame.length} bytes of ${name}`;
      if (got.result === "tcp") {
        assert.deepEqual([got.src, got.dst], [found.src, found.dst], where);
        assert.equal(got.payload, REQUEST.slice(0, got.payload.length), where);
        const missing = isCut ? REQUEST.length - got.payload.length : 0;
        assert.equal(got.missing, missing, where);
      } else if (got.result !== "udp") assert.match(got.result, failure, where);
    }
  }
}

Deno.test("what the capture cut off is truncated, or missing from the payload", () => {
  checkBeginnings(/ truncated$/, (_, all) => all, true);
});

Deno.test("what was sent too short is malformed, and nothing is missing", () => {
  checkBeginnings(/ malformed$/, (captured) => captured, false);
});

Deno.test("a link type that is not known is unsupported, whatever comes in it", () => {
  assert.equal(decode(INNER_4, 147).result, "link unsupported");
  assert.equal(decode(new Uint8Array(0), 65535).result, "link unsupported");
});

Deno.test("tunnels are decoded four deep, with VLANs in each", () => {
  const tagged = (packet: Uint8Array) =>
    ethernet(vlan(vlan(packet), { type: 0x8100 }), { type: 0x88a8 });
  let frame = tagged(INNER_4);
  for (let depth = 0; depth < 4; depth++) {
    const datagram = udp({ dport: TUNNEL_PORT.VXLAN }, vxlan(frame));
    frame = tagged(ipv4({ protocol: PROTOCOL.UDP, src: "10.9.9.9" }, datagram));
  }
  assert.deepEqual(decode(frame), FOUND_4);
});

Deno.test("too many headers are not decoded", () => {
  let packet = INNER_4;
  for (let depth = 0; depth < 200; depth++) packet = ipv4({ protocol: PROTOCOL.IPIP }, packet);
  assert.match(decode(ethernet(packet)).result, / unsupported$/);
  let tags = concat(hex("0001 0800"), INNER_4);
  for (let depth = 0; depth < 200; depth++) tags = concat(hex("0001 8100"), tags);
  assert.match(decode(ethernet(tags, { type: 0x8100 })).result, / unsupported$/);
});

Deno.test("the result does not depend on the packet before", () => {
  const expected = SAMPLES.map(({ frame, linkType }) => decode(frame, linkType));
  const backwards = SAMPLES.toReversed().map(({ frame, linkType }) => decode(frame, linkType));
  assert.deepEqual(backwards.toReversed(), expected);
});

Deno.test("property: any bytes, of any link type, decode without reading outside of them", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom(...LINK_TYPES),
      fc.integer({ min: -100, max: 100_000 }),
      (frame, linkType, beyond) => {
        decode(frame, linkType, frame.length + beyond);
      },
    ),
    { numRuns: 20_000 },
  );
});

Deno.test("property: damaged samples decode without reading outside of them", () => {
  const change = fc.record({
    at: fc.nat(400),
    value: fc.oneof(fc.constantFrom(0, 1, 4, 0x45, 0x7f, 0x80, 0xff), fc.nat(255)),
  });
  fc.assert(
    fc.property(
      fc.constantFrom(...SAMPLES),
      fc.array(change, { minLength: 1, maxLength: 6 }),
      fc.nat(400),
      fc.boolean(),
      ({ frame, linkType }, changes, cut, isCut) => {
        const damaged = frame.slice(0, isCut ? cut : frame.length);
        for (const { at, value } of changes) {
          if (damaged.length > 0) damaged[at % damaged.length] = value;
        }
        decode(damaged, linkType, isCut ? frame.length : damaged.length);
      },
    ),
    { numRuns: 30_000 },
  );
});

Deno.test("property: any bytes to the port of a tunnel decode without reading outside of them", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(TUNNEL_PORT)),
      fc.uint8Array({ maxLength: 120 }),
      fc.boolean(),
      (port, payload, isSource) => {
        decode(isSource ? overUdp(9999, payload, port) : overUdp(port, payload));
      },
    ),
    { numRuns: 20_000 },
  );
});

Deno.test("a packet of the largest size is decoded like any other", () => {
  const body = text("x".repeat(65535 - 40));
  const got = decode(ethernet(ipv4({}, tcp({}, body))));
  assert.deepEqual([got.result, got.payload.length], ["tcp", body.length]);
  const deep = ipv6({ protocol: TUNNEL_PROTOCOL.GRE }, gre(INNER_4));
  assert.deepEqual(decode(concat(deep, bytes(0, 0, 0)), LINKTYPE.RAW), FOUND_4);
});
