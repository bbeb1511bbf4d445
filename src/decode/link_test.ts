import assert from "node:assert/strict";
import fc from "fast-check";
import {
  backbone,
  bytes,
  concat,
  ethernet,
  ETHERTYPE,
  fabricPath,
  gre,
  hex,
  LINKTYPE,
  macsec,
  mpls,
  nflog,
  nsh,
  nullLink,
  pflog,
  ppp,
  pppoe,
  SIMPLE_TAGS,
  sll,
  snap,
  TAG_TYPE,
  tagged,
  text,
  trill,
  TUNNEL_PROTOCOL,
  u16,
  vlan,
} from "../../tests/packet_builder.ts";
import { ipv4, PROTOCOL, tcp, udp } from "../../tests/packet_builder.ts";
import { FOUND_4, INNER_4, INNER_6, overIp } from "./inner_samples.ts";
import { decode } from "./samples.ts";

const inFrame = (payload: Uint8Array, type: number) => decode(ethernet(payload, { type })).result;

Deno.test("frames that only run the network are not counted as unread", () => {
  for (const type of [ETHERTYPE.ARP, 0x8863, 0x88cc, 0x888e, 0x9000]) {
    assert.equal(inFrame(text("whatever it is that they say"), type), "other");
  }
  assert.equal(inFrame(hex("424203 0000 00 00 00 8000"), 38), "other", "spanning tree");
  assert.equal(inFrame(concat(hex("e0e003"), new Uint8Array(40)), 43), "other", "IPX");
});

Deno.test("unknown EtherTypes are counted, behind tags and in tunnels too", () => {
  for (const type of [0x05dd, 0x0600, 0x1234, 0x8137, 0x88b5, 0xffff]) {
    const result = "link unknown type";
    assert.equal(inFrame(text("whatever it is that they say"), type), result);
    assert.equal(inFrame(vlan(text("whatever"), { type }), ETHERTYPE.VLAN), result);
    assert.equal(decode(sll(text("whatever"), { type }), LINKTYPE.SLL).result, result);
    assert.equal(
      decode(overIp(TUNNEL_PROTOCOL.GRE, gre(text("whatever"), { type }))).result,
      result,
    );
  }
});

