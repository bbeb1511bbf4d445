import assert from "node:assert/strict";
import {
  capwap,
  concat,
  dnsQuery,
  ethernet,
  filler,
  hex,
  ipv4,
  PROTOCOL,
  text,
  udp,
} from "../../tests/packet_builder.ts";
import { Feed } from "../../tests/packets/feed.ts";
import { frame4, overUdp } from "./inner_samples.ts";

/** The packets that were not read, as "2 esp encrypted". */
function unread(...frames: Uint8Array[]): string[] {
  const { snapshot } = new Feed().feed(frames).finish();
  return snapshot.decodeErrors.map(({ layer, reason, count }) => `${count} ${layer} ${reason}`);
}

const wireguard = (type: number, length: number) =>
  concat(hex(`0${type}000000`), filler(length - 4));

Deno.test("WireGuard is recognised on any port, handshakes and data", () => {
  const messages = [[1, 148], [2, 92], [3, 64], [4, 32], [4, 1440]] as const;
  const frames = messages.map(([type, length]) => overUdp(41641, wireguard(type, length), 60000));
  assert.deepEqual(unread(...frames), ["5 wireguard encrypted"]);
  const others = [[1, 147], [2, 93], [4, 33], [4, 16], [5, 148], [0, 148]] as const;
  assert.deepEqual(
    unread(...others.map(([t, length]) => overUdp(41641, wireguard(t, length)))),
    [],
  );
});

Deno.test("OpenVPN, IPsec through NAT and encrypted CAPWAP are recognised on their ports", () => {
  const openvpn = concat(hex("48000001"), filler(100));
  const esp = concat(hex("c0ffee00 00000001"), filler(100));
  const secured = concat(hex("01000000 16fefd"), filler(60));
  assert.deepEqual(
    unread(overUdp(1194, openvpn), overUdp(40000, openvpn, 1194), overUdp(4500, esp)),
    ["1 esp encrypted", "2 openvpn encrypted"],
  );
  assert.deepEqual(unread(overUdp(5247, secured)), ["1 capwap encrypted"]);
  assert.deepEqual(unread(...[openvpn, esp, secured].map((data) => overUdp(9999, data))), []);
});

Deno.test("messages of a tunnel that carry no packet are not counted", () => {
  const ike = concat(hex("00000000"), filler(100));
  const control = concat(hex("38"), filler(60));
  const keepAlive = hex("ff");
  assert.deepEqual(
    unread(overUdp(4500, ike), overUdp(4500, keepAlive), overUdp(1194, control)),
    [],
  );
  assert.deepEqual(unread(overUdp(5247, capwap(frame4))), []);
});

Deno.test("a DNS query that begins like WireGuard stays a DNS query", () => {
  const query = dnsQuery({ id: 0x0400, name: "a.example" });
  const padded = concat(query, new Uint8Array(-query.length & 15));
  const feed = new Feed().feed([
    ethernet(ipv4({ protocol: PROTOCOL.UDP }, udp({ dport: 53 }, padded))),
  ]).finish();
  assert.deepEqual(feed.snapshot.decodeErrors, []);
  assert.equal(feed.events.length, 1);
});

Deno.test("ESP, SCTP and IPComp are counted each by itself", () => {
  const frames = [50, 50, 108, 132].map((protocol) => ethernet(ipv4({ protocol }, text("secret"))));
  assert.deepEqual(unread(...frames), [
    "1 sctp unsupported",
    "1 ipcomp compressed",
    "2 esp encrypted",
  ]);
});
