import assert from "node:assert/strict";
import {
  ayiya,
  bytes,
  capwap,
  concat,
  dnsAnswer,
  eoip,
  filler,
  geneve,
  gre,
  gtp,
  hex,
  ipv6,
  l2tp,
  l2tp3,
  mpls,
  ppp,
  PROTOCOL,
  tcp,
  teredo,
  text,
  TUNNEL_PORT,
  TUNNEL_PROTOCOL,
  TUNNEL_TYPE,
  tzsp,
  u16,
  vxlan,
} from "../../tests/packet_builder.ts";
import { INNER_4, INNER_6, overIp, overUdp, REQUEST } from "./inner_samples.ts";
import { decode, sampleOf } from "./samples.ts";

const overGre = (payload: Uint8Array) => decode(overIp(TUNNEL_PROTOCOL.GRE, payload));

/** Asserts that a datagram with `payload` to port `dport` is taken for no tunnel. */
function assertStays(dport: number, payload: Uint8Array, sport?: number) {
  const got = decode(overUdp(dport, payload, sport));
  assert.equal(got.result, "udp", `port ${dport}`);
  assert.equal(got.payload, String.fromCharCode(...payload));
}

Deno.test("other datagrams to the port of a tunnel are taken for none", () => {
  const answers = [0, 1, 2, 0x0800, 0x0802, 0x3000, 0x4452, 0xffff]
    .map((id) => dnsAnswer({ id, name: "host.example.com", rcode: 3 }));
  const short = [new Uint8Array(0), bytes(8), hex("08000000 00000000"), hex("30ff0000 00000000")];
  for (const port of Object.values(TUNNEL_PORT)) {
    for (const payload of [...answers, ...short, text("hello, is this a tunnel? certainly not")]) {
      assertStays(port, payload);
      assertStays(50000, payload, port);
    }
  }
});

Deno.test("QUIC to the port of a tunnel is taken for none", () => {
  for (const first of [0x40, 0x48, 0x5f, 0xc0, 0xc8, 0xcf]) {
    const packet = concat(bytes(first), hex("00000001 08 0000"), filler(1200));
    for (const port of Object.values(TUNNEL_PORT)) assertStays(port, packet);
  }
});

Deno.test("tunnels to other ports are not recognised, except for Teredo", () => {
  const { frame } = sampleOf("Ethernet, IPv4");
  assertStays(4788, vxlan(frame));
  assertStays(6082, geneve(frame));
  assertStays(1702, l2tp(ppp(INNER_4)));
});

Deno.test("Teredo: the packet must fit, and have a Teredo address", () => {
  assertStays(TUNNEL_PORT.TEREDO, INNER_6);
  const inner = ipv6({ src: "2001:0:1::2", dst: "2001:db8::2" }, tcp({}, text("x")));
  assertStays(TUNNEL_PORT.TEREDO, inner.slice(0, -1));
  const withTrailer = concat(teredo(inner), hex("01 02 0000"));
  assert.equal(decode(overUdp(TUNNEL_PORT.TEREDO, withTrailer)).payload, "x");
});

Deno.test("GRE: versions, routes, and payloads that are not IP", () => {
  const strange = gre(INNER_4);
  strange[1] = 2;
  assert.equal(overGre(strange).result, "gre malformed");
  const routed = concat(hex("4000 0800 00000000"), hex("0800 00 04 0a000001"));
  assert.equal(overGre(routed).result, "gre malformed", "routes without an end");
  assert.equal(overGre(gre(new Uint8Array(0), { type: 0 })).result, "other", "a keepalive");
  assert.equal(overGre(gre(text("an OSI packet"), { type: 0x00fe })).result, "other");
  const keepalive = eoip(new Uint8Array(0));
  assert.equal(overGre(keepalive).result, "other", "EoIP without a frame");
});

Deno.test("PPTP: acknowledgements without data are not read", () => {
  const options = { type: TUNNEL_TYPE.PPP, version: 1, key: 1, acknowledgement: 3 } as const;
  assert.equal(overGre(gre(new Uint8Array(0), options)).result, "other");
});