Deno.test("tags are skipped in any order, and inside each other", () => {
  const wraps: ((type: number, payload: Uint8Array) => [number, Uint8Array])[] = [
    ...SIMPLE_TAGS.map((tag) => (type: number, payload: Uint8Array) =>
      [tag, tagged(tag, type, payload)] as [number, Uint8Array]
    ),
    ...[0x8100, 0x88a8, 0x8200, 0x9100, 0x9200, 0x9300, 0x9500].map(
      (tag) => (type: number, payload: Uint8Array) =>
        [tag, vlan(payload, { type })] as [number, Uint8Array],
    ),
    (type, payload) => [TAG_TYPE.MACSEC, macsec(type, payload)],
    (type, payload) => [TAG_TYPE.MACSEC, macsec(type, payload, { channel: true })],
    (type, payload) => [TAG_TYPE.FABRIC_PATH, fabricPath(ethernet(payload, { type }))],
    (type, payload) => [TAG_TYPE.BACKBONE, backbone(ethernet(payload, { type }))],
    (type, payload) => [TAG_TYPE.TRILL, trill(ethernet(payload, { type }), 3)],
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...wraps), { maxLength: 12 }), (order) => {
      let [type, payload]: [number, Uint8Array] = [ETHERTYPE.IPV4, INNER_4];
      for (const wrap of order) [type, payload] = wrap(type, payload);
      assert.deepEqual(decode(ethernet(payload, { type })), FOUND_4);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("encrypted MACsec, and unknown versions of MACsec and TRILL, are counted", () => {
  const encrypted = macsec(ETHERTYPE.IPV4, INNER_4, { encrypted: true });
  assert.equal(inFrame(encrypted, TAG_TYPE.MACSEC), "macsec encrypted");
  const later = macsec(ETHERTYPE.IPV4, INNER_4);
  later[0]! |= 0x80;
  assert.equal(inFrame(later, TAG_TYPE.MACSEC), "macsec unsupported");
  const trilled = trill(ethernet(INNER_4));
  trilled[0]! |= 0x40;
  assert.equal(inFrame(trilled, TAG_TYPE.TRILL), "trill unsupported");
});

Deno.test("a stack of labels without an end is truncated or malformed", () => {
  const labels = Array.from({ length: 300 }, (_, i) => i);
  const frame = ethernet(mpls(new Uint8Array(0), { labels, bottom: false }), {
    type: ETHERTYPE.MPLS,
  });
  assert.equal(decode(frame).result, "mpls malformed");
  assert.equal(decode(frame, LINKTYPE.ETHERNET, frame.length + 4).result, "mpls truncated");
  assert.equal(inFrame(mpls(new Uint8Array(0)), ETHERTYPE.MPLS), "mpls malformed");
});

Deno.test("a long stack of labels is skipped", () => {
  const labels = Array.from({ length: 300 }, (_, i) => i);
  assert.deepEqual(
    decode(ethernet(mpls(INNER_4, { labels }), { type: ETHERTYPE.MPLS })),
    FOUND_4,
  );
});

Deno.test("PPPoE: only sessions of version 1 are read", () => {
  const discovery = pppoe(ppp(INNER_4), { code: 9 });
  assert.equal(inFrame(discovery, ETHERTYPE.PPPOE_SESSION), "other");
  const strange = pppoe(ppp(INNER_4));
  strange[0] = 0x21;
  assert.equal(inFrame(strange, ETHERTYPE.PPPOE_SESSION), "pppoe malformed");
});

Deno.test("PPP: negotiation is not counted as unread", () => {
  for (const protocol of [0xc021, 0x8021, 0xc223]) {
    assert.equal(decode(ppp(text("1234"), { protocol }), LINKTYPE.PPP).result, "other");
  }
});

Deno.test("PPP: compressed and encrypted packets are counted", () => {
  const resultOf = (protocol: number, data: Uint8Array) =>
    decode(ppp(data, { protocol }), LINKTYPE.PPP).result;
  assert.equal(resultOf(0x0053, text("1234")), "ppp encrypted");
  assert.equal(resultOf(0x00fd, hex("9001 1234")), "ppp encrypted", "MPPE");
  assert.equal(resultOf(0x00fd, hex("0001 1234")), "ppp compressed");
  assert.equal(resultOf(0x002d, text("1234")), "ppp compressed");
  const nothing = ppp(new Uint8Array(0), { protocol: 0x00fd, framed: true });
  assert.equal(decode(nothing, LINKTYPE.PPP).result, "ppp malformed");
});

Deno.test("802.2: only some organisations use EtherTypes", () => {
  assert.equal(decode(sll(snap(INNER_6), { type: 4 }), LINKTYPE.SLL).result, "tcp");
  assert.equal(decode(sll(INNER_4, { type: 1 }), LINKTYPE.SLL).result, "other", "Novell's frames");
  const cisco = concat(hex("aaaa03 00000c 0800"), INNER_4);
  assert.equal(inFrame(cisco, cisco.length), "other");
  const bridged = concat(hex("aaaa03 0000f8 0800"), INNER_4);
  assert.equal(inFrame(bridged, bridged.length), "tcp");
});

Deno.test("loopback: families other than those of IP are not read", () => {
  assert.equal(decode(nullLink(INNER_4, { family: 1 }), LINKTYPE.NULL).result, "other");
  for (const family of [10, 24, 28, 30]) {
    assert.equal(decode(nullLink(INNER_6, { family }), LINKTYPE.NULL).result, "tcp");
  }
});

Deno.test("packet filter log: a header that is too short is malformed", () => {
  for (const length of [0, 4, 44]) {
    const packet = pflog(INNER_4);
    packet[0] = length;
    assert.equal(decode(packet, LINKTYPE.PFLOG).result, "pflog malformed");
  }
  const other = pflog(INNER_4);
  other[1] = 7;
  assert.equal(decode(other, LINKTYPE.PFLOG).result, "other");
});

Deno.test("netfilter log: long packets are read, and nothing behind them", () => {
  const body = "x".repeat(40_000);
  const long = ipv4({}, tcp({}, text(body)));
  for (const bigEndian of [false, true]) {
    assert.equal(decode(nflog(long, { bigEndian }), LINKTYPE.NFLOG).payload, body);
    // The kernel may cut a packet off.
    const part = ipv4({ length: 200 }, tcp({}, text("abc")));
    const log = concat(nflog(part, { bigEndian }), text("more"));
    const { payload, missing } = decode(log, LINKTYPE.NFLOG);
    assert.deepEqual([payload, missing], ["abc", 157]);
  }
});

Deno.test("netfilter log: without a packet, or with an attribute of no length, it is malformed", () => {
  const without = hex("02000000 0800 0100 08000100");
  assert.equal(decode(without, LINKTYPE.NFLOG).result, "nflog malformed");
  for (const length of [0, 3]) {
    const log = concat(hex("02000000"), bytes(length, 0, 1, 0), new Uint8Array(40));
    assert.equal(decode(log, LINKTYPE.NFLOG).result, "nflog malformed");
  }
});

Deno.test("NSH: too short a header is malformed, an unknown protocol is not read", () => {
  const type = 0x894f;
  const short = nsh(INNER_4);
  short[1] = 0xc1;
  assert.equal(inFrame(short, type), "nsh malformed");
  assert.equal(inFrame(nsh(INNER_4, { next: 6 }), type), "other");
});

Deno.test("an EtherType is above 1500; up to there it is a length", () => {
  const full = snap(ipv4({ protocol: PROTOCOL.UDP }, udp({}, new Uint8Array(1464))));
  assert.equal(full.length, 1500);
  assert.equal(inFrame(full, 1500), "udp");
  assert.equal(inFrame(full, 1536), "link unknown type");
});

Deno.test("bytes behind the IP packet of an 802.3 frame are not its payload", () => {
  const padded = concat(snap(ipv4({ protocol: PROTOCOL.UDP }, udp({}, text("x")))), u16(0));
  assert.equal(decode(ethernet(padded, { type: 37 })).payload, "x");
});
