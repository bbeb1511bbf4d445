// Live capture from one or several interfaces, in batches.

import { DumpBuffer } from "../../ffi/dump_buffer.ts";
import { PollSet } from "../../ffi/poll_set.ts";
import { UserError } from "../errors.ts";
import { Batch, type CaptureInterface, type Drops, type Source } from "./batch.ts";
import { bufferBytes, packetsThatFit, readRecords } from "./dump_records.ts";
import { listInterfaces, type NetInterface } from "./interfaces.ts";
import { Lane } from "./lane.ts";
import { oneLine } from "./one_line.ts";
import { type HandleOptions, openHandle } from "./open_handle.ts";

export interface LiveOptions extends HandleOptions {
  /** At least one; `any` is all at once. */
  readonly interfaces: readonly string[];
}

/** How long the kernel gathers packets before it hands them on: seen by `read` within twice that. */
const GATHER_MS = 50;
/** How long `read` waits for packets. */
const WAIT_MS = 100;
/** After so long, the kernel has surely handed on what was captured before. */
const SETTLE_MS = 3 * GATHER_MS;
/** Stopping takes no longer, however much is captured meanwhile. */
const DRAIN_MS = 1000;
/** How often it is looked whether silent interfaces are still up. */
const CHECK_MS = 1000;
/** Rest after a descriptor was called ready in vain, so that one in error cannot take a whole core. */
const VAIN_MS = 10;

/**
 * Opens all interfaces for capture. Throws UserError where one cannot be opened. A `read` rejects
 * with UserError where the last interface went down or away; while others are left, that is a
 * warning. What was captured before is read first.
 */
export function openLive(options: LiveOptions): Source {
  const lanes: Lane[] = [];
  try {
    const listed = listInterfaces();
    for (const name of new Set(options.interfaces)) {
      const handle = openHandle(name, options, GATHER_MS);
      lanes.push(new Lane(name, lanes.length, handle, listed));
    }
    return new LiveSource(lanes, (message) => options.warn(message));
  } catch (error) {
    for (const lane of lanes) lane.handle.close();
    throw error;
  }
}

/** A batch that another thread is copying. */
interface Fetch {
  readonly lane: Lane;
  readonly buffer: DumpBuffer;
  readonly packets: Promise<number>;
}

/** When `stop` was called: on the clock of the packets, in microseconds, and on performance.now(). */
interface Stop {
  readonly time: number;
  readonly at: number;
}

/**
 * Waits by poll() with a time-out over handles in non-blocking mode, and never in libpcap: there,
 * an idle interface can hold a dispatch for ever, and pcap_breakloop wakes it from 1.10 on only.
 * So neither stopping nor a snapshot has to wake anything.
 *
 * Two buffers serve all interfaces in turn: while the packets of one are decoded, another thread
 * copies the next into the other.
 */
class LiveSource implements Source {
  readonly interfaces: readonly CaptureInterface[];
  readonly #warn: (message: string) => void;
  /** All lanes, also those that ended. */
  readonly #lanes: readonly Lane[];
  #open: Lane[];
  #poll: PollSet;
  readonly #queue: Lane[] = [];
  readonly #batch = new Batch();
  readonly #packets: number;
  /** The buffer to be filled next, and the one that the last batch is in. */
  #buffers: readonly [DumpBuffer, DumpBuffer];
  #fetch: Fetch | null = null;
  #stop: Stop | null = null;
  #vain = false;
  #checkedAt = performance.now();
  #closed = false;

