// The main thread's side of a pipeline: starts the worker, requests snapshots from it, writes its
// events, and tells how it ended.

import { FileErrors } from "../capture/file_errors.ts";
import { UserError } from "../errors.ts";
import type { InterfaceProblem } from "../capture/upkeep.ts";
import type { Inspection } from "../hosts/history.ts";
import { readClients } from "../hosts/clients.ts";
import { readPairs } from "../hosts/pair_table.ts";
import type { RouteKeys } from "../hosts/merge_routes.ts";
import { HostReader } from "../hosts/read_hosts.ts";
import type { Snapshot } from "../hosts/snapshot.ts";
import type { HeardAnswer } from "./answer_relay.ts";
import type { PackedSnapshot, PipelineFailure, WorkerCommand, WorkerReport } from "./messages.ts";
import type { PipelineOptions } from "./pipeline_options.ts";
import type { Team } from "./team.ts";

/** Milliseconds that a worker has for its last snapshot after an internal error. */
const FAULT_TIMEOUT = 1000;

/** The part of Worker that is used here; tests have one of their own. */
export interface PipelineWorker {
  postMessage(command: WorkerCommand, transfer?: Transferable[]): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<WorkerReport>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

/** Takes lines of events. `write` must not be called again before its promise is settled. */
export interface EventWriter {
  write(lines: Uint8Array<ArrayBuffer>): Promise<void>;
}

/** Called while the pipeline runs. */
export interface PipelineListener {
  /**
   * All is open. No packet is looked at until it is done; where it rejects, the capture ends with that
   * error. `openers`: threads that open interfaces again.
   */
  ready(interfaces: readonly string[], openers: readonly number[]): void | Promise<void>;
  progress(done: number | null, packets: number): void;
  /** All interfaces that give no packets now, whenever that changes. */
  problems?(all: readonly InterfaceProblem[]): void;
  warning(message: string): void;
  /** A line for those who look for faults; before `ready`. */
  detail?(message: string): void;
  /** DNS answers that this worker of several has read. */
  answers?(answers: readonly HeardAnswer[]): void;
  /** Writing events failed, and the capture is being stopped. Called once. */
  eventsFailed(error: unknown): void;
}

/** How a pipeline ended, with everything that was counted until then. */
export interface Ended {
  readonly snapshot: Snapshot | null;
  readonly failure: UserError | null;
}

/** Milliseconds: an older snapshot would look as if nothing happened, while the worker hangs. */
const MAX_AGE = 30_000;

/** A pipeline in one worker or several. */
export interface RunningPipeline {
  /** Fulfilled after the last packet is counted and all events are written; never rejected. */
  readonly ended: Promise<Ended>;
  /** Whether `abandon` would end with counts. */
  readonly hasCounts: boolean;
  /**
   * Everything counted up to now. Requests while an answer is awaited share it. Rejected if no answer
   * comes within `timeout` milliseconds. After `patience` milliseconds the newest snapshot that is there
   * will do, if there is one of the last seconds: under a flood the worker is too busy for a new one.
   */
  snapshot(timeout: number, patience?: number): Promise<Snapshot>;
  /** The history of a host, also after the end; null if there is none. Only with `watch`. */
  inspect(host: string): Promise<Inspection | null>;
  /** Resets all counters. Does nothing after the end. */
  reset(): void;
  /**
   * No scrape and no screen for a while: if no packets come either, freed memory is returned to the
   * system. Does nothing after the end.
   */
  releaseMemory(): void;
  /** Ends the capture, after the packets that are captured already are counted. */
  stop(): void;
  /** Ends at once, with the newest snapshot. */
  abandon(): void;
  /** Ends the workers. Only needed with `watch`: else they end with the pipeline. */
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
  /** The newest snapshot. */
  #latest: Snapshot | null = null;
  #latestTime = 0;
  /** As in snapshots. */
  #since = Date.now() * 1000;
  readonly #hosts = new HostReader();
  #failure: UserError | null = null;
  /** Runs while a worker with an internal error is awaited. */
  #faultTimer: ReturnType<typeof setTimeout> | null = null;
  #result: Ended | null = null;
  /** The snapshot that is awaited: all requests until it comes share it. */
  #awaited: PromiseWithResolvers<Snapshot> | null = null;
  /** Requests for the history of a host, by their id. */
  readonly #inspections = new Map<number, (inspection: Inspection | null) => void>();
  #lastId = 0;
  /** Fulfilled when all lines so far are written. */
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

  get hasCounts(): boolean {
    return this.#latest !== null;
  }

