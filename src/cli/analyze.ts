// The command analyze: starts the pipeline, shows its numbers on the terminal, and serves those of the
// hosts that the user picks.

import { basename } from "node:path";
import { UserError } from "../errors.ts";
import type { View } from "../hosts/columns.ts";
import { isExported, NO_EXPORTS } from "../hosts/exports.ts";
import type { Prometheus } from "../outputs/prometheus.ts";
import type { MetricsServer } from "../outputs/server.ts";
import type { Ended, RunningPipeline } from "../pipeline/client.ts";
import { openPipeline } from "../pipeline/open.ts";
import type { ScreenState, Setting } from "../ui/state/state.ts";
import type { Capture } from "./capture.ts";
import type { AnalyzeConfig } from "./config.ts";
import { ExtractionFile } from "./extraction_file.ts";
import type { Io } from "./io.ts";
import { LiveReport } from "./live_report.ts";
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
import { loadScreen, type ScreenModule } from "./screen_module.ts";

/** Whoever has left does not want to wait for the last packets. */
const DRAIN_TIMEOUT = 1000;
/** Prometheus' own time-out is ten seconds. */
const SCRAPE_TIMEOUT = 9000;

/** Runs until the user leaves. Resolves to the exit status. */
export async function analyze(
  config: AnalyzeConfig,
  io: Io,
  capture: Capture,
  screen: () => Promise<ScreenModule> = loadScreen,
): Promise<number> {
  if (!io.interactive) {
    throw new UserError(
      "analyze needs a terminal: webstat sniff --json gives the same numbers without one",
      { usage: true },
    );
  }
  const session = new Session(config, io, capture);
  try {
    return await session.run(screen());
  } finally {
    await session.close();
  }
}

class Session {
  readonly #config: AnalyzeConfig;
  readonly #io: Io;
  readonly #capture: Capture;
  readonly #log: Log;
  readonly #cleanups: Cleanups = [];
  /** Fulfilled when the user leaves, or has to. */
  readonly #leave = Promise.withResolvers<void>();
  /** For scrapes, which may come before they are there. */
  readonly #client = Promise.withResolvers<RunningPipeline>();
  readonly #report = Promise.withResolvers<LiveReport>();
  #prometheus: Promise<Prometheus> | null = null;
  /** Rejected by what nobody has caught: it must not leave the terminal as it is. */
  readonly #crashed = Promise.withResolvers<never>();
  /** Told once the terminal is given back. */
  readonly #warnings: string[] = [];
  #ended: Ended | null = null;
  #eventsError: unknown = null;

  constructor(config: AnalyzeConfig, io: Io, capture: Capture) {
    this.#config = config;
    this.#io = io;
    this.#capture = capture;
    this.#log = new Log(io, config.log);
    // Nobody may wait for it.
    this.#report.promise.catch(() => {});
    this.#crashed.promise.catch(() => {});
  }

