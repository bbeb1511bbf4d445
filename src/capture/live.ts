// Live capture from one or several interfaces, in batches.

import { interfaceIndex } from "../../ffi/devices.ts";
import { bytesAt } from "../../ffi/dump_space.ts";
import { RawFile } from "../../ffi/raw_file.ts";
import { openWakePipe, wake } from "../../ffi/wake_pipe.ts";
import { UserError } from "../errors.ts";
import type { Waiting } from "./backlog.ts";
import { backlogBytes, memoryBudget } from "../memory_budget.ts";
import { Batch, BATCH_PACKETS, type CaptureInterface, type Drops, type Source } from "./batch.ts";
import { CELL, type CopierCommand, type CopierReport } from "./copier_messages.ts";
import { GATHER_MS, type Handle, type HandleOptions } from "./handle.ts";
import { toLinkType } from "./link_type.ts";
import { keptBytes, openHandle } from "./open_handle.ts";
import { abandonSharing, shareInterfaces, type Sharing } from "./sharing.ts";
import { SinceSource } from "./since.ts";
import type { InterfaceProblem } from "./upkeep.ts";
import { readWaiting } from "./waiting_packets.ts";
import { isTooShort, snaplenWarning } from "./snaplen.ts";

export interface LiveOptions extends HandleOptions {
  /** At least one; `any` stands for all interfaces. */
  readonly interfaces: readonly string[];
  /** --memory in bytes; null for a budget that fits this machine. */
  readonly memory?: number | null;
  /** This worker's part, if several share the interfaces. */
  readonly sharing?: Sharing | null;
  /** Called with all interfaces that cannot be captured from, whenever these change. */
  problems?(all: readonly InterfaceProblem[]): void;
}

/** How long `read` waits for packets. */
const WAIT_MS = 100;
/** The longest that stopping takes, however many packets wait to be decoded. */
const DRAIN_MS = 1000;

/**
 * Opens all interfaces for capture. Throws UserError if one cannot be opened. An interface that goes
 * down or away later is captured from again when it is back.
 */
export function openLive(options: LiveOptions): Source {
  const opened: Opened[] = [];
  const sharing = options.sharing ?? null;
  if (isTooShort(options.snaplen)) options.warn(snaplenWarning(options.snaplen));
  try {
    for (const name of new Set(options.interfaces)) {
      const handle = openHandle(name, options, GATHER_MS);
      opened.push({ name, handle, systemIndex: interfaceIndex(name) });
    }
    const since = sharing === null ? null : shareInterfaces(opened, sharing);
    const source = new LiveSource(opened, options);
    return since === null ? source : new SinceSource(source, since);
  } catch (error) {
    if (sharing !== null) abandonSharing(sharing);
    for (const { handle } of opened) handle.close();
    throw error;
  }
}

interface Opened {
  readonly name: string;
  readonly systemIndex: number;
  readonly handle: Handle;
}

/**
 * Another thread (copier.ts) copies packets out of the kernel's buffers: this one may be busy for a while
 * with a flow table that grows, a garbage collection, or a snapshot.
 */
class LiveSource implements Source {
  readonly interfaces: CaptureInterface[];
  readonly #options: LiveOptions;
  readonly #snaplen: number;
  readonly #copier: Worker;
  readonly #cells = new Int32Array(new SharedArrayBuffer(8));
  readonly #wakePipe = openWakePipe();
  readonly #copierThread = Promise.withResolvers<readonly number[]>();
  readonly #queue: Waiting[] = [];
  readonly #batch = new Batch();
  #memory = { bytes: new Uint8Array(0), view: new DataView(new ArrayBuffer(0)) };
  /** In the first block of the queue: where the next packet begins, and how many were read. */
  #at = 0;
  #read = 0;
  #drops: readonly Drops[];
  /** Packets that could not be read in time after `stop`, by interface. */
  readonly #lost: number[];
  #stoppedAt = Infinity;
  #ended = false;
  #failure: string | null = null;
  /** Wakes a `read` that waits. */
  #wake: () => void = () => {};
  #closed = false;

