import assert from "node:assert/strict";
import {
  concat,
  ethernet,
  ETHERTYPE,
  hex,
  ipv4,
  ipv4Fragments,
  ipv6,
  PROTOCOL,
  tcp,
  u16,
  udp,
  vlan,
} from "../../tests/packet_builder.ts";
import { spreadingProgram } from "./spreading.ts";

const ETHERNET_HEADER = 14;

/** What the kernel would answer for an Ethernet frame. Loads outside of it answer 0, as the kernel's do. */
function run(frame: Uint8Array): number {
  const program = new DataView(spreadingProgram().buffer);
  const packet = new DataView(frame.slice(ETHERNET_HEADER).buffer);
  const type = frame[12]! << 8 | frame[13]!;
  const memory = new Uint32Array(16);
  let [a, x] = [0, 0];
  for (let i = 0; i < program.byteLength; i += 8) {
    const code = program.getUint16(i, true);
    const k = program.getUint32(i + 4, true);
    const from = (k | 0) + 0x100000;
    const jump = (holds: boolean) => i += 8 * program.getUint8(i + (holds ? 2 : 3));
    try {
      if (code === 0x20) a = type;
      else if (code === 0x28) a = packet.getUint16(from);
      else if (code === 0x40) a = packet.getUint32(x + from);
      else if (code === 0x48) a = packet.getUint16(x + from);
      else if (code === 0x50) a = packet.getUint8(x + from);
      else if (code === 0x01) x = k;
      else if (code === 0x07) x = a;
      else if (code === 0x61) x = memory[k]!;
      else if (code === 0x60) a = memory[k]!;
      else if (code === 0x02) memory[k] = a;
      else if (code === 0x03) memory[k] = x;
      else if (code === 0x04) a = (a + k) >>> 0;
      else if (code === 0x0c) a = (a + x) >>> 0;
      else if (code === 0x24) a = Math.imul(a, k) >>> 0;
      else if (code === 0x54) a &= k;
      else if (code === 0x64) a = (a << k) >>> 0;
      else if (code === 0x74) a >>>= k;
      else if (code === 0x05) i += 8 * k;
      else if (code === 0x15) jump(a === k);
      else if (code === 0x45) jump((a & k) !== 0);
      else if (code === 0x06) return k;
      else if (code === 0x16) return a;
      else assert.fail(`code ${code.toString(16)}`);
    } catch (error) {
      if (error instanceof RangeError) return 0;
      throw error;
    }
  }
  return assert.fail("no answer");
}

type Network = (from: string, to: string, protocol: number, payload: Uint8Array) => Uint8Array;
const overIpv4: Network = (src, dst, protocol, payload) =>
  ethernet(ipv4({ src, dst, protocol }, payload));

Deno.test("both directions of a connection go to the same worker, others usually not", () => {
  for (
    const [network, a, b] of [
      [ipv4, "10.0.0.1", "192.0.2.7"],
      [ipv6, "2001:db8::1", "2001:db8:1::7"],
    ] as const
  ) {
    const answers = new Set<number>();
    for (let port = 40_000; port < 40_100; port++) {
      const there = run(ethernet(network({ src: a, dst: b }, tcp({ sport: port, dport: 443 }))));
      const back = run(ethernet(network({ src: b, dst: a }, tcp({ sport: 443, dport: port }))));
      assert.equal(there, back);
      answers.add(there);
    }
    assert.ok(answers.size > 95, `${answers.size}`);
  }
});

Deno.test("connections are spread evenly, though systems choose every other port", () => {
  for (const workers of [2, 3, 4, 7]) {
    const counts = new Array<number>(workers).fill(0);
    for (let i = 0; i < 1000; i++) {
      const ports = { sport: 32_768 + 2 * i, dport: 443 };
      counts[run(ethernet(ipv4({}, tcp(ports)))) % workers]!++;
    }
    for (const count of counts) assert.ok(count > 800 / workers, `${counts}`);
  }
});

Deno.test("pairs of hosts are spread, too", () => {
  const counts = [0, 0];
  for (let i = 0; i < 200; i++) {
    counts[run(overIpv4(`10.0.0.${i}`, "10.0.1.1", PROTOCOL.UDP, udp({}))) % 2]!++;
  }
  for (const count of counts) assert.ok(count > 80, `${counts}`);
});

Deno.test("a tunnel's ports may differ by direction", () => {
  const there = overIpv4("10.0.0.1", "10.0.0.2", PROTOCOL.UDP, udp({ sport: 50_001, dport: 4789 }));
  const back = overIpv4("10.0.0.2", "10.0.0.1", PROTOCOL.UDP, udp({ sport: 61_234, dport: 4789 }));
  assert.equal(run(there), run(back));
});

Deno.test("fragments go to one worker, those of UDP to that of their flow", () => {
  const datagram = udp({ sport: 53, dport: 5000 }, new Uint8Array(3000));
  const fields = { src: "10.0.0.1", dst: "10.0.0.2", protocol: PROTOCOL.UDP };
  const answers = ipv4Fragments(fields, datagram, 1000).map((each) => run(ethernet(each)));
  const question = run(overIpv4("10.0.0.2", "10.0.0.1", PROTOCOL.UDP, udp({})));
  assert.ok(answers.length > 2);
  assert.deepEqual([...new Set(answers)], [question]);
});

Deno.test("packets that are cut off or unknown go to a worker, too", () => {
  const frame = ethernet(ipv4({}, tcp({})));
  for (let length = ETHERNET_HEADER; length < frame.length; length++) run(frame.slice(0, length));
  assert.equal(run(ethernet(new Uint8Array(40), { type: ETHERTYPE.ARP })), 0);
});

Deno.test("connections are recognised behind a second VLAN tag, and in PPPoE", () => {
  const packet = ipv4({}, tcp({}));
  const plain = run(ethernet(packet));
  for (const type of [ETHERTYPE.VLAN, ETHERTYPE.QINQ]) {
    assert.equal(run(ethernet(vlan(packet, { id: 9 }), { type })), plain);
  }
  const session = concat(hex("11000001"), u16(packet.length + 2), hex("0021"));
  assert.equal(run(ethernet(concat(session, packet), { type: ETHERTYPE.PPPOE_SESSION })), plain);
});