  async snapshot(timeout: number, patience = timeout): Promise<Snapshot> {
    if (this.#result !== null) return resultSnapshot(this.#result);
    if (this.#awaited === null) {
      this.#awaited = Promise.withResolvers();
      this.#awaited.promise.catch(() => {});
      this.#worker.postMessage({ type: "snapshot", id: ++this.#lastId });
    }
    const answer = within(this.#awaited.promise, timeout, "The capture did not answer in time");
    const latest = this.#latest;
    if (latest === null || performance.now() - this.#latestTime > MAX_AGE) return await answer;
    answer.catch(() => {});
    return await within(answer, patience, "").catch(() => latest);
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
    if (this.#result !== null) return;
    this.#since = Date.now() * 1000;
    this.#worker.postMessage({ type: "reset" });
  }

  releaseMemory(): void {
    if (this.#result !== null) return;
    if (this.#latest !== null) this.#latest = { ...this.#latest, hosts: this.#hosts.again() };
    this.#worker.postMessage({ type: "release-memory" });
  }

  /** Folds these hosts into ~other, and keeps those of the names `kept`; nothing after the end. */
  fold(hosts: ReadonlySet<string>, kept: ReadonlySet<string>): void {
    if (this.#result === null) this.#worker.postMessage({ type: "fold", hosts, kept });
  }

  /** Passes on what another worker has read. */
  hear(answers: readonly HeardAnswer[]): void {
    if (this.#result === null) this.#worker.postMessage({ type: "answers", answers });
  }

  /** Counts these routes as `other`; nothing after the end. */
  foldRoutes(routes: RouteKeys): void {
    if (this.#result === null) this.#worker.postMessage({ type: "fold-routes", routes });
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
        return void this.#begin(report);
      case "progress":
        return this.#listener.progress(report.done, report.packets);
      case "problems":
        return this.#listener.problems?.(report.problems);
      case "answers":
        return this.#listener.answers?.(report.answers);
      case "warning":
        return this.#listener.warning(report.message);
      case "detail":
        return this.#listener.detail?.(report.message);
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

  async #begin({ interfaces, openers }: WorkerReport & { type: "ready" }): Promise<void> {
    try {
      await this.#listener.ready(interfaces, openers);
      this.#worker.postMessage({ type: "begin" });
    } catch (error) {
      this.#failure ??= error instanceof UserError ? error : fault(String(error));
      this.close();
      this.abandon();
    }
  }

  #answered(snapshot: PackedSnapshot | null): void {
    if (snapshot !== null) this.#take(snapshot);
    this.#awaited?.resolve(this.#latest!);
    this.#awaited = null;
  }

  #take(snapshot: PackedSnapshot): void {
    const { hosts, processes, clients } = snapshot;
    this.#latest = {
      ...snapshot,
      since: this.#since,
      hosts: this.#hosts.read(hosts),
      processes: processes && readPairs(processes),
      clients: clients && readClients(clients),
    };
    this.#latestTime = performance.now();
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

  /** After an internal error the worker is asked to end, as it may still send its last snapshot. */
  #faulty(message: string): void {
    this.#failure ??= fault(message);
    this.stop();
    this.#faultTimer ??= setTimeout(() => this.abandon(), FAULT_TIMEOUT);
  }

  #crashed(message: string): void {
    this.#failure ??= fault(message);
    this.close();
    this.abandon();
  }

  #end(result: Ended): void {
    if (this.#result !== null) return;
    if (this.#faultTimer !== null) clearTimeout(this.#faultTimer);
    this.#result = result;
    if (!this.#watch) this.close();
    try {
      this.#awaited?.resolve(resultSnapshot(result));
    } catch (error) {
      this.#awaited?.reject(error);
    }
    this.#awaited = null;
    this.#finish(result);
  }

  /** Writes blocks in order. The worker limits how much is in flight (event_buffer.ts). */
  #write(lines: Uint8Array<ArrayBuffer>): void {
    const bytes = lines.length;
    this.#written = this.#written.then(async () => {
      try {
        // After a failure lines are dropped, so that the worker can end and report.
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

/** Starts a worker, which waits for the `start` of a PipelineClient. */
export function startWorker(): PipelineWorker {
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "pipeline" });
}

function fault(message: string): UserError {
  const cause = message.replace(/^Uncaught (\(in promise\) )?/, "");
  return new UserError(`Internal error in the capture (${cause}): please report it as a bug`);
}

function asError({ message, usage, problems }: PipelineFailure): UserError {
  return problems === undefined ? new UserError(message, { usage }) : new FileErrors(problems);
}

/** The snapshot of a pipeline that has ended. Throws UserError if there is none. */
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
