import assert from "node:assert/strict";
import { Packet } from "../decode/packet.ts";
import { Flag } from "./flow_record.ts";
import { FlowTable, MAX_FLOWS } from "./flow_table.ts";

/** The first packet of flow number `i`: all flows differ in address or port, none in the low bits only. */
function packetOf(i: number, packet = new Packet()): Packet {
  packet.src2 = packet.dst2 = 0xffff;
  packet.src3 = 0x0a000000 | (i >>> 12);
  packet.dst3 = 0x0a800001;
  packet.srcPort = 1024 + (i & 0xfff);
  packet.dstPort = 443;
  return packet;
}

function reversed(packet: Packet): Packet {
  const other = new Packet();
  [other.src0, other.src1, other.src2, other.src3] = [
    packet.dst0,
    packet.dst1,
    packet.dst2,
    packet.dst3,
  ];
  [other.dst0, other.dst1, other.dst2, other.dst3] = [
    packet.src0,
    packet.src1,
    packet.src2,
    packet.src3,
  ];
  other.srcPort = packet.dstPort;
  other.dstPort = packet.srcPort;
  return other;
}

/** A table and an array indexed by flow, as its users have. */
class Kept {
  /** Indexed by flow: what was put there. */
  names: number[] = [];
  readonly table: FlowTable;

  constructor() {
    this.table = new FlowTable((to) => {
      const names: number[] = [];
      to.forEach((flow, old) => {
        if (flow >= 0) names[flow] = this.names[old]!;
      });
      this.names = names;
    });
  }

  add(i: number): number {
    const { table } = this;
    const packet = packetOf(i);
    const flow = table.add(packet, false, table.hash(packet, false));
    this.names[flow] = i;
    table.setNextSequence(flow, 1, i);
    packet.time = i + 0.5;
    table.touch(flow, packet);
    return flow;
  }

  find(i: number): number {
    const packet = packetOf(i);
    return this.table.find(packet, false, this.table.hash(packet, false));
  }

  check(i: number): void {
    const flow = this.find(i);
    assert.ok(flow >= 0, `flow ${i} is lost`);
    assert.equal(this.names[flow], i);
    assert.equal(this.table.nextSequence(flow, 1), i);
    assert.equal(this.table.lastTime(flow), i + 0.5);
  }
}

Deno.test("both directions of a flow share a record, and are distinguished", () => {
  const table = new FlowTable(() => {});
  const packet = packetOf(5);
  packet.src0 = 0x20010db8;
  const back = reversed(packet);
  assert.equal(table.hash(packet, false), table.hash(back, false));
  const flow = table.add(packet, false, table.hash(packet, false));
  assert.equal(table.find(back, false, table.hash(back, false)), flow);
  assert.equal(table.fromB, 1);
  assert.equal(table.find(packet, false, table.hash(packet, false)), flow);
  assert.equal(table.fromB, 0);
  const words = new Int32Array(4);
  assert.deepEqual([table.port(flow, 0), table.port(flow, 1)], [packet.srcPort, 443]);
  table.copyAddress(flow, 0, words);
  assert.deepEqual([...words], [packet.src0, packet.src1, packet.src2, packet.src3]);
  table.copyAddress(flow, 1, words);
  assert.deepEqual([...words], [0, 0, 0xffff, packet.dst3]);
});

