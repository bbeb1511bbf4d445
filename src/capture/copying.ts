// Copies packets out of the kernel's buffers into the backlog, in a thread that does nothing else. If the
// thread that decodes them is busy, they wait in the backlog, which is much larger.

import type { DumpSpace } from "../../ffi/dump_space.ts";
import { PollSet } from "../../ffi/poll_set.ts";
import { drainWakePipe } from "../../ffi/wake_pipe.ts";
import { Backlog, type Waiting } from "./backlog.ts";
import { SETTLE_MS } from "./handle.ts";
import type { Lane } from "./lane.ts";
import { timeOf } from "./waiting_packets.ts";
import type { Upkeep } from "./upkeep.ts";

/** How long to wait for packets before `stop` is checked. */
const WAIT_MS = 200;
/** Pause if a descriptor was ready, but gave nothing: one with an error would use a whole core. */
const VAIN_MS = 10;
/** How long packets are left in the kernel's buffer at most, while there is room. */
const LEAVE_MS = 50;
/** Pause if the backlog is full. */
const FULL_MS = 1;

/**
 * Handles are in non-blocking mode, and poll() waits with a time-out. libpcap must not wait: without
 * traffic it may do so for ever, and only from version 1.10 on pcap_breakloop ends it. The wait blocks
 * this thread; if a thread of the runtime waited instead, it would inherit the right to open interfaces.
 */
export class Copying {
  readonly #lanes: readonly Lane[];
  /** The lanes that have a handle. */
  #open: readonly Lane[] = [];
  readonly #upkeep: Upkeep;
  #poll: PollSet;
  readonly #commands: PollSet;
  readonly #wakePipe: number;
  readonly #queue: Lane[] = [];
  readonly #space: DumpSpace;
  readonly #backlog: Backlog;
  /** When `stop` was called: microseconds since 1970, and by performance.now(). */
  #stop: { readonly time: number; readonly at: number } | null = null;
  #isFull = false;
  #hasMore = false;
  /** Results of poll are ignored until then, by performance.now(). */
  #restUntil = 0;

  /** `wakePipe`: the reading end of a pipe. A byte in it ends a wait. */
  constructor(lanes: readonly Lane[], upkeep: Upkeep, space: DumpSpace, wakePipe: number) {
    this.#lanes = lanes;
    this.#upkeep = upkeep;
    this.#wakePipe = wakePipe;
    this.#space = space;
    this.#backlog = new Backlog(space.bytes.length, (from, to) => space.release(from, to));
    this.#poll = this.#pollOpen();
    this.#commands = new PollSet([wakePipe]);
  }