  /** Whatever can fail by itself comes before the terminal is taken. */
  async run(loading: Promise<ScreenModule>): Promise<number> {
    loading.catch(() => {});
    this.#listenToSignals();
    const workers = startWorkers(this.#config, this.#capture, this.#cleanups);
    const options = await pipelineOptions(this.#config, this.#capture, true);
    const view = await openView(this.#config, "terminal", this.#cleanups);
    const file = new ExtractionFile(this.#config.extract, this.#io, view.context);
    const events = await openEvents(this.#config.events, this.#io, this.#cleanups);
    const server = await this.#serve(view);
    const ready = Promise.withResolvers<readonly string[]>();
    const client = await openPipeline(
      options,
      {
        ready: ready.resolve,
        progress: (done, packets) => this.#withReport((report) => report.progress(done, packets)),
        warning: (message) => this.#warn(message),
        eventsFailed: (error) => this.#eventsError = error,
      },
      events,
      workers,
    );
    this.#client.resolve(client);
    const ended = client.ended.then((ended) => this.#ended = ended);
    await Promise.race([ready.promise, ended]);
    if (this.#failedAtOnce()) return this.#status();
    const report = new LiveReport({
      client,
      file,
      setting: this.#setting(await ready.promise, view, server),
      exports: { ...NO_EXPORTS, patterns: this.#config.exports },
      color: this.#config.color,
      screen: await loading,
      now: () => this.#io.now(),
      leave: () => this.#leave.resolve(),
    });
    this.#report.resolve(report);
    ended.then(({ failure }) => report.ended(failure?.message ?? null));
    await this.#show(report);
    return await this.#finish(client, file, view, report.state);
  }

  async close(): Promise<void> {
    for (const cleanup of this.#cleanups.reverse()) await cleanup();
  }

  #listenToSignals(): void {
    stopOnSignals(this.#io, this.#cleanups, () => this.#leave.resolve());
    // A terminal that is closed says so more than once.
    this.#cleanups.push(this.#io.onSignal("SIGHUP", () => this.#leave.resolve()));
  }

  #setting(interfaces: readonly string[], view: View, server: MetricsServer | null): Setting {
    const { files } = this.#config;
    return {
      view,
      sources: files.length > 0 ? files.map((file) => basename(file)) : interfaces,
      live: files.length === 0,
      metrics: server?.url ?? null,
      startedAt: this.#io.now(),
    };
  }

  #serve(view: View): Promise<MetricsServer | null> {
    const pages = {
      metrics: () => this.#metrics(view),
      unhealthy: () => this.#ended?.failure?.message ?? null,
    };
    return openServer(this.#config, pages, this.#cleanups);
  }

  /** The page of /metrics: the capture's own numbers, and those of the hosts that are exported now. */
  async #metrics(view: View): Promise<Uint8Array<ArrayBuffer>> {
    const client = await this.#client.promise;
    const prometheus = await (this.#prometheus ??= loadPrometheus(view));
    const snapshot = await client.snapshot(SCRAPE_TIMEOUT);
    const { exports } = (await this.#report.promise).state;
    const hosts = snapshot.hosts.filter(({ name }) => isExported(exports, name));
    return await prometheus.page({ ...snapshot, hosts });
  }

  #withReport(use: (report: LiveReport) => void): void {
    this.#report.promise.then(use);
  }

  #warn(message: string): void {
    this.#warnings.push(message);
    this.#withReport((report) => report.warning(message));
  }

  /** Whether there is nothing to look at: the capture did not begin, or the file is none. */
  #failedAtOnce(): boolean {
    if (this.#ended === null || this.#ended.failure === null) return false;
    return !(this.#ended.snapshot?.interfaces.some(({ packets }) => packets > 0) ?? false);
  }

  /** Until the user leaves, the time is over for a fault, or a signal comes. */
  async #show(report: LiveReport): Promise<void> {
    const { duration } = this.#config;
    if (duration !== null) {
      const client = await this.#client.promise;
      const timer = setTimeout(() => client.stop(), duration);
      this.#cleanups.push(() => clearTimeout(timer));
    }
    this.#catchCrashes();
    report.open();
    this.#cleanups.push(() => report.close());
    try {
      await Promise.race([this.#leave.promise, report.failed, this.#crashed.promise]);
    } finally {
      await report.close();
    }
  }

  #catchCrashes(): void {
    const onError = (event: ErrorEvent) => {
      event.preventDefault();
      this.#crashed.reject(event.error ?? new Error(event.message));
    };
    const onRejection = (event: PromiseRejectionEvent) => {
      event.preventDefault();
      this.#crashed.reject(event.reason);
    };
    globalThis.addEventListener("error", onError);
    globalThis.addEventListener("unhandledrejection", onRejection);
    this.#cleanups.push(() => {
      globalThis.removeEventListener("error", onError);
      globalThis.removeEventListener("unhandledrejection", onRejection);
    });
  }

  async #finish(
    client: RunningPipeline,
    file: ExtractionFile,
    view: View,
    state: ScreenState,
  ): Promise<number> {
    const { snapshot } = await this.#drain(client);
    for (const warning of this.#warnings) this.#log.warning(warning);
    if (snapshot !== null) {
      const written = file.writeAtEnd(snapshot.hosts, state);
      if (written !== null) this.#log.info(written);
      if (this.#config.report === "json") {
        const { reportJson } = await import("../outputs/report_json.ts");
        await this.#io.stdout.write(reportJson(snapshot, view));
      }
    }
    return this.#status();
  }

  /** Takes what is captured but not counted yet, if that does not take long. */
  async #drain(client: RunningPipeline): Promise<Ended> {
    client.stop();
    const timer = setTimeout(() => client.abandon(), DRAIN_TIMEOUT);
    this.#cleanups.push(() => clearTimeout(timer));
    return await client.ended;
  }

  #status(): number {
    const failure = this.#ended?.failure ?? null;
    if (failure !== null) {
      this.#log.error(failure.message);
      return failure.usage ? 2 : 1;
    }
    const error = this.#eventsError;
    if (error === null) return 0;
    this.#log.error(error instanceof UserError ? error.message : `Cannot write events: ${error}`);
    return 1;
  }
}

async function loadPrometheus(view: View): Promise<Prometheus> {
  const { Prometheus } = await import("../outputs/prometheus.ts");
  return new Prometheus(view);
}
