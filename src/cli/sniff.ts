// The command sniff: starts the pipeline, serves its numbers, and reports at the end.

import { giveBack } from "../../ffi/memory.ts";
import { UserError } from "../errors.ts";
import type { View } from "../hosts/columns.ts";
import type { Snapshot } from "../hosts/snapshot.ts";
import type { Prometheus } from "../outputs/prometheus.ts";
import type { MetricsServer } from "../outputs/server.ts";
import type { Ended, RunningPipeline } from "../pipeline/client.ts";
import { openPipeline } from "../pipeline/open.ts";
import { VERSION } from "../version.ts";
import type { Capture } from "./capture.ts";
import type { SniffConfig } from "./config.ts";
import type { Io } from "./io.ts";
import { Log } from "./log.ts";
import {
  type Cleanups,
  openEvents,
  openServer,
  openView,
  pipelineOptions,
  startWorkers,
  stopOnSignals,
} from "./prepare.ts";
import { Progress } from "./progress.ts";

/** Together with the report this keeps the end within two seconds, whatever the worker does. */
const DRAIN_TIMEOUT = 1400;
/** Prometheus' own time-out is ten seconds. */
const SCRAPE_TIMEOUT = 9000;
/** After a scrape without another, memory is given back. */
const QUIET = 2000;
/** Hosts in the report's table: what a person reads, and what a table is good for. */
const TOP_ON_TERMINAL = 50;
const TOP_ELSEWHERE = 1000;

/** Runs until the capture ends or the user ends it. Resolves to the exit status. */
export async function sniff(config: SniffConfig, io: Io, capture: Capture): Promise<number> {
  const session = new Session(config, io, capture);
  try {
    return await session.run();
  } finally {
    await session.close();
  }
}

class Session {
  readonly #config: SniffConfig;
  readonly #io: Io;
  readonly #capture: Capture;
  readonly #log: Log;
  readonly #cleanups: Cleanups = [];
  /** Fulfilled when the user or the clock wants the end. */
  readonly #stop = Promise.withResolvers<void>();
  /** For scrapes, which may come before it is there. */
  readonly #client = Promise.withResolvers<RunningPipeline>();
  #renderer: Promise<Renderer | null> | null = null;
  #prometheus: Promise<Prometheus> | null = null;
  #ready = false;
  #ended: Ended | null = null;
  #tidying: ReturnType<typeof setTimeout> | undefined;
  #eventsError: unknown = null;

  constructor(config: SniffConfig, io: Io, capture: Capture) {
    this.#config = config;
    this.#io = io;
    this.#capture = capture;
    this.#log = new Log(io, config.log);
  }