Deno.test("GTP: signalling is no tunnel; a chain of extensions must end", () => {
  const echo = gtp(INNER_4);
  echo[1] = 1;
  assertStays(TUNNEL_PORT.GTP, echo);
  const extensions = Array.from({ length: 100 }, () => hex("011001"));
  const long = overUdp(TUNNEL_PORT.GTP, gtp(INNER_4, { extensions }));
  assert.equal(decode(long).result, "tcp");
  const endless = gtp(INNER_4, { extensions: [hex("001001")] });
  assert.equal(decode(overUdp(TUNNEL_PORT.GTP, endless)).result, "gtp malformed");
  const beyond = gtp(INNER_4, { extensions: [hex("ff1001")] });
  assert.equal(decode(overUdp(TUNNEL_PORT.GTP, beyond)).result, "gtp malformed");
});

Deno.test("L2TP: only data messages with IP are tunnels", () => {
  const control = l2tp(ppp(INNER_4), { length: true, sequence: true });
  control[0]! |= 0x80;
  assertStays(TUNNEL_PORT.L2TP, control);
  const beyond = l2tp(ppp(INNER_4), { offset: 0 });
  beyond.set(u16(0xffff), 6);
  assertStays(TUNNEL_PORT.L2TP, beyond);
  assertStays(TUNNEL_PORT.L2TP, l2tp(ppp(text("configure"), { protocol: 0xc021 })));
});

Deno.test("L2TPv3: control messages are not read, other payloads are counted", () => {
  const inIp = (payload: Uint8Array) => decode(overIp(TUNNEL_PROTOCOL.L2TP, payload)).result;
  assert.equal(inIp(concat(hex("00000000 c8030014"), filler(12))), "other");
  assert.equal(inIp(l2tp3(text("frames of another kind, long enough"))), "l2tp unsupported");
  assertStays(TUNNEL_PORT.L2TP, l2tp3(text("frames of another kind"), { udp: true }));
});

Deno.test("TZSP: tags without an end are malformed; other media are no tunnels", () => {
  const endless = concat(bytes(1, 0, 0, 1), new Uint8Array(100));
  assert.equal(decode(overUdp(TUNNEL_PORT.TZSP, endless)).result, "ethernet malformed");
  assertStays(TUNNEL_PORT.TZSP, tzsp(INNER_4, { protocol: 7 }));
});

Deno.test("AYIYA: only the operation to forward is a tunnel", () => {
  const echo = ayiya(INNER_6);
  echo[2] = 0x10;
  assertStays(TUNNEL_PORT.AYIYA, echo);
});

Deno.test("GENEVE: options must not reach beyond the packet", () => {
  const beyond = geneve(INNER_4);
  beyond[0] = 0x3f;
  assertStays(TUNNEL_PORT.GENEVE, beyond);
  const later = geneve(INNER_4);
  later[0] = 0x40;
  assertStays(TUNNEL_PORT.GENEVE, later);
});

Deno.test("the innermost packet decides, also if it is neither TCP nor UDP", () => {
  const inner = overIp(PROTOCOL.IPIP, mpls(INNER_4));
  assert.equal(decode(inner).result, "ip malformed", "labels are not IP");
  const ping = ipv6({ protocol: 58 }, text("echo"));
  assert.equal(decode(overIp(PROTOCOL.IPV6, ping)).result, "other");
});

Deno.test("CAPWAP: encrypted packets, keep-alives and other bindings are not read", () => {
  const frame = capwap(INNER_4).subarray(8);
  for (const header of ["01104200", "00104208", "00104600", "00084200"]) {
    assertStays(TUNNEL_PORT.CAPWAP, concat(hex(`${header} 00000000`), frame));
  }
});

Deno.test("L2TPv3 of IP is told from one of Ethernet", () => {
  for (const inner of [INNER_4, INNER_6]) {
    for (const agreed of [0, 4, 8, 12]) {
      const got = decode(overIp(TUNNEL_PROTOCOL.L2TP, l2tp3(inner, { agreed })));
      assert.equal(got.payload, REQUEST, `${agreed} bytes of cookie and sublayer`);
    }
  }
});
