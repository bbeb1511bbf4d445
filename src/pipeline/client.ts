// The main thread's end of the pipeline: starts the worker, asks it for snapshots, hands on its
// events, and tells how it ended.

import { FileErrors } from "../capture/file_errors.ts";
import { UserError } from "../errors.ts";
import type { Inspection } from "../hosts/history.ts";
import { HostReader } from "../hosts/read_hosts.ts";
import type { Snapshot } from "../hosts/snapshot.ts";
import type { Failure, PackedSnapshot, WorkerCommand, WorkerReport } from "./messages.ts";
import type { PipelineOptions } from "./pipeline_options.ts";
import type { Team } from "./team.ts";

/** How long the end of a faulty worker is waited for, in milliseconds. */
const FAULT_TIMEOUT = 1000;

/** As much of a Worker as is used here; the tests have one that follows a script. */
export interface PipelineWorker {
  postMessage(command: WorkerCommand): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<WorkerReport>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

/** Where lines of events go. `write` must not be called again before it is done. */
export interface EventWriter {
  write(lines: Uint8Array<ArrayBuffer>): Promise<void>;
}

/** What the rest of the program hears while the pipeline runs. */
export interface PipelineListener {
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

/** A pipeline that runs, in one worker or several. */
export interface RunningPipeline {
  /** Fulfilled once nothing more will come and all events are written; never rejected. */
  readonly ended: Promise<Ended>;
  /**
   * Everything counted up to now; after the end, everything. Those who ask while an answer is under
   * way share it. Rejected where there is no answer within `timeout` milliseconds.
   */
  snapshot(timeout: number): Promise<Snapshot>;
  /**
   * What is remembered of a host, also after the end; null where nothing is. Only with `watch`.
   */
  inspect(host: string): Promise<Inspection | null>;
  /** Counts anew from here; nothing after the end. */
  reset(): void;
  /**
   * Nobody looks on for a while: where nothing is captured either, memory goes back to the system.
   * Nothing after the end.
   */
  releaseMemory(): void;
  /** Asks for what is captured to be drained, and for the end. */
  stop(): void;
  /** Ends at once, with what is known. */
  abandon(): void;
  /** Lets the workers go; only needed with `watch`, where they stay after the end. */
  close(): void;
}

/** The pipeline of one worker. */
export class PipelineClient implements RunningPipeline {
  readonly ended: Promise<Ended>;
  readonly #worker: PipelineWorker;
  readonly #listener: PipelineListener;
  readonly #events: EventWriter | null;
  readonly #watch: boolean;
  #isClosed = false;
  readonly #finish: (ended: Ended) => void;
  /** The newest snapshot that has come, whoever asked for it. */
  #latest: Snapshot | null = null;
  readonly #hosts = new HostReader();
  #failure: UserError | null = null;
  /** Runs while the end of a faulty worker is waited for. */
  #patience: ReturnType<typeof setTimeout> | null = null;
  #result: Ended | null = null;
  /** The snapshot that is asked for but has not come: shared by all who ask meanwhile. */
  #asked: PromiseWithResolvers<Snapshot> | null = null;
  /** Who asked what is known of a host, by the id of the question. */
  readonly #inspections = new Map<number, (inspection: Inspection | null) => void>();
  #lastId = 0;
  /** Settled when all lines so far are written. */
  #written: Promise<void> = Promise.resolve();
  #eventsBroken = false;

  /** `team`: what the worker shares with others. */
  constructor(
    options: PipelineOptions,
    listener: PipelineListener,
    events: EventWriter | null,
    worker: PipelineWorker,
    team: Team | null = null,
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
    worker.postMessage({ type: "start", options, team });
  }

  async snapshot(timeout: number): Promise<Snapshot> {
    if (this.#result !== null) return resultSnapshot(this.#result);
    if (this.#asked === null) {
      this.#asked = Promise.withResolvers();
      this.#asked.promise.catch(() => {});
      this.#worker.postMessage({ type: "snapshot", id: ++this.#lastId });
    }
    return await within(this.#asked.promise, timeout, "The capture does not answer in time");
  }

  async inspect(host: string): Promise<Inspection | null> {
    if (this.#isClosed) return null;
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<Inspection | null>();
    this.#inspections.set(id, resolve);
    this.#worker.postMessage({ type: "inspect", id, host });
    return await promise;
  }

  reset(): void {
    if (this.#result === null) this.#worker.postMessage({ type: "reset" });
  }

  releaseMemory(): void {
    if (this.#result !== null) return;
    if (this.#latest !== null) this.#latest = { ...this.#latest, hosts: this.#hosts.again() };
    this.#worker.postMessage({ type: "release-memory" });
  }

  /** Folds these hosts into ~other; nothing after the end. */
  fold(hosts: ReadonlySet<string>): void {
    if (this.#result === null) this.#worker.postMessage({ type: "fold", hosts });
  }

  close(): void {
    this.#isClosed = true;
    this.#worker.terminate();
    for (const resolve of this.#inspections.values()) resolve(null);
    this.#inspections.clear();
  }

  stop(): void {
    if (this.#result === null) this.#worker.postMessage({ type: "stop" });
  }

  abandon(): void {
    this.#end({ snapshot: this.#latest, failure: this.#failure });
  }

  #receive(report: WorkerReport): void {
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
        return this.#answered(report.snapshot);
      case "events":
        return this.#write(report.lines);
      case "ended":
        return this.#reported(report);
      case "crashed":
        return this.#faulty(report.message);
    }
  }

  #answered(snapshot: PackedSnapshot | null): void {
    if (snapshot !== null) this.#take(snapshot);
    this.#asked?.resolve(this.#latest!);
    this.#asked = null;
  }

  #take(snapshot: PackedSnapshot): void {
    this.#latest = { ...snapshot, hosts: this.#hosts.read(snapshot.hosts) };
  }

  #inspected({ id, inspection }: WorkerReport & { type: "inspection" }): void {
    this.#inspections.get(id)?.(inspection);
    this.#inspections.delete(id);
  }

  #reported({ snapshot, failure }: WorkerReport & { type: "ended" }): void {
    this.#take(snapshot);
    if (failure !== null) this.#failure = asError(failure);
    this.#written.then(() => this.abandon());
  }

  /** The worker may still tell what it has counted, and close what it has opened. */
  #faulty(message: string): void {
    this.#failure ??= fault(message);
    this.stop();
    this.#patience ??= setTimeout(() => this.abandon(), FAULT_TIMEOUT);
  }

  #crashed(message: string): void {
    this.#failure ??= fault(message);
    this.close();
    this.abandon();
  }

  #end(result: Ended): void {
    if (this.#result !== null) return;
    if (this.#patience !== null) clearTimeout(this.#patience);
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

function fault(message: string): UserError {
  const cause = message.replace(/^Uncaught (\(in promise\) )?/, "");
  return new UserError(`The capture failed inside webstat (${cause}): please report this as a bug`);
}

function asError({ message, usage, problems }: Failure): UserError {
  return problems === undefined ? new UserError(message, { usage }) : new FileErrors(problems);
}

/** The snapshot of a pipeline that has ended. Throws UserError where there is none. */
export function resultSnapshot({ snapshot, failure }: Ended): Snapshot {
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
