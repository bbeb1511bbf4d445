// UDP: a load balancer's header before each datagram of a client, of every protocol.

import assert from "node:assert/strict";
import {
  type Bytes,
  concat,
  dnsAnswer,
  dnsQuery,
  ethernet,
  hex,
  ipv4,
  PROTOCOL,
  text,
  u16,
  udp,
} from "../../tests/packet_builder.ts";
import { play } from "../../tests/packets/play.ts";
import { VERSION_1 } from "../protocols/quic/quic_samples.ts";

/** Version 2 of the PROXY protocol, over UDP; `extra` bytes of TLV behind the addresses. */
const proxied = (payload: Uint8Array, extra = 0, command = 0x21): Bytes =>
  concat(
    hex("0d0a0d0a000d0a515549540a"),
    Uint8Array.of(command, 0x12),
    u16(12 + extra),
    hex("c0000201 c0000202 c738 0035"),
    new Uint8Array(extra),
    payload,
  );

const sends = (payload: Uint8Array, dport: number): Bytes =>
  ethernet(ipv4({ protocol: PROTOCOL.UDP }, udp({ sport: 51000, dport }, payload)));

const answers = (payload: Uint8Array, sport: number): Bytes =>
  ethernet(
    ipv4(
      { src: "10.0.0.2", dst: "10.0.0.1", protocol: PROTOCOL.UDP },
      udp({ sport, dport: 51000 }, payload),
    ),
  );

Deno.test("a PROXY header before each datagram of DNS is passed over, on port 53 and any other", () => {
  for (const port of [53, 5300]) {
    for (const [extra, command] of [[0, 0x21], [7, 0x21], [100, 0x20]] as const) {
      const { queries, complaints } = play([
        sends(proxied(dnsQuery(), extra, command), port),
        sends(proxied(dnsQuery({ id: 2, name: "b.example" }), extra, command), port),
        answers(dnsAnswer({ rcode: 3 }), port),
        answers(dnsAnswer({ id: 2, name: "b.example" }), port),
      ]);
      assert.deepEqual(queries.map(({ host, rcode }) => `${host} ${rcode}`), [
        "example.com NXDOMAIN",
        "b.example NOERROR",
      ]);
      assert.deepEqual(complaints, []);
    }
  }
});

Deno.test("a PROXY header before each datagram of QUIC is passed over", () => {
  const { quicHandshakes } = play([
    sends(proxied(VERSION_1.clientInitial), 443),
    answers(VERSION_1.serverInitial, 443),
  ]);
  assert.deepEqual(quicHandshakes.map(({ host }) => host), ["example.com"]);
  assert.ok(quicHandshakes[0]!.answerTime > 0);
});

Deno.test("what only begins like a PROXY header is none", () => {
  const whole = proxied(dnsQuery());
  for (let length = 1; length < 28; length++) {
    assert.deepEqual(play([sends(whole.slice(0, length), 5300)]).hits, []);
  }
  assert.deepEqual(play([sends(concat(text("\r\n\r\n"), dnsQuery()), 5300)]).hits, []);
});
