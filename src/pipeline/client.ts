// The main thread's end of the pipeline: starts the worker, asks it for snapshots, hands on its
// events, and tells how it ended.

import { UserError } from "../errors.ts";
import type { Inspection } from "../hosts/history.ts";
import type { Snapshot } from "../hosts/snapshot.ts";
import type { Command, PipelineOptions, Report } from "./messages.ts";

/** As much of a Worker as is used here; the tests have one that follows a script. */
export interface PipelineWorker {
  postMessage(command: Command): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<Report>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

/** Where lines of events go. `write` must not be called again before it is done. */
export interface EventWriter {
  write(lines: Uint8Array<ArrayBuffer>): Promise<void>;
}

/** What the rest of the program hears while the pipeline runs. */
export interface Listener {
  ready(interfaces: readonly string[]): void;
  progress(done: number | null, packets: number): void;
  warning(message: string): void;
  /** Events can no longer be written; the capture is being stopped. Said once. */
  eventsFailed(error: unknown): void;
}

/** How it ended, with everything that was counted until then. */
export interface Ended {
  readonly snapshot: Snapshot | null;
  readonly failure: UserError | null;
}

export class PipelineClient {
  /** Fulfilled once nothing more will come and all events are written; never rejected. */
  readonly ended: Promise<Ended>;
  readonly #worker: PipelineWorker;
  readonly #listener: Listener;
  readonly #events: EventWriter | null;
  readonly #watch: boolean;
  #isClosed = false;
  readonly #finish: (ended: Ended) => void;
  /** The newest snapshot that has come, whoever asked for it. */
  #latest: Snapshot | null = null;
  #failure: UserError | null = null;
  #result: Ended | null = null;
  /** The snapshot that is asked for but has not come: shared by all who ask meanwhile. */
  #asked: PromiseWithResolvers<Snapshot> | null = null;
  /** Who asked what is known of a host, by the id of the question. */
  readonly #inspections = new Map<number, (inspection: Inspection | null) => void>();
  #lastId = 0;
  /** Settled when all lines so far are written. */
  #written: Promise<void> = Promise.resolve();
  #eventsBroken = false;

  constructor(
    options: PipelineOptions,
    listener: Listener,
    events: EventWriter | null,
    worker: PipelineWorker,
  ) {
    const { promise, resolve } = Promise.withResolvers<Ended>();
    this.ended = promise;
    this.#finish = resolve;
    this.#listener = listener;
    this.#events = events;
    this.#watch = options.watch;
    this.#worker = worker;
    worker.onmessage = (event) => this.#receive(event.data);
    worker.onerror = (event) => {
      // Unless prevented, the runtime prints a stack trace and ends the whole process.
      event.preventDefault();
      this.#crashed(event.message);
    };
    worker.postMessage({ type: "start", options });
  }

  /**
   * Everything counted up to now; after the end, everything. Those who ask while an answer is under
   * way share it. Rejected where there is no answer within `timeout` milliseconds.
   */
  async snapshot(timeout: number): Promise<Snapshot> {
    if (this.#result !== null) return resultSnapshot(this.#result);
    if (this.#asked === null) {
      this.#asked = Promise.withResolvers();
      this.#asked.promise.catch(() => {});
      this.#worker.postMessage({ type: "snapshot", id: ++this.#lastId });
    }
    return await within(this.#asked.promise, timeout, "The capture does not answer in time");
  }

  /**
   * What is remembered of a host, also after the end; null where nothing is. Only with `watch`.
   */
  async inspect(host: string): Promise<Inspection | null> {
    if (this.#isClosed) return null;
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<Inspection | null>();
    this.#inspections.set(id, resolve);
    this.#worker.postMessage({ type: "inspect", id, host });
    return await promise;
  }

  /** Counts anew from here; nothing after the end. */
  reset(): void {
    if (this.#result === null) this.#worker.postMessage({ type: "reset" });
  }

  /** Lets the worker go; only needed with `watch`, where it stays after the end. */
  close(): void {
    this.#isClosed = true;
    this.#worker.terminate();
    for (const resolve of this.#inspections.values()) resolve(null);
    this.#inspections.clear();
  }

  /** Asks the worker to drain what is captured and to end. */
  stop(): void {
    if (this.#result === null) this.#worker.postMessage({ type: "stop" });
  }

  /** Ends without the worker's leave, with what is known. */
  abandon(): void {
    this.#end({ snapshot: this.#latest, failure: this.#failure });
  }

  #receive(report: Report): void {
    if (report.type === "inspection") return this.#inspected(report);
    if (this.#result !== null) return;
    switch (report.type) {
      case "ready":
        return this.#listener.ready(report.interfaces);
      case "progress":
        return this.#listener.progress(report.done, report.packets);
      case "warning":
        return this.#listener.warning(report.message);
      case "snapshot":
        return this.#answered(report.snapshot ?? this.#latest!);
      case "events":
        return this.#write(report.lines);
      case "ended":
        return this.#reported(report);
    }
  }

  #answered(snapshot: Snapshot): void {
    this.#latest = snapshot;
    this.#asked?.resolve(snapshot);
    this.#asked = null;
  }

  #inspected({ id, inspection }: Report & { type: "inspection" }): void {
    this.#inspections.get(id)?.(inspection);
    this.#inspections.delete(id);
  }

  #reported({ snapshot, failure }: Report & { type: "ended" }): void {
    this.#latest = snapshot;
    if (failure !== null) this.#failure = new UserError(failure.message, { usage: failure.usage });
    this.#written.then(() => this.abandon());
  }

  #crashed(message: string): void {
    const cause = message.replace(/^Uncaught (\(in promise\) )?/, "");
    this.#failure = new UserError(
      `The capture failed inside webstat (${cause}): please report this as a bug`,
    );
    this.close();
    this.abandon();
  }

  #end(result: Ended): void {
    if (this.#result !== null) return;
    this.#result = result;
    if (!this.#watch) this.close();
    try {
      this.#asked?.resolve(resultSnapshot(result));
    } catch (error) {
      this.#asked?.reject(error);
    }
    this.#asked = null;
    this.#finish(result);
  }

  /** In order; the worker sends no more than a certain amount before it hears that it is written. */
  #write(lines: Uint8Array<ArrayBuffer>): void {
    const bytes = lines.length;
    this.#written = this.#written.then(async () => {
      try {
        // Once broken, lines are let go, so that the worker can come to its end and its report.
        if (!this.#eventsBroken) await this.#events?.write(lines);
      } catch (error) {
        this.#eventsBroken = true;
        this.#listener.eventsFailed(error);
        this.stop();
      }
      if (this.#result === null) this.#worker.postMessage({ type: "written", bytes });
    });
  }
}

/** Starts the worker; it waits for a PipelineClient to tell it what to do. */
export function startWorker(): PipelineWorker {
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "pipeline" });
}

function resultSnapshot({ snapshot, failure }: Ended): Snapshot {
  if (snapshot !== null) return snapshot;
  throw failure ?? new UserError("The capture ended without a result");
}

async function within<T>(promise: Promise<T>, milliseconds: number, message: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new UserError(message)), milliseconds);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
