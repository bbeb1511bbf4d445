// The kernel's ring beside libpcap: both see the same packets.

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { interfaceIndex } from "../../ffi/devices.ts";
import { DumpSpace } from "../../ffi/dump_space.ts";
import { libc } from "../../ffi/libc.ts";
import { PacketSocket } from "../../ffi/packet_socket.ts";
import type { Source } from "./batch.ts";
import { GATHER_MS, type HandleOptions } from "./handle.ts";
import { type LiveOptions, openLive } from "./live.ts";
import { openHandle } from "./open_handle.ts";
import { sharingMemory } from "./sharing.ts";
import { rootTest, untilUp, type Veth } from "./veth_testing.ts";

const OPTIONS = {
  filter: null,
  snaplen: 0,
  bufferSize: 32 << 20,
  promiscuous: true,
  ring: true,
  warn: () => {},
} satisfies HandleOptions;

/** How long packets may take on a busy machine, in milliseconds. */
const PATIENCE = 60_000;

/** How an interface is captured from by these options. */
function formatOf(name: string, options: Partial<HandleOptions> = {}): string {
  const handle = openHandle(name, { ...OPTIONS, ...options }, 50);
  handle.close();
  return handle.format;
}

/** A packet as it was captured. */
interface Packet {
  readonly bytes: string;
  readonly length: number;
  readonly time: number;
}

const withoutTime = ({ bytes, length }: Packet) => ({ bytes, length });

/** A capture that is read all the time. */
class Reading {
  readonly #seen: Packet[] = [];
  readonly #source: Source;
  readonly #ended: Promise<void>;

  constructor(source: Source) {
    this.#source = source;
    this.#ended = this.#read();
  }

  async #read(): Promise<void> {
    for (let batch; (batch = await this.#source.read()) !== null;) {
      for (let i = 0; i < batch.count; i++) {
        const at = batch.offset[i]!;
        const bytes = batch.bytes.subarray(at, at + batch.captured[i]!);
        this.#seen.push({ bytes: bytes.toHex(), length: batch.length[i]!, time: batch.time[i]! });
      }
    }
  }

