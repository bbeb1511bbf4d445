// Copies packets out of the kernel's buffers into the backlog, in a thread that does nothing else: so
// that they wait in plenty of memory when the next thread, which looks into them, has no time for them.

import type { DumpSpace } from "../../ffi/dump_space.ts";
import { PollSet } from "../../ffi/poll_set.ts";
import { hearCalls } from "../../ffi/wake_pipe.ts";
import { UserError } from "../errors.ts";
import { Backlog, type Waiting } from "./backlog.ts";
import type { Drops } from "./batch.ts";
import { packetsThatFit, timeOf } from "./dump_records.ts";
import { listInterfaces, type NetInterface } from "./interfaces.ts";
import type { Lane } from "./lane.ts";
import { oneLine } from "./one_line.ts";

/** How long the kernel gathers packets before it hands them on: copied within twice that. */
export const GATHER_MS = 50;
/** How long is waited for packets, and so until `stop` is heard. */
const WAIT_MS = 200;
/** After so long, the kernel has surely handed on what was captured before. */
const SETTLE_MS = 3 * GATHER_MS;
/** How often it is looked whether silent interfaces are still up. */
const CHECK_MS = 1000;
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
  readonly #warn: (message: string) => void;
  /** All lanes, also those that ended. */
  readonly #lanes: readonly Lane[];
  #open: readonly Lane[];
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
  #checkedAt = performance.now();

  /** `calls`: what else ends a wait, a pipe that has a byte for each call. */
  constructor(
    lanes: readonly Lane[],
    space: DumpSpace,
    calls: number,
    warn: (message: string) => void,
  ) {
    this.#lanes = lanes;
    this.#open = lanes;
    this.#calls = calls;
    this.#poll = this.#pollSet();
    this.#warn = warn;
    this.#snaplen = Math.max(...lanes.map((lane) => lane.handle.snaplen));
    this.#space = space;
    this.#backlog = new Backlog(space.bytes.length, (from, to) => space.release(from, to));
  }

  /**
   * The next packets, which stay in the backlog until `take`; null where none came for a while, and
   * "end" when all from before `stop` are copied. Rejects with UserError where the last interface
   * went down or away.
   */
  async next(): Promise<Waiting | null | "end"> {
    for (let waited = false;;) {
      const packets = this.#copy();
      if (packets !== null) return packets;
      if (!this.#isFull) {
        this.#checkInterfaces();
        this.#endLanes();
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

  /** What was lost, in the order of the lanes: lately or, `now`, by now. */
  drops(now = false): Drops[] {
    if (now) { for (const lane of this.#open) lane.refreshDrops(performance.now(), true); }
    return this.#lanes.map((lane) => lane.drops);
  }

  stop(time: number): void {
    this.#stop ??= { time, at: performance.now() };
  }

  close(): void {
    for (const lane of this.#open) lane.handle.close();
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
      lane.queued = false;
      this.#space.begin(at);
      const count = lane.handle.dispatch(most, this.#space);
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
    lane.promised = false;
    lane.active = true;
    if (lane.handle.descriptor < 0) this.#enqueue(lane);
    // What is stamped after the stop belongs to no one.
    if (this.#stop !== null && timeOf(this.#space.view, packets.at) > this.#stop.time) {
      lane.drained = true;
      return false;
    }
    this.#backlog.add(packets);
    return true;
  }

  #cameEmpty(lane: Lane, count: number): void {
    if (count < 0 && lane.ending === null) this.#end(lane, lane.handle.message());
    if (lane.promised) {
      this.#restUntil = performance.now() + VAIN_MS;
      // Most likely an error: look at once whether the interface is still up.
      lane.active = false;
      this.#checkedAt = -Infinity;
    }
    lane.promised = false;
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
      if (ready) lane.promised = true;
      if (ready || lane.handle.descriptor < 0) this.#enqueue(lane);
    }
  }

  #enqueue(lane: Lane): void {
    if (lane.queued || lane.drained) return;
    lane.queued = true;
    this.#queue.push(lane);
  }

  #isDrained(): boolean {
    if (this.#open.every((lane) => lane.drained)) return true;
    return this.#stop !== null && performance.now() >= this.#stop.at + SETTLE_MS;
  }

  /** libpcap 1.10 is silent about an interface that goes down, so silent ones are looked at. */
  #checkInterfaces(): void {
    const now = performance.now();
    if (now - this.#checkedAt < CHECK_MS) return;
    this.#checkedAt = now;
    const silent = this.#open.filter((lane) => !lane.active && lane.ending === null);
    for (const lane of this.#open) lane.active = false;
    if (silent.length === 0) return;
    const listed = listOrNothing();
    for (const lane of silent) {
      const problem = listed === null ? null : lane.problem(listed);
      if (problem !== null) this.#end(lane, problem);
    }
  }

  /** Lets `lane` end, after the packets that the kernel still has. */
  #end(lane: Lane, reason: string): void {
    const listed = listOrNothing();
    const problem = listed === null ? null : lane.problem(listed);
    lane.ending = { reason: problem ?? reason, until: performance.now() + SETTLE_MS };
  }

  /** Closes the lanes that have ended. Throws UserError where none is left. */
  #endLanes(): void {
    const now = performance.now();
    const ended = this.#open.filter((lane) => lane.ending !== null && now >= lane.ending.until);
    if (ended.length === 0) return;
    for (const lane of ended) {
      lane.refreshDrops(now, true);
      lane.handle.close();
    }
    this.#open = this.#open.filter((lane) => !ended.includes(lane));
    this.#poll = this.#pollSet();
    this.#report(ended);
  }

  /** The lanes that are open, then the pipe of calls. */
  #pollSet(): PollSet {
    return new PollSet([...this.#open.map((lane) => lane.handle.descriptor), this.#calls]);
  }

  #report(ended: readonly Lane[]): void {
    for (const [i, lane] of ended.entries()) {
      const message = oneLine(`capture on ${lane.name} ended: ${lane.ending?.reason}`);
      const last = this.#open.length === 0 && i === ended.length - 1;
      if (last && this.#stop === null) throw new UserError(message);
      this.#warn(message);
    }
  }
}

function listOrNothing(): readonly NetInterface[] | null {
  try {
    return listInterfaces();
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

/** Also lets the thread's messages come in. */
export function sleep(milliseconds: number): Promise<void> {
  if (milliseconds < 0) return Promise.resolve();
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
