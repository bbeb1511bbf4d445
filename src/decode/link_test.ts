import assert from "node:assert/strict";
import {
  bytes,
  concat,
  ethernet,
  ETHERTYPE,
  hex,
  LINKTYPE,
  mpls,
  nflog,
  nsh,
  nullLink,
  pflog,
  ppp,
  pppoe,
  sll,
  snap,
  text,
  u16,
} from "../../tests/packet_builder.ts";
import { ipv4, PROTOCOL, tcp, udp } from "../../tests/packet_builder.ts";
import { decode, FOUND_4, INNER_4, INNER_6 } from "./samples.ts";

const inFrame = (payload: Uint8Array, type: number) => decode(ethernet(payload, { type })).result;

Deno.test("frames of other protocols are left alone", () => {
  for (const type of [ETHERTYPE.ARP, 0x8863, 0x88cc, 0x888e, 0xffff]) {
    assert.equal(inFrame(text("whatever it is that they say"), type), "other");
  }
  assert.equal(inFrame(hex("424203 0000 00 00 00 8000"), 38), "other", "spanning tree");
  assert.equal(inFrame(concat(hex("e0e003"), new Uint8Array(40)), 43), "other", "IPX");
});

Deno.test("a stack of labels without an end is cut off or malformed, not followed", () => {
  const labels = Array.from({ length: 300 }, (_, i) => i);
  const frame = ethernet(mpls(new Uint8Array(0), { labels, bottom: false }), {
    type: ETHERTYPE.MPLS,
  });
  assert.equal(decode(frame).result, "mpls malformed");
  assert.equal(decode(frame, LINKTYPE.ETHERNET, frame.length + 4).result, "mpls truncated");
  assert.equal(inFrame(mpls(new Uint8Array(0)), ETHERTYPE.MPLS), "mpls malformed");
});

Deno.test("a long stack of labels is passed over", () => {
  const labels = Array.from({ length: 300 }, (_, i) => i);
  assert.deepEqual(
    decode(ethernet(mpls(INNER_4, { labels }), { type: ETHERTYPE.MPLS })),
    FOUND_4,
  );
});

Deno.test("PPPoE: only sessions are read, only of version 1", () => {
  const discovery = pppoe(ppp(INNER_4), { code: 9 });
  assert.equal(inFrame(discovery, ETHERTYPE.PPPOE_SESSION), "other");
  const strange = pppoe(ppp(INNER_4));
  strange[0] = 0x21;
  assert.equal(inFrame(strange, ETHERTYPE.PPPOE_SESSION), "pppoe malformed");
});

Deno.test("PPP: what negotiates is left alone", () => {
  for (const protocol of [0xc021, 0x8021, 0xc223, 0x00fd]) {
    assert.equal(decode(ppp(text("1234"), { protocol }), LINKTYPE.PPP).result, "other");
  }
});

Deno.test("802.2: only an EtherType's organisation makes one", () => {
  assert.equal(decode(sll(snap(INNER_6), { type: 4 }), LINKTYPE.SLL).result, "tcp");
  assert.equal(decode(sll(INNER_4, { type: 1 }), LINKTYPE.SLL).result, "other", "Novell's frames");
  const cisco = concat(hex("aaaa03 00000c 0800"), INNER_4);
  assert.equal(inFrame(cisco, cisco.length), "other");
  const bridged = concat(hex("aaaa03 0000f8 0800"), INNER_4);
  assert.equal(inFrame(bridged, bridged.length), "tcp");
});

Deno.test("loopback: families other than IP's are left alone", () => {
  assert.equal(decode(nullLink(INNER_4, { family: 1 }), LINKTYPE.NULL).result, "other");
  for (const family of [10, 24, 28, 30]) {
    assert.equal(decode(nullLink(INNER_6, { family }), LINKTYPE.NULL).result, "tcp");
  }
});

Deno.test("packet filter log: a length that no system writes is malformed", () => {
  for (const length of [0, 4, 44]) {
    const packet = pflog(INNER_4);
    packet[0] = length;
    assert.equal(decode(packet, LINKTYPE.PFLOG).result, "pflog malformed");
  }
  const other = pflog(INNER_4);
  other[1] = 7;
  assert.equal(decode(other, LINKTYPE.PFLOG).result, "other");
});

Deno.test("netfilter log: the packet may be long, and what follows it is not its own", () => {
  const body = "x".repeat(40_000);
  const long = ipv4({}, tcp({}, text(body)));
  for (const bigEndian of [false, true]) {
    assert.equal(decode(nflog(long, { bigEndian }), LINKTYPE.NFLOG).payload, body);
    // The kernel copies only as much as it was asked to.
    const part = ipv4({ length: 200 }, tcp({}, text("abc")));
    const log = concat(nflog(part, { bigEndian }), text("more"));
    const { payload, missing } = decode(log, LINKTYPE.NFLOG);
    assert.deepEqual([payload, missing], ["abc", 157]);
  }
});

Deno.test("netfilter log: attributes of no length and logs without a packet are malformed", () => {
  const without = hex("02000000 0800 0100 08000100");
  assert.equal(decode(without, LINKTYPE.NFLOG).result, "nflog malformed");
  for (const length of [0, 3]) {
    const log = concat(hex("02000000"), bytes(length, 0, 1, 0), new Uint8Array(40));
    assert.equal(decode(log, LINKTYPE.NFLOG).result, "nflog malformed");
  }
});

Deno.test("NSH: a header shorter than itself is malformed, an unknown protocol left alone", () => {
  const type = 0x894f;
  const short = nsh(INNER_4);
  short[1] = 0xc1;
  assert.equal(inFrame(short, type), "nsh malformed");
  assert.equal(inFrame(nsh(INNER_4, { next: 6 }), type), "other");
});

Deno.test("up to 1500 it is a length, from 1536 on a type", () => {
  const full = snap(ipv4({ protocol: PROTOCOL.UDP }, udp({}, new Uint8Array(1464))));
  assert.equal(full.length, 1500);
  assert.equal(inFrame(full, 1500), "udp");
  assert.equal(inFrame(full, 1536), "other");
});

Deno.test("a frame that says it is another's length still ends where IP ends", () => {
  const padded = concat(snap(ipv4({ protocol: PROTOCOL.UDP }, udp({}, text("x")))), u16(0));
  assert.equal(decode(ethernet(padded, { type: 37 })).payload, "x");
});