  /**
   * The next packets, which stay in the backlog until `take`; null if none came for a while; "end" when
   * all packets from before `stop` were copied.
   */
  async next(): Promise<Waiting | null | "end"> {
    for (let waited = false;;) {
      const packets = this.#copy();
      if (packets !== null) return packets;
      if (!this.#isFull) {
        if (this.#upkeep.check(performance.now())) this.#poll = this.#pollOpen();
        if (this.#isDrained()) return "end";
      }
      if (waited) return null;
      waited = true;
      await this.#wait();
    }
  }

  /** Whether there may be more packets at once, as the last ones were as many as possible. */
  get hasMore(): boolean {
    return this.#hasMore;
  }

  /**
   * Waits until more packets have come: `step` milliseconds, and longer while there is room in the kernel's
   * buffers after each step. A command ends it.
   */
  rest(step: number): void {
    if (step === 0) return;
    const end = performance.now() + LEAVE_MS;
    do {
      if (this.#commands.wait(step)) return;
    } while (performance.now() + step <= end && this.#open.every(hasRoom));
  }

  /** Removes the oldest packets of `next` from the backlog. */
  take(): void {
    this.#backlog.take();
  }

  /** Reads the counters of lost packets of all handles. */
  refreshDrops(): void {
    for (const lane of this.#open) lane.refreshDrops(performance.now(), true);
  }

  stop(time: number): void {
    this.#stop ??= { time, at: performance.now() };
  }

  close(): void {
    for (const lane of this.#open) lane.close();
    this.#space.close();
  }

  /** Copies packets of the next lane; null if no lane has any. */
  #copy(): Waiting | null {
    for (let lane; (lane = this.#nextLane()) !== undefined;) {
      const { at, room } = this.#backlog.place();
      const { handle } = lane;
      this.#isFull = handle !== null && room < handle.leastRoom;
      this.#hasMore = false;
      if (this.#isFull) return null;
      this.#queue.shift();
      lane.isQueued = false;
      if (handle === null) continue;
      const { count, end, hasMore } = handle.copy(this.#space, at, room);
      this.#hasMore = hasMore;
      lane.refreshDrops(performance.now());
      const packets = { interface: lane.index, format: handle.format, at, end, count };
      if (count <= 0) this.#cameEmpty(lane, count);
      else if (this.#isWanted(lane, packets)) return packets;
    }
    return null;
  }

  /** Lanes take turns, so that one that always has packets does not block the others. */
  #nextLane(): Lane | undefined {
    const rests = performance.now() < this.#restUntil;
    if (this.#queue.length === 0 && !rests && this.#poll.look()) this.#enqueueReady();
    return this.#queue[0];
  }

  #isWanted(lane: Lane, packets: Waiting): boolean {
    lane.isPromised = false;
    lane.failures = 0;
    if (lane.handle!.descriptor < 0) this.#enqueue(lane);
    const time = timeOf(this.#space.view, packets);
    // Before all workers share it, each of them gets all packets.
    if (time < lane.since) return false;
    // Packets after the stop do not count.
    if (this.#stop !== null && time > this.#stop.time) {
      lane.isDrained = true;
      return false;
    }
    this.#backlog.add(packets);
    return true;
  }

  #cameEmpty(lane: Lane, count: number): void {
    if (count < 0) lane.failures++;
    if (lane.isPromised) {
      this.#restUntil = performance.now() + VAIN_MS;
      // Probably an error: check at once whether the interface is still there.
      if (count < 0) this.#upkeep.hurry();
    }
    lane.isPromised = false;
  }

  /** Waits until lanes may have packets, at most WAIT_MS, and queues these lanes. */
  async #wait(): Promise<void> {
    if (this.#isFull) return await sleep(FULL_MS);
    await sleep(this.#restUntil - performance.now());
    const settled = this.#stop === null ? Infinity : this.#stop.at + SETTLE_MS - performance.now();
    const ready = this.#poll.wait(Math.max(1, Math.ceil(Math.min(WAIT_MS, settled))));
    if (this.#poll.isReady(this.#open.length)) drainWakePipe(this.#wakePipe);
    if (ready) return this.#enqueueReady();
    for (const lane of this.#open) {
      lane.refreshDrops(performance.now());
      // Some lanes cannot be polled, and poll does not report all errors.
      this.#enqueue(lane);
    }
  }

  #enqueueReady(): void {
    for (const [i, lane] of this.#open.entries()) {
      const ready = this.#poll.isReady(i);
      if (ready) lane.isPromised = true;
      if (ready || lane.handle!.descriptor < 0) this.#enqueue(lane);
    }
  }

  #enqueue(lane: Lane): void {
    if (lane.isQueued || lane.isDrained) return;
    lane.isQueued = true;
    this.#queue.push(lane);
  }

  #isDrained(): boolean {
    if (this.#stop === null) return false;
    return this.#open.every((lane) => lane.isDrained) ||
      performance.now() >= this.#stop.at + SETTLE_MS;
  }

  /** Descriptors of the open lanes, then the wake pipe. */
  #pollOpen(): PollSet {
    this.#open = this.#lanes.filter(({ handle }) => handle !== null);
    return new PollSet([...this.#open.map(({ handle }) => handle!.descriptor), this.#wakePipe]);
  }
}

const hasRoom = ({ handle }: Lane): boolean => handle!.hasRoom;

/** Messages to this thread are handled meanwhile. */
export function sleep(milliseconds: number): Promise<void> {
  if (milliseconds < 0) return Promise.resolve();
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