  /** Waits until so many packets were seen. */
  async has(count: number): Promise<void> {
    const deadline = performance.now() + PATIENCE;
    while (this.#seen.length < count) {
      assert.ok(performance.now() < deadline, `${this.#seen.length} of ${count} packets`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** All packets that were seen; none may be lost. */
  async end(): Promise<readonly Packet[]> {
    this.#source.stop();
    await this.#ended;
    assert.deepEqual(this.#source.drops(), [{ kernel: 0, interface: 0 }]);
    this.#source.close();
    return this.#seen;
  }
}

/**
 * What both see of an interface while something is sent: the same, in the same order. Before each of
 * `rounds` they have seen the `count` packets of the one before.
 */
async function seenByBoth(
  name: string,
  options: Partial<LiveOptions>,
  count: number,
  send: (round: number) => Promise<void>,
  rounds = 1,
): Promise<readonly Packet[]> {
  const readings = [true, false].map((ring) =>
    new Reading(openLive({ interfaces: [name], ...OPTIONS, ...options, ring }))
  );
  for (let round = 0; round < rounds; round++) {
    await send(round);
    for (const reading of readings) await reading.has((round + 1) * count);
  }
  const [ring, libpcap] = await Promise.all(readings.map((reading) => reading.end()));
  assert.deepEqual(ring!.map(withoutTime), libpcap!.map(withoutTime));
  for (const [i, { time }] of ring!.entries()) {
    assert.ok(Math.abs(time - libpcap![i]!.time) < 10e6, "at the same time");
  }
  return ring!;
}

/** Sends Ethernet frames as they are. */
async function sendFrames(veth: Veth, frames: readonly Uint8Array<ArrayBuffer>[]): Promise<void> {
  await untilUp(veth);
  const socket = PacketSocket.open();
  socket.bind(interfaceIndex(veth.near));
  for (const frame of frames) {
    const sent = libc().send(socket.descriptor, frame, BigInt(frame.length), 0);
    assert.equal(Number(sent), frame.length);
  }
  socket.close();
}

/** Of a protocol of nobody's, so that no one answers; `tags` are VLAN tags, the outer one first. */
function frame(size: number, tags: readonly (readonly [type: number, tag: number])[] = []) {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  bytes.fill(2, 0, 6);
  bytes.fill(4, 6, 12);
  let at = 12;
  for (const [type, tag] of tags) {
    view.setUint16(at, type);
    view.setUint16(at + 2, tag);
    at += 4;
  }
  view.setUint16(at, 0x88b5);
  for (let i = at + 2; i < size; i++) bytes[i] = i * 7 + size;
  return bytes;
}

const ONLY_OURS = "ether src 04:04:04:04:04:04";
/** Once a filter has looked for a tag, it takes what follows to be inside. */
const OURS_AND_TAGGED = `${ONLY_OURS} or vlan`;
const TAGGED = [
  frame(60),
  frame(64, [[0x8100, 5]]),
  frame(65, [[0x8100, 0xe005]]),
  frame(66, [[0x8100, 0]]),
  frame(67, [[0x88a8, 7]]),
  frame(68, [[0x88a8, 7], [0x8100, 6]]),
  frame(1514),
  frame(60_000, [[0x8100, 9]]),
  frame(65_500),
];

rootTest("the ring gives frames as they were sent, with their VLAN tags", async (veth) => {
  const seen = await seenByBoth(
    veth.far,
    { filter: OURS_AND_TAGGED },
    TAGGED.length,
    () => sendFrames(veth, TAGGED),
  );
  assert.deepEqual(
    seen.map(withoutTime),
    TAGGED.map((each) => ({ bytes: each.toHex(), length: each.length })),
  );
});

rootTest("the ring keeps --snaplen bytes of a packet, tags included", async (veth) => {
  for (const snaplen of [96, 18, 14]) {
    const options = { filter: OURS_AND_TAGGED, snaplen };
    const send = () => sendFrames(veth, TAGGED);
    const seen = await seenByBoth(veth.far, options, TAGGED.length, send);
    assert.deepEqual(
      seen.map(withoutTime),
      TAGGED.map((each) => ({
        bytes: each.subarray(0, snaplen).toHex(),
        length: each.length,
      })),
    );
  }
});

rootTest("the ring takes the packets of a filter, also of tags and lengths", async (veth) => {
  const expect: Record<string, readonly number[]> = {
    "vlan 5": [64, 65],
    [`${ONLY_OURS} and not vlan and greater 100`]: [1514, 65_500],
    // The kernel does not count the tag that it has taken out.
    "vlan and less 62": [64, 65, 66],
  };
  for (const [filter, lengths] of Object.entries(expect)) {
    const send = () => sendFrames(veth, TAGGED);
    const seen = await seenByBoth(veth.far, { filter }, lengths.length, send);
    assert.deepEqual(seen.map(({ length }) => length), lengths, filter);
  }
});

rootTest("the ring goes round many times without a gap", async (veth) => {
  // 27 MB through 4 MiB in the kernel.
  const send = (round: number) =>
    sendFrames(veth, Array.from({ length: 40 }, (_, i) => frame(10_000 + round * 40 + i)));
  const options = { filter: ONLY_OURS, bufferSize: 4 << 20 };
  const seen = await seenByBoth(veth.far, options, 40, send, 60);
  assert.deepEqual(
    seen.map(({ length }) => length),
    Array.from({ length: 2400 }, (_, i) => 10_000 + i),
  );
});

rootTest("the ring holds what comes slowly while nobody copies", async (veth) => {
  const handle = openHandle(veth.far, { ...OPTIONS, filter: ONLY_OURS }, GATHER_MS);
  const space = new DumpSpace(64 << 20);
  let frames = 0;
  try {
    for (const begun = performance.now(); performance.now() - begun < 4000; frames++) {
      await sendFrames(veth, [frame(60)]);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    // The last block is handed over.
    await new Promise((resolve) => setTimeout(resolve, 3 * GATHER_MS));
    const { count } = handle.copy(space, 0, space.bytes.length);
    assert.deepEqual([count, handle.dropped()!.kernel], [frames, 0]);
  } finally {
    handle.close();
    space.close();
  }
});

/** Sends 20 datagrams. */
async function sendOverLoopback(port: number): Promise<void> {
  const socket = createSocket("udp4");
  for (let i = 0; i < 20; i++) {
    await new Promise((resolve) => socket.send(`number ${i}`, port, "127.0.0.1", resolve));
  }
  socket.close();
}

rootTest("the ring gives each packet of loopback once", async () => {
  const port = 20_000 + Deno.pid % 20_000;
  const filter = `udp dst port ${port}`;
  const seen = await seenByBoth("lo", { filter }, 20, () => sendOverLoopback(port));
  assert.equal(seen.length, 20);
});

rootTest("the ring gives each packet of loopback once also to those who share it", async () => {
  const port = 20_000 + (Deno.pid + 1) % 20_000;
  const memory = sharingMemory(1);
  // As if another worker had come before.
  Atomics.store(memory.joined, 0, 1);
  const sharing = { memory, worker: 0, workers: 2 };
  const filter = `udp dst port ${port}`;
  const reading = new Reading(openLive({ interfaces: ["lo"], ...OPTIONS, filter, sharing }));
  // Packets of the millisecond before do not count.
  await new Promise((resolve) => setTimeout(resolve, 20));
  await sendOverLoopback(port);
  await reading.has(20);
  assert.equal((await reading.end()).length, 20);
});

rootTest("the ring makes an interface promiscuous as long as it is open", async ({ far }) => {
  const isPromiscuous = async () =>
    (Number(await Deno.readTextFile(`/sys/class/net/${far}/flags`)) & 0x100) !== 0;
  for (const promiscuous of [true, false]) {
    const handle = openHandle(far, { ...OPTIONS, promiscuous }, 50);
    assert.equal(handle.format, "ring");
    assert.equal(await isPromiscuous(), promiscuous);
    handle.close();
    assert.equal(await isPromiscuous(), false);
  }
});

rootTest("a ring is for Ethernet, and for filters that the kernel takes", ({ far }) => {
  assert.equal(formatOf(far), "ring");
  assert.equal(formatOf("lo"), "ring");
  assert.equal(formatOf("any"), "dumped");
  assert.equal(formatOf(far, { ring: false }), "dumped");
  const long = Array.from({ length: 2500 }, (_, i) => `ether[16:2] = ${i * 2}`).join(" or ");
  assert.equal(formatOf(far, { filter: long }), "dumped");
  return Promise.resolve();
});
