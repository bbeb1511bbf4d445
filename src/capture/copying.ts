// Copies packets out of the kernel's buffers into the backlog, in a thread that does nothing else: so
// that they wait in plenty of memory when the next thread, which looks into them, has no time for them.

import type { DumpSpace } from "../../ffi/dump_space.ts";
import { PollSet } from "../../ffi/poll_set.ts";
import { hearCalls } from "../../ffi/wake_pipe.ts";
import { Backlog, type Waiting } from "./backlog.ts";
import { packetsThatFit, timeOf } from "./dump_records.ts";
import type { Lane } from "./lane.ts";
import { SETTLE_MS, type Upkeep } from "./upkeep.ts";

/** How long the kernel gathers packets before it hands them on: copied within twice that. */
export const GATHER_MS = 50;
/** How long is waited for packets, and so until `stop` is heard. */
const WAIT_MS = 200;
/** Rest after a descriptor was called ready in vain, so that one in error cannot take a whole core. */
const VAIN_MS = 10;
/** Rest where the backlog is full. */
const FULL_MS = 1;
/** The most packets that are copied at once: about 1 ms of work. */
const MOST_PACKETS = 4096;

/**
 * Waits by poll() with a time-out over handles in non-blocking mode, and never in libpcap: there,
 * an idle interface can hold a dispatch for ever, and pcap_breakloop wakes it from 1.10 on only.
 * The wait blocks this thread: a thread of the runtime that waited for it would inherit its right to
 * open interfaces.
 */
export class Copying {
  readonly #lanes: readonly Lane[];
  /** Those with a handle. */
  #open: readonly Lane[] = [];
  readonly #upkeep: Upkeep;
  #poll: PollSet;
  readonly #calls: number;
  readonly #queue: Lane[] = [];
  readonly #snaplen: number;
  readonly #space: DumpSpace;
  readonly #backlog: Backlog;
  /** When `stop` was called: on the clock of the packets, in microseconds, and on performance.now(). */
  #stop: { readonly time: number; readonly at: number } | null = null;
  #isFull = false;
  #hasMore = false;
  /** No descriptor is believed to be ready before. */
  #restUntil = 0;

  /** `calls`: what else ends a wait, a pipe that has a byte for each call. */
  constructor(lanes: readonly Lane[], upkeep: Upkeep, space: DumpSpace, calls: number) {
    this.#lanes = lanes;
    this.#upkeep = upkeep;
    this.#calls = calls;
    this.#snaplen = Math.max(...lanes.map(({ handle }) => handle?.snaplen ?? 0));
    this.#space = space;
    this.#backlog = new Backlog(space.bytes.length, (from, to) => space.release(from, to));
    this.#poll = this.#pollOpen();
  }

  /**
   * The next packets, which stay in the backlog until `take`; null where none came for a while, and
   * "end" when all from before `stop` are copied.
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

  /** Whether the last packets were only as many as there was room for at once. */
  get hasMore(): boolean {
    return this.#hasMore;
  }

  /** Those of `next` that came first are done with. */
  take(): void {
    this.#backlog.take();
  }

  /** Asks all handles for what was lost. */
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

  /** Copies the packets of the lane whose turn it is; null where none has any. */
  #copy(): Waiting | null {
    for (let lane; (lane = this.#nextLane()) !== undefined;) {
      const { at, room } = this.#backlog.place();
      const most = Math.min(packetsThatFit(room, this.#snaplen), MOST_PACKETS);
      this.#isFull = most === 0;
      this.#hasMore = false;
      if (this.#isFull) return null;
      this.#queue.shift();
      lane.isQueued = false;
      this.#space.begin(at);
      const count = lane.handle?.dispatch(most, this.#space) ?? 0;
      const packets = { interface: lane.index, at, end: this.#space.finish(), count };
      this.#hasMore = count === most;
      lane.refreshDrops(performance.now());
      if (count <= 0) this.#cameEmpty(lane, count);
      else if (this.#isWanted(lane, packets)) return packets;
    }
    return null;
  }

  /** Lanes take turns: one that always has packets must not keep the others from theirs. */
  #nextLane(): Lane | undefined {
    const rests = performance.now() < this.#restUntil;
    if (this.#queue.length === 0 && !rests && this.#poll.look()) this.#enqueueReady();
    return this.#queue[0];
  }

  #isWanted(lane: Lane, packets: Waiting): boolean {
    lane.isPromised = false;
    lane.failures = 0;
    if (lane.handle!.descriptor < 0) this.#enqueue(lane);
    const time = timeOf(this.#space.view, packets.at);
    // Until workers share it, each of them has all packets.
    if (time < lane.since) return false;
    // What is stamped after the stop belongs to no one.
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
      // Most likely an error: look at once whether the interface is still there.
      if (count < 0) this.#upkeep.hurry();
    }
    lane.isPromised = false;
  }

  /** Waits until a lane may have packets, or for WAIT_MS; queues those lanes. */
  async #wait(): Promise<void> {
    if (this.#isFull) return await sleep(FULL_MS);
    await sleep(this.#restUntil - performance.now());
    const settled = this.#stop === null ? Infinity : this.#stop.at + SETTLE_MS - performance.now();
    const ready = this.#poll.wait(Math.max(1, Math.ceil(Math.min(WAIT_MS, settled))));
    if (this.#poll.isReady(this.#open.length)) hearCalls(this.#calls);
    if (ready) return this.#enqueueReady();
    for (const lane of this.#open) {
      lane.refreshDrops(performance.now());
      // There may be lanes that cannot be polled, and errors that poll does not tell.
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

  /** The lanes that are open, then the pipe of calls. */
  #pollOpen(): PollSet {
    this.#open = this.#lanes.filter(({ handle }) => handle !== null);
    return new PollSet([...this.#open.map(({ handle }) => handle!.descriptor), this.#calls]);
  }
}

/** Also lets the thread's messages come in. */
export function sleep(milliseconds: number): Promise<void> {
  if (milliseconds < 0) return Promise.resolve();
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
