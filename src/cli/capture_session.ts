// What sniff and analyze share: opening, starting and ending the pipeline, the page of /metrics, and the
// exit status.

import { UserError } from "../errors.ts";
import type { Output, View } from "../hosts/columns.ts";
import type { Snapshot } from "../hosts/snapshot.ts";
import type { Prometheus } from "../outputs/prometheus.ts";
import type { Pages } from "../server/routes.ts";
import type { MetricsServer } from "../server/server.ts";
import type {
  Ended,
  EventWriter,
  PipelineListener,
  PipelineWorker,
  RunningPipeline,
} from "../pipeline/client.ts";
import { openPipeline } from "../pipeline/open.ts";
import type { PipelineOptions } from "../pipeline/pipeline_options.ts";
import type { CaptureBackend } from "./capture_backend.ts";
import type { SniffConfig } from "./config.ts";
import type { Io } from "./io.ts";
import { Log } from "./log.ts";
import { openEvents, openServer, openView, pipelineOptions, startWorkers } from "./prepare.ts";

/** Milliseconds; Prometheus waits ten seconds by default. */
const SCRAPE_TIMEOUT = 9000;

/** Opened by `prepare`, used by `start`. */
interface Prepared {
  readonly workers: readonly PipelineWorker[];
  readonly options: PipelineOptions;
  readonly view: View;
  readonly events: EventWriter | null;
}

export class CaptureSession<Config extends SniffConfig = SniffConfig> {
  readonly config: Config;
  readonly io: Io;
  readonly log: Log;
  readonly #capture: CaptureBackend;
  readonly #cleanups: (() => void | Promise<void>)[] = [];
  /** A scrape may wait for it. */
  readonly #client = Promise.withResolvers<RunningPipeline>();
  #prepared: Prepared | null = null;
  #server: MetricsServer | null = null;
  #prometheus: Promise<Prometheus> | null = null;
  #ended: Ended | null = null;
  #eventsError: unknown = null;

  constructor(config: Config, io: Io, capture: CaptureBackend) {
    this.config = config;
    this.io = io;
    this.#capture = capture;
    this.log = new Log(io, config.log);
  }

  /** How the pipeline ended; null while it runs. */
  get ended(): Ended | null {
    return this.#ended;
  }

  /** Whether any packet was counted. */
  get hasPackets(): boolean {
    return this.#ended?.snapshot?.interfaces.some(({ packets }) => packets > 0) ?? false;
  }

  /** Fulfilled once the pipeline is started. */
  get client(): Promise<RunningPipeline> {
    return this.#client.promise;
  }

  /** The columns, and the look-up of places. */
  get view(): View {
    return this.#prepared!.view;
  }

  /**
   * Opens everything that can fail before the capture starts, while the workers load their modules.
   * `watch`: whether the hosts are shown live. Throws UserError.
   */
  async prepare(output: Output, watch: boolean): Promise<void> {
    const { config } = this;
    const workers = startWorkers(config, this.#capture, this);
    const options = await pipelineOptions(config, this.#capture, watch);
    const view = await openView(config, output, this);
    const events = await openEvents(config.events, this.io, this);
    this.#prepared = { workers, options, view, events };
  }

  /** Serves `pages`; null if no server is wanted. Throws UserError. */
  async serve(pages: Pages): Promise<MetricsServer | null> {
    return this.#server = await openServer(this.config, pages, this);
  }

  /** Starts the capture. `prepare` comes first. */
  async start(listener: Omit<PipelineListener, "eventsFailed">): Promise<RunningPipeline> {
    const { workers, options, events } = this.#prepared!;
    const eventsFailed = (error: unknown) => this.#eventsError = error;
    const client = await openPipeline(options, { ...listener, eventsFailed }, events, workers);
    client.ended.then((ended) => this.#ended = ended);
    this.#client.resolve(client);
    return client;
  }

  /** The page of /metrics. `select` may leave out hosts. */
  async page(
    select: (snapshot: Snapshot) => Snapshot | Promise<Snapshot> = (snapshot) => snapshot,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const client = await this.client;
    const prometheus = await this.loadPrometheus();
    return await prometheus.page(await select(await client.snapshot(SCRAPE_TIMEOUT)));
  }

  /** Loads the renderer of the page. */
  loadPrometheus(): Promise<Prometheus> {
    return this.#prometheus ??= import("../outputs/prometheus.ts")
      .then(({ Prometheus }) => new Prometheus(this.view, this.#server?.closed));
  }

  /** Calls `action` after --duration; never without it. */
  afterDuration(action: () => void): void {
    if (this.config.duration !== null) this.#after(this.config.duration, action);
  }

  /**
   * Ends the capture after counting the packets that are captured already. If that takes more than
   * `timeout` milliseconds, calls `late` and ends it at once.
   */
  async drain(timeout: number, late = () => {}): Promise<Ended> {
    const client = await this.client;
    client.stop();
    this.#after(timeout, () => {
      if (this.#ended !== null) return;
      late();
      client.abandon();
    });
    return await client.ended;
  }

  /** Prints why the capture failed, if it did. Returns the exit status. */
  status(): number {
    const failure = this.#ended?.failure ?? null;
    if (failure !== null) {
      this.log.error(failure.message);
      return failure.usage ? 2 : 1;
    }
    const error = this.#eventsError;
    if (error === null) return 0;
    // A reader of standard output may stop early, as `head` does: no failure.
    if (this.config.events === "-" && error instanceof Deno.errors.BrokenPipe) return 0;
    this.log.error(error instanceof UserError ? error.message : `Cannot write events: ${error}`);
    return 1;
  }

  /** Has `close` call `cleanup`. */
  atEnd(cleanup: () => void | Promise<void>): void {
    this.#cleanups.push(cleanup);
  }

  /** Runs the cleanups, the last one first. */
  async close(): Promise<void> {
    for (const cleanup of this.#cleanups.reverse()) await cleanup();
  }

  #after(milliseconds: number, action: () => void): void {
    const timer = setTimeout(action, milliseconds);
    this.atEnd(() => clearTimeout(timer));
  }
}