Deno.test("values of a record do not overlap each other or the next record", () => {
  const kept = new Kept();
  const { table } = kept;
  const packet = packetOf(1);
  const flows = [0, 1, 2].map((i) => kept.add(i));
  for (const flow of flows) {
    table.set(flow, Flag.SEQUENCE << 1 | Flag.ENDED);
    packet.time = 1000 + flow;
    table.noteSyn(flow, packet);
    packet.time = 3000 + 2 * flow;
    table.noteSynAck(flow, packet);
    for (const fromB of [0, 1]) {
      table.setNextSequence(flow, fromB, 10 * flow + fromB - 7);
      table.setAcknowledged(flow, fromB, 20 * flow + fromB - 7);
      table.setSkip(flow, fromB, 1e12 + 2 * flow + fromB);
      table.addUncharged(flow, fromB, 2e12 + 2 * flow + fromB);
    }
    packet.time = 5000 + flow;
    table.touch(flow, packet);
  }
  for (const flow of flows) {
    assert.equal(kept.find(flow), flow);
    assert.deepEqual(
      [table.lastTime(flow), table.connectTime(flow)],
      [5000 + flow, 2000 + flow],
    );
    assert.ok(table.has(flow, Flag.ENDED) && !table.has(flow, Flag.SEQUENCE | Flag.RESET));
    for (const fromB of [0, 1]) {
      assert.equal(table.nextSequence(flow, fromB), 10 * flow + fromB - 7);
      assert.equal(table.acknowledged(flow, fromB), 20 * flow + fromB - 7);
      assert.equal(table.skip(flow, fromB), 1e12 + 2 * flow + fromB);
      assert.equal(table.takeUncharged(flow, fromB), 2e12 + 2 * flow + fromB);
      assert.equal(table.takeUncharged(flow, fromB), 0);
    }
  }
});

Deno.test("flows differ by protocol, addresses and ports", () => {
  const table = new FlowTable(() => {});
  const packet = packetOf(5);
  const tcp = table.add(packet, false, table.hash(packet, false));
  assert.equal(table.find(packet, true, table.hash(packet, true)), -1);
  const udp = table.add(packet, true, table.hash(packet, true));
  assert.notEqual(udp, tcp);
  assert.deepEqual([table.isUdp(tcp), table.isUdp(udp)], [false, true]);
  for (
    const field of [
      "src0",
      "src1",
      "src2",
      "src3",
      "dst0",
      "dst1",
      "dst2",
      "dst3",
      "srcPort",
      "dstPort",
    ] as const
  ) {
    const other = packetOf(5);
    other[field] ^= 1;
    // Even if the hashes are equal.
    assert.equal(table.find(other, false, table.hash(packet, false)), -1, field);
  }
  const crossed = packetOf(5);
  [crossed.srcPort, crossed.dstPort] = [crossed.dstPort, crossed.srcPort];
  assert.equal(table.find(crossed, false, table.hash(packet, false)), -1, "ports crossed");
});

Deno.test("a flow from an endpoint to itself has one direction", () => {
  const table = new FlowTable(() => {});
  const packet = packetOf(5);
  packet.dst3 = packet.src3;
  packet.dstPort = packet.srcPort;
  const flow = table.add(packet, false, table.hash(packet, false));
  assert.equal(table.find(reversed(packet), false, table.hash(packet, false)), flow);
  assert.equal(table.fromB, 0);
});

Deno.test("a hundred thousand flows are added, found and removed", () => {
  const kept = new Kept();
  const count = 100_000;
  for (let i = 0; i < count; i++) kept.add(i);
  assert.equal(kept.table.count, count);
  for (let i = 0; i < count; i += 7) kept.check(i);
  for (let i = 0; i < count; i++) if (i % 3 !== 0) kept.table.remove(kept.find(i));
  for (let i = 0; i < count; i++) {
    if (i % 3 === 0) kept.check(i);
    else if (i % 10 === 1) assert.equal(kept.find(i), -1);
  }
  for (let i = 1; i < count; i += 3) kept.add(i);
  for (let i = 0; i < count; i += 11) if (i % 3 !== 2) kept.check(i);
});

Deno.test("a table with few flows left gives memory back, and keeps them", () => {
  const kept = new Kept();
  for (let i = 0; i < 50_000; i++) kept.add(i);
  const most = kept.table.capacity;
  assert.equal(kept.table.used, 50_000);
  for (let i = 0; i < 50_000; i++) if (i % 500 !== 0) kept.table.remove(kept.find(i));
  kept.table.shrinkIfSparse();
  assert.ok(kept.table.capacity <= most / 8);
  assert.equal(kept.table.used, 100);
  for (let i = 0; i < 50_000; i += 500) kept.check(i);
  for (let i = 1; i < 3000; i += 2) kept.add(i);
  for (let i = 0; i < 50_000; i += 500) kept.check(i);
});