  /**
   * Whatever can fail by itself comes before the worker is told to begin, so that a port in use or
   * a missing file leaves nothing half done. Meanwhile the worker loads its modules.
   */
  async run(): Promise<number> {
    this.#listenToSignals();
    const workers = startWorkers(this.#config, this.#capture, this.#cleanups);
    const options = await pipelineOptions(this.#config, this.#capture, false);
    const view = await openView(this.#config, "report", this.#cleanups);
    const events = await openEvents(this.#config.events, this.#io, this.#cleanups);
    const server = await this.#serve(view);
    const progress = await Progress.of(this.#config.files, this.#log);
    const client = await openPipeline(
      options,
      {
        ready: (interfaces) => this.#onReady(interfaces, server, view),
        progress: (done, packets) => progress.show(done, packets),
        warning: (message) => this.#log.warning(message),
        eventsFailed: (error) => this.#eventsError = error,
      },
      events,
      workers,
    );
    this.#client.resolve(client);
    this.#stop.promise.then(() => this.#drain(client));
    this.#ended = await client.ended;
    progress.clear();
    const status = await this.#finish(this.#ended, view);
    if (this.#config.files.length > 0 && server !== null) await this.#stop.promise;
    return status;
  }

  async close(): Promise<void> {
    for (const cleanup of this.#cleanups.reverse()) await cleanup();
    clearTimeout(this.#tidying);
  }

  /** A page of many hosts leaves more behind than all else here takes. */
  #tidyLater(client: RunningPipeline): void {
    clearTimeout(this.#tidying);
    this.#tidying = setTimeout(() => {
      client.rest();
      giveBack();
    }, QUIET);
  }

  #listenToSignals(): void {
    stopOnSignals(this.#io, this.#cleanups, () => this.#stop.resolve());
  }

  #serve(view: View): Promise<MetricsServer | null> {
    const pages = {
      metrics: async () => {
        const client = await this.#client.promise;
        const prometheus = await (this.#prometheus ??= this.#loadPrometheus(view));
        const page = await prometheus.page(await client.snapshot(SCRAPE_TIMEOUT));
        this.#tidyLater(client);
        return page;
      },
      unhealthy: () => this.#unhealthy(),
    };
    return openServer(this.#config, pages, this.#cleanups);
  }

  /** A file that was read to its end leaves nothing to be desired. */
  #unhealthy(): string | null {
    if (!this.#ready) return "The capture is not open yet";
    return this.#ended?.failure?.message ?? null;
  }

  #onReady(interfaces: readonly string[], server: MetricsServer | null, view: View): void {
    this.#ready = true;
    const { duration } = this.#config;
    if (duration !== null) {
      const timer = setTimeout(() => this.#stop.resolve(), duration);
      this.#cleanups.push(() => clearTimeout(timer));
    }
    this.#sayReady(interfaces, server);
    // What will be needed is loaded now: before would keep the user waiting, and later this process
    // may no longer have the right to read it.
    this.#renderer ??= this.#loadRenderer();
    if (server !== null) this.#prometheus ??= this.#loadPrometheus(view);
  }

  #sayReady(interfaces: readonly string[], server: MetricsServer | null): void {
    const { files } = this.#config;
    if (server === null) {
      return this.#log.debug(`webstat ${VERSION}: reading ${files.join(", ")}`);
    }
    const doing = files.length > 0
      ? `reading ${files.join(", ")}`
      : `listening on ${interfaces.join(", ")}`;
    this.#log.info(`webstat ${VERSION}: ${doing}, metrics at ${server.url}`, {
      version: VERSION,
      interfaces,
      metrics: server.url,
    });
  }

  #drain(client: RunningPipeline): void {
    if (this.#ended !== null) return;
    client.stop();
    const timer = setTimeout(() => {
      this.#log.warning("The capture did not end in time: its last packets may not be counted");
      client.abandon();
    }, DRAIN_TIMEOUT);
    this.#cleanups.push(() => clearTimeout(timer));
  }

  /** What was counted is reported first, whatever went wrong after. */
  async #finish({ snapshot, failure }: Ended, view: View): Promise<number> {
    const sawPackets = snapshot?.interfaces.some((each) => each.packets > 0) ?? false;
    if (snapshot !== null && (failure === null || sawPackets)) await this.#report(snapshot, view);
    if (failure !== null) {
      this.#log.error(failure.message);
      return failure.usage ? 2 : 1;
    }
    return this.#eventsStatus();
  }

  #eventsStatus(): number {
    const error = this.#eventsError;
    if (error === null) return 0;
    // A reader that has read enough, as `head` does, is no failure.
    if (this.#config.events === "-" && error instanceof Deno.errors.BrokenPipe) return 0;
    this.#log.error(error instanceof UserError ? error.message : `Cannot write events: ${error}`);
    return 1;
  }

  async #report(snapshot: Snapshot, view: View): Promise<void> {
    const render = await (this.#renderer ??= this.#loadRenderer());
    if (render === null) return;
    try {
      await this.#io.stdout.write(render(snapshot, view));
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  }

  async #loadPrometheus(view: View): Promise<Prometheus> {
    const { Prometheus } = await import("../outputs/prometheus.ts");
    return new Prometheus(view);
  }

  /** Loads what writes the report; null where none is wanted. */
  async #loadRenderer(): Promise<Renderer | null> {
    const { report, color } = this.#config;
    if (report === "none") return null;
    if (report === "json") return (await import("../outputs/report_json.ts")).reportJson;
    const { reportTable } = await import("../outputs/report.ts");
    return (snapshot, view) => {
      const width = this.#io.stdout.width();
      const top = width === null ? TOP_ELSEWHERE : TOP_ON_TERMINAL;
      return reportTable(snapshot, view, { width, top, color });
    };
  }
}

type Renderer = (snapshot: Snapshot, view: View) => string;
