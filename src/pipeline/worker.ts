// The worker: capture, decoding and counting, off the main thread, so that neither a scrape nor a slow
// terminal costs a packet. It speaks messages.ts.

import type { Batch, Drops, Source } from "../capture/batch.ts";
import { openFiles } from "../capture/file.ts";
import { UserError } from "../errors.ts";
import { EventBuffer } from "./event_buffer.ts";
import type { Command, PipelineOptions, Report } from "./messages.ts";
import { Pipeline } from "./pipeline.ts";

/** How long files are read before messages are looked at, in milliseconds. */
const TURN = 50;
/** How long a snapshot holds while no packets come, in milliseconds: flows end without them, too. */
const SAME_FOR = 10_000;

const scope = self as unknown as {
  onmessage: ((event: MessageEvent<Command>) => void) | null;
  postMessage(report: Report, transfer?: Transferable[]): void;
};

class Session {
  readonly #options: PipelineOptions;
  readonly #events: EventBuffer;
  readonly #pipeline: Pipeline;
  #source: Source | null = null;
  #packets = 0;
  /** As they were when a snapshot was made last, and when that was. */
  #answeredPackets = -1;
  #answeredAt = 0;
  /** As they were at the last reset. */
  #dropsBefore: readonly Drops[] = [];
  #turnEnds = 0;
  #stopping = false;

  constructor(options: PipelineOptions) {
    this.#options = options;
    const isLive = options.files.length === 0;
    this.#events = new EventBuffer(isLive, (lines) => {
      scope.postMessage({ type: "events", lines }, [lines.buffer]);
    });
    this.#pipeline = new Pipeline({
      maxHosts: options.maxHosts,
      warn,
      event: options.events ? (line) => this.#events.add(line) : null,
      watch: options.watch,
    });
  }

  async run(): Promise<void> {
    let failure: UserError | null = null;
    try {
      this.#source = await openSource(this.#options);
      if (this.#stopping) this.#source.stop();
      scope.postMessage({
        type: "ready",
        interfaces: this.#source.interfaces.map((each) => each.name),
      });
      await this.#readAll(this.#source);
    } catch (error) {
      failure = error instanceof UserError ? error : unexpected(error);
    }
    this.#pipeline.finish();
    this.#events.flush();
    const snapshot = this.#snapshot();
    this.#source?.close();
    scope.postMessage({
      type: "ended",
      snapshot,
      failure: failure && { message: failure.message, usage: failure.usage },
    });
  }

  async #readAll(source: Source): Promise<void> {
    this.#turnEnds = performance.now() + TURN;
    for (;;) {
      const next = source.read();
      const batch = next instanceof Promise ? await next : next;
      if (batch === null) return;
      if (this.#feed(source, batch)) return;
      await this.#events.ready();
      if (performance.now() > this.#turnEnds) await this.#lookAtMessages(source);
    }
  }

  /** True when that were all the packets that were asked for. */
  #feed(source: Source, batch: Batch): boolean {
    const left = (this.#options.count ?? Infinity) - this.#packets;
    const count = Math.min(batch.count, left);
    this.#pipeline.feed(batch, source.interfaces, count);
    this.#packets += count;
    if (this.#options.files.length === 0) this.#pipeline.advance(Date.now() * 1000);
    this.#events.flush();
    return count === left;
  }

  async #lookAtMessages(source: Source): Promise<void> {
    scope.postMessage({ type: "progress", done: source.progress(), packets: this.#packets });
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#turnEnds = performance.now() + TURN;
  }

  stop(): void {
    this.#stopping = true;
    this.#source?.stop();
  }

  written(bytes: number): void {
    this.#events.written(bytes);
  }

  /** A snapshot of many hosts is not cheap: it is not made again where no packet has come. */
  answer(id: number): void {
    const now = performance.now();
    const isSame = this.#packets === this.#answeredPackets && now - this.#answeredAt < SAME_FOR;
    scope.postMessage({ type: "snapshot", id, snapshot: isSame ? null : this.#snapshot() });
    if (isSame) return;
    this.#answeredPackets = this.#packets;
    this.#answeredAt = now;
  }

  inspect(id: number, host: string): void {
    scope.postMessage({ type: "inspection", id, inspection: this.#pipeline.inspect(host) });
  }

  /** What was lost is counted by libpcap, since the capture began. */
  reset(): void {
    this.#pipeline.reset();
    this.#answeredPackets = -1;
    this.#dropsBefore = this.#source?.drops() ?? [];
    this.#events.dropped = 0;
  }

  #snapshot() {
    const drops = this.#source?.drops() ?? [];
    return this.#pipeline.snapshot(
      this.#source?.interfaces ?? [],
      drops.map((each, i) => dropsSince(this.#dropsBefore[i], each)),
      this.#events.dropped,
    );
  }
}

function dropsSince(before: Drops | undefined, now: Drops): Drops {
  return {
    kernel: now.kernel - (before?.kernel ?? 0),
    interface: now.interface - (before?.interface ?? 0),
  };
}

function warn(message: string): void {
  scope.postMessage({ type: "warning", message });
}

/** libpcap is opened only where it is needed: for live capture and for filters. */
async function openSource(options: PipelineOptions): Promise<Source> {
  if (options.interfaces.length > 0) {
    const { openLive } = await import("../capture/live.ts");
    return openLive({
      ...options,
      warn,
    });
  }
  if (options.filter === null) return openFiles(options.files);
  const { fileFilter } = await import("../capture/filter.ts");
  return openFiles(options.files, fileFilter(options.filter, options.snaplen));
}

function unexpected(error: unknown): UserError {
  const message = error instanceof Error ? error.message : String(error);
  return new UserError(`Internal error: ${message}; please report it`, { cause: error });
}

let session: Session | null = null;

scope.onmessage = ({ data: command }) => {
  switch (command.type) {
    case "start":
      session = new Session(command.options);
      session.run();
      break;
    case "snapshot":
      session?.answer(command.id);
      break;
    case "inspect":
      session?.inspect(command.id, command.host);
      break;
    case "reset":
      session?.reset();
      break;
    case "written":
      session?.written(command.bytes);
      break;
    case "stop":
      session?.stop();
      break;
  }
};