  constructor(lanes: readonly Lane[], warn: (message: string) => void) {
    this.interfaces = lanes.map((lane) => ({ name: lane.name, linkType: lane.linkType }));
    this.#lanes = lanes;
    this.#open = [...lanes];
    this.#poll = pollSet(lanes);
    this.#warn = warn;
    const snaplen = Math.max(...lanes.map((lane) => lane.handle.snaplen));
    this.#packets = packetsThatFit(snaplen);
    const size = bufferBytes(this.#packets, snaplen);
    this.#buffers = [new DumpBuffer(size), new DumpBuffer(size)];
  }

  async read(): Promise<Batch | null> {
    for (let waited = false;;) {
      if (this.#stop !== null && performance.now() > this.#stop.at + DRAIN_MS) return null;
      const fetch = this.#fetch ?? this.#startFetch();
      if (fetch !== null) {
        const count = await fetch.packets;
        this.#fetch = null;
        if (count > 0) return this.#deliver(fetch, count);
        this.#cameEmpty(fetch, count);
        continue;
      }
      this.#checkInterfaces();
      this.#endLanes();
      if (this.#isDrained()) return null;
      if (waited) return this.#emptyBatch();
      waited = true;
      await this.#wait();
    }
  }

  drops(): Drops[] {
    if (!this.#closed) {
      const now = performance.now();
      for (const lane of this.#open) {
        if (lane !== this.#fetch?.lane) lane.refreshDrops(now, true);
      }
    }
    return this.#lanes.map((lane) => lane.drops);
  }

  progress(): null {
    return null;
  }

  stop(): void {
    this.#stop ??= { time: Date.now() * 1000, at: performance.now() };
  }

  /** A batch that is being copied is waited for before its memory goes. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#fetch === null) this.#free();
    else this.#fetch.packets.then(() => this.#free());
  }

  #free(): void {
    for (const lane of this.#open) lane.handle.close();
    for (const buffer of this.#buffers) buffer.close();
  }

  /** Has the next lane's packets copied on another thread; null where no lane may have any. */
  #startFetch(): Fetch | null {
    const lane = this.#queue.shift();
    if (lane === undefined) return null;
    lane.queued = false;
    const buffer = this.#buffers[0];
    this.#fetch = { lane, buffer, packets: lane.handle.dispatch(this.#packets, buffer) };
    return this.#fetch;
  }

  /** Gives out what was fetched, with the next fetch already under way. */
  #deliver(fetch: Fetch, count: number): Batch {
    const { lane, buffer } = fetch;
    buffer.finish();
    readRecords(buffer, count, lane.index, this.#batch);
    lane.promised = false;
    lane.active = true;
    lane.refreshDrops(performance.now());
    // What is stamped after the stop belongs to no one: the lane is drained.
    const last = this.#batch.time[this.#batch.count - 1] ?? 0;
    if (this.#stop !== null && last > this.#stop.time) lane.drained = true;
    this.#enqueue(lane);
    // A lane that always has packets must not keep the others from their turn.
    if (this.#open.length > 1 && this.#poll.look()) this.#enqueueReady();
    this.#buffers = [this.#buffers[1], this.#buffers[0]];
    this.#startFetch();
    return this.#batch;
  }

  #cameEmpty({ lane, buffer }: Fetch, count: number): void {
    buffer.finish();
    if (count < 0 && lane.ending === null) this.#end(lane, lane.handle.message());
    if (lane.promised) {
      this.#vain = true;
      // Most likely an error: look at once whether the interface is still up.
      lane.active = false;
      this.#checkedAt = -Infinity;
    }
    lane.promised = false;
  }

  #emptyBatch(): Batch {
    this.#batch.count = 0;
    return this.#batch;
  }

  /** Waits until a lane may have packets, or for WAIT_MS; queues those lanes. */
  async #wait(): Promise<void> {
    if (this.#vain) await new Promise((resolve) => setTimeout(resolve, VAIN_MS));
    this.#vain = false;
    const settled = this.#stop === null ? Infinity : this.#stop.at + SETTLE_MS - performance.now();
    const ready = await this.#poll.wait(Math.max(1, Math.ceil(Math.min(WAIT_MS, settled))));
    if (ready) this.#enqueueReady();
    // Then, lanes that cannot be polled and errors that poll does not tell.
    else for (const lane of this.#open) this.#enqueue(lane);
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
    this.#poll = pollSet(this.#open);
    this.#report(ended);
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

function pollSet(lanes: readonly Lane[]): PollSet {
  return new PollSet(lanes.map((lane) => lane.handle.descriptor));
}

function listOrNothing(): readonly NetInterface[] | null {
  try {
    return listInterfaces();
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}