  constructor(opened: readonly Opened[], options: LiveOptions) {
    this.interfaces = opened.map(({ name, handle }) => ({
      name,
      linkType: toLinkType(handle.dataLink),
    }));
    this.#options = options;
    this.#snaplen = keptBytes(options.snaplen);
    this.#drops = opened.map(() => ({ kernel: 0, interface: 0 }));
    this.#lost = opened.map(() => 0);
    this.#copier = new Worker(new URL("./copier.ts", import.meta.url), {
      type: "module",
      name: "copier",
    });
    this.#copier.onmessage = (event) => this.#receive(event.data);
    this.#copier.onerror = (event) => {
      event.preventDefault();
      this.#end(`Internal error: ${event.message}; please report it`);
    };
    const { filter, snaplen, bufferSize, promiscuous, ring, memory, sharing = null } = options;
    this.#send({
      type: "start",
      handles: opened.map(({ name, handle: { place }, systemIndex }) => ({
        name,
        place,
        systemIndex,
      })),
      options: { filter, snaplen, bufferSize, promiscuous, ring },
      sharing,
      size: backlogBytes(memoryBudget(memory ?? null), sharing?.workers),
      cells: this.#cells,
      wakePipe: this.#wakePipe.reading,
    });
  }

  openers(): Promise<readonly number[]> {
    return this.#copierThread.promise;
  }

  read(): Batch | null | Promise<Batch | null> {
    return this.#next() ?? this.#wait();
  }

  drops(): Drops[] {
    return this.#drops.map(({ kernel, interface: byInterface }, i) => ({
      kernel: kernel + this.#lost[i]!,
      interface: byInterface,
    }));
  }

  progress(): null {
    return null;
  }

  stop(): void {
    if (this.#stoppedAt < Infinity) return;
    this.#stoppedAt = performance.now();
    // Date.now() is rounded down to milliseconds.
    this.#send({ type: "stop", time: (Date.now() + 1) * 1000 });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#batch.bytes = new Uint8Array(0);
    this.#copier.onmessage = null;
    this.#send({ type: "close" });
    RawFile.of(this.#wakePipe.writing).close();
  }

  #send(command: CopierCommand): void {
    Atomics.add(this.#cells, CELL.commands, 1);
    // The copier closes the pipe after the last command.
    wake(this.#wakePipe);
    this.#copier.postMessage(command);
  }

  #receive(report: CopierReport): void {
    switch (report.type) {
      case "opened": {
        const bytes = bytesAt(report.address, report.size);
        this.#memory = { bytes, view: new DataView(bytes.buffer) };
        this.#copierThread.resolve([report.thread]);
        break;
      }
      case "packets":
        if (this.#queue.push(report.packets) === 1) this.#at = report.packets.at;
        this.#drops = report.drops;
        this.#wake();
        break;
      case "drops":
        this.#drops = report.drops;
        break;
      case "warning":
        this.#options.warn(report.message);
        break;
      case "interface":
        this.interfaces.push(report.interface);
        this.#lost.push(0);
        break;
      case "problems":
        this.#options.problems?.(report.problems);
        break;
      case "ended":
        this.#drops = report.drops;
        this.#end(report.failure);
    }
  }

  #end(failure: string | null): void {
    this.#ended = true;
    this.#copierThread.resolve([]);
    this.#failure = failure;
    this.#wake();
  }

  /** The next packets of the queue; undefined if it is empty. */
  #next(): Batch | undefined {
    this.#takeRead();
    const first = this.#queue[0];
    if (first === undefined || this.#isOverdue) return undefined;
    const count = Math.min(first.count - this.#read, BATCH_PACKETS);
    this.#at = readWaiting(this.#memory, first, this.#at, count, this.#batch, this.#snaplen);
    this.#read += count;
    return this.#batch;
  }

  /** Tells the copier when the first block of the queue was read. */
  #takeRead(): void {
    if (this.#read === 0 || this.#read < this.#queue[0]!.count) return;
    this.#queue.shift();
    Atomics.add(this.#cells, CELL.taken, 1);
    this.#read = 0;
    this.#at = this.#queue[0]?.at ?? 0;
  }

  get #isOverdue(): boolean {
    return performance.now() > this.#stoppedAt + DRAIN_MS;
  }

  async #wait(): Promise<Batch | null> {
    const end = performance.now() + WAIT_MS;
    for (;;) {
      if (this.#isOverdue) return this.#giveUp();
      if (this.#ended) return this.#tellFailure();
      const left = end - performance.now();
      if (left <= 0) break;
      await this.#waitFor(left);
      const batch = this.#next();
      if (batch !== undefined) return batch;
    }
    this.#batch.count = 0;
    return this.#batch;
  }

  async #waitFor(milliseconds: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, milliseconds);
    });
    clearTimeout(timer);
  }

  #tellFailure(): null {
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw new UserError(failure);
    return null;
  }

  /** Counts the packets that still wait as lost. */
  #giveUp(): null {
    const [first] = this.#queue;
    if (first !== undefined) this.#lost[first.interface]! -= this.#read;
    for (const { interface: index, count } of this.#queue.splice(0)) this.#lost[index]! += count;
    this.#read = 0;
    return null;
  }
}
