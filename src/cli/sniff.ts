// The command sniff: counts all hosts, serves the numbers, and reports at the end.

import { releaseFreedMemory } from "../../ffi/memory.ts";
import type { View } from "../hosts/columns.ts";
import type { Snapshot } from "../hosts/snapshot.ts";
import { formatBytes } from "../hosts/units.ts";
import { PROMETHEUS_BYTES } from "../outputs/series.ts";
import type { Encode } from "../outputs/page_encoding.ts";
import type { PageFormat } from "../outputs/page_format.ts";
import type { MetricsServer } from "../server/server.ts";
import { VERSION } from "../version.ts";
import type { CaptureBackend } from "./capture_backend.ts";
import { CaptureSession } from "./capture_session.ts";
import type { SniffConfig } from "./config.ts";
import { loadRenderer, type Renderer } from "./final_report.ts";
import { limitOfWork } from "./drain_limit.ts";
import type { Io } from "./io.ts";
import { JsonFile } from "./json_file.ts";
import { LivePage } from "./live_page.ts";
import { handleSignals } from "./signals.ts";
import { Progress } from "./progress.ts";
import { writeEach } from "./write_each.ts";

/** Milliseconds after a scrape until memory is released, if no other scrape comes. */
const RELEASE_DELAY = 2000;
/** More series than this are warned of. */
const MANY_SERIES = 50_000;

/** Runs until the capture ends or the user ends it. Resolves to the exit status. */
export async function sniff(config: SniffConfig, io: Io, capture: CaptureBackend): Promise<number> {
  const session = new CaptureSession(config, io, capture);
  try {
    return await new Sniff(session).run();
  } finally {
    await session.close();
  }
}

class Sniff {
  readonly #session: CaptureSession;
  /** Fulfilled at a signal, or after --duration. */
  readonly #stop = Promise.withResolvers<void>();
  #renderer: Promise<Renderer | null> | null = null;
  readonly #page: LivePage;
  #jsonFile: JsonFile | null = null;
  #hasWarned = false;
  #releaseTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(session: CaptureSession) {
    this.#session = session;
    this.#page = new LivePage(session);
    session.atEnd(() => clearTimeout(this.#releaseTimer));
  }

  async run(): Promise<number> {
    const session = this.#session;
    const { files } = session.config;
    handleSignals(session.io, session, {
      stop: () => this.#stop.resolve(),
      reopen: () => session.reopen(),
      report: () => session.report(),
    });
    await session.prepare("report", false);
    this.#jsonFile = JsonFile.open(session.config, session.owner);
    const server = await session.serve({
      metrics: (...how) => this.#metrics(...how),
      html: this.#page.pages(() => session.unhealthy()),
      unhealthy: () => session.unhealthy(),
    });
    const progress = await Progress.of(files, session.log);
    const client = await session.start({
      ready: (interfaces) => this.#onReady(interfaces, server),
      progress: (done, packets) => progress.show(done, packets),
      warning: (message) => session.log.warning(message),
      interfaceChanged: ({ message, isBad }) => session.log[isBad ? "warning" : "info"](message),
    }, () => this.#loadIfUnreadable(server));
    this.#stop.promise.then(() => this.#drain());
    await client.ended;
    progress.clear();
    await session.finishSending();
    const isReported = await this.#report();
    const status = session.status() || (isReported ? 0 : 1);
    if (files.length > 0 && server !== null) await this.#stop.promise;
    return status;
  }

  async #metrics(format: PageFormat, encode: Encode): Promise<Uint8Array<ArrayBuffer>> {
    const page = await this.#session.page(format, encode);
    await this.#warnOfSeries();
    this.#releaseSoon();
    return page;
  }

  #releaseSoon(): void {
    clearTimeout(this.#releaseTimer);
    this.#releaseTimer = setTimeout(() => this.#releaseMemory(), RELEASE_DELAY);
  }

  /** Says once that there are many. */
  async #warnOfSeries(): Promise<void> {
    const series = await this.#session.series();
    if (series <= MANY_SERIES || this.#hasWarned) return;
    this.#hasWarned = true;
    const memory = formatBytes(series * PROMETHEUS_BYTES);
    this.#session.log.warning(
      `/metrics has ${series} series, for which Prometheus takes about ${memory} of memory: ` +
        "webstat sniff --series -d 1m tells what other settings would cost",
    );
  }

  /** A page of many hosts takes more memory than everything else in this thread. */
  async #releaseMemory(): Promise<void> {
    (await this.#session.client).releaseMemory();
    (await this.#session.loadPrometheus()).release();
    releaseFreedMemory();
  }

  #onReady(interfaces: readonly string[], server: MetricsServer | null): void {
    const session = this.#session;
    session.afterDuration(() => this.#stop.resolve());
    session.push(undefined, () => this.#releaseSoon());
    this.#sayReady(interfaces, server);
    // Earlier it would delay the start.
    void this.#load(server);
  }

  /** From source, another user may not have the right to read the modules. */
  async #loadIfUnreadable(server: MetricsServer | null): Promise<void> {
    if (this.#session.user !== null && !Deno.build.standalone) await this.#load(server);
  }

  /** Loads what makes the report and /metrics. */
  async #load(server: MetricsServer | null): Promise<void> {
    const { config, io } = this.#session;
    this.#renderer ??= loadRenderer(config, io.stdout);
    await Promise.all([
      this.#renderer,
      this.#session.loadReport(),
      this.#jsonFile?.load(),
      this.#page.load(),
      server === null && !this.#session.isPushing ? null : this.#session.loadPrometheus(),
    ]);
  }

  #sayReady(interfaces: readonly string[], server: MetricsServer | null): void {
    const { log, config: { files } } = this.#session;
    const doing = files.length > 0
      ? `reading ${files.join(", ")}`
      : `listening on ${interfaces.join(", ")}`;
    if (server === null) return log.debug(`webstat ${VERSION}: ${doing}`);
    log.info(`webstat ${VERSION}: ${doing}, metrics at ${server.url}`, {
      version: VERSION,
      interfaces,
      metrics: server.url,
    });
  }

  async #drain(): Promise<void> {
    const { log } = this.#session;
    await this.#session.drain(limitOfWork(), () => {
      log.warning("The capture did not end in time: its last packets may not be counted");
    });
  }

  /** Whether nobody misses the report of a closed standard output: there was another result. */
  get #isReportUnwanted(): boolean {
    const { io, config: { files, events, report } } = this.#session;
    const isSecondary = files.length === 0 || events !== null;
    return isSecondary && report !== "json" && io.stdout.isClosed();
  }

  /**
   * Reports what was counted, also if something went wrong after that. Returns whether it could be written.
   */
  async #report(): Promise<boolean> {
    const { view, ended, hasPackets, log } = this.#session;
    const { snapshot, failure } = ended!;
    if (snapshot === null || (failure !== null && !hasPackets)) return true;
    return await writeEach([
      () => this.#print(snapshot, view),
      () => this.#jsonFile?.write(snapshot, view),
    ], log);
  }

  async #print(snapshot: Snapshot, view: View): Promise<void> {
    const { config, io } = this.#session;
    const render = await (this.#renderer ??= loadRenderer(config, io.stdout));
    if (render === null || this.#isReportUnwanted) return;
    try {
      await io.stdout.write(render(snapshot, view));
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  }
}