Deno.test("the hash spreads flows evenly if only ports or addresses differ", () => {
  const table = new FlowTable(() => {});
  const shapes: Record<string, (i: number, packet: Packet) => void> = {
    ports: (i, packet) => packet.srcPort = i,
    addresses: (i, packet) => packet.src3 = i,
    networks: (i, packet) => packet.src3 = i << 8,
    prefixes: (i, packet) => packet.src0 = i << 16,
    both: (i, packet) => {
      packet.src3 = 0x0a000000 + i;
      packet.srcPort = 1024 + i;
    },
  };
  for (const [name, shape] of Object.entries(shapes)) {
    const buckets = new Uint32Array(4096);
    const packet = packetOf(0);
    for (let i = 0; i < 4096; i++) {
      shape(i, packet);
      buckets[table.hash(packet, false) & 4095]!++;
    }
    // 4096 random hashes in 4096 buckets have more than 12 in one about once in 10^9 times.
    assert.ok(Math.max(...buckets) <= 12, `${name}: ${Math.max(...buckets)} in one place`);
  }
});

/** Addresses and ports by 16 bits of a number: all may collide if a hash mixes them too little. */
const CHOSEN: Readonly<Record<string, (packet: Packet, i: number) => void>> = {
  "port against address": (packet, i) => [packet.src0, packet.srcPort] = [-i, i],
  "port against IPv4": (packet, i) => [packet.src3, packet.srcPort] = [-i, i],
  "upper halves of two words": (packet, i) => [packet.src3, packet.src2] = [i << 16, i << 16],
  "one word against the next": (packet, i) => [packet.src1, packet.src0] = [i << 8, -i << 8],
  "the same bits of all words": (packet, i) => {
    packet.src0 =
      packet.src1 =
      packet.src2 =
      packet.src3 =
        i << 16;
  },
  "source against destination": (packet, i) => [packet.src3, packet.dst3] = [i, -i],
  "ports against each other": (packet, i) => [packet.srcPort, packet.dstPort] = [i, 0xffff ^ i],
};

for (const [what, choose] of Object.entries(CHOSEN)) {
  Deno.test(`nobody makes flows collide who does not know the seed: ${what}`, () => {
    for (let seed = 0; seed < 4; seed++) {
      const table = new FlowTable(() => {}, MAX_FLOWS, Math.imul(seed, 0x9e3779b1));
      const counts = new Map<number, number>();
      for (let i = 0; i < 1 << 16; i++) {
        const packet = packetOf(0);
        choose(packet, i);
        const hash = table.hash(packet, false);
        counts.set(hash, (counts.get(hash) ?? 0) + 1);
      }
      const most = Math.max(...counts.values());
      assert.ok(most <= 8, `${most} flows have the same hash with seed ${seed}`);
    }
  });
}

Deno.test("the walk reaches every record", () => {
  const kept = new Kept();
  for (let i = 0; i < 16; i++) kept.add(15 - i);
  const seen = new Set<number>();
  for (let i = 0; i < 16; i++) seen.add(kept.table.nextRecord());
  assert.equal(seen.size, 16);
  assert.ok(!kept.table.isFull && MAX_FLOWS > 16);
});

Deno.test("each flag of a record has bits of its own", () => {
  // Those of which both endpoints have one.
  const pairs = ["SEQUENCE", "WHOLE", "FIN", "ACKNOWLEDGED", "COPIED", "DATA"];
  let taken = 0;
  for (const [name, flag] of Object.entries(Flag)) {
    const bits = pairs.includes(name) ? flag | flag << 1 : flag;
    assert.equal(taken & bits, 0, name);
    taken |= bits;
  }
});
