// The command analyze: shows the hosts on the terminal, and serves those that the user exports.

import { basename } from "node:path";
import { systemReason, UserError } from "../errors.ts";
import { isExported, NO_EXPORTS } from "../hosts/exports.ts";
import type { Snapshot } from "../hosts/snapshot.ts";
import type { MetricsServer } from "../server/server.ts";
import { isCounted, VIEWS } from "../ui/state/grouping.ts";
import { needsDomains, restoreView, savedText } from "../ui/state/saved_view.ts";
import { initialState, type ScreenState } from "../ui/state/state.ts";
import type { CaptureBackend } from "./capture_backend.ts";
import { CaptureSession } from "./capture_session.ts";
import type { AnalyzeConfig } from "./config.ts";
import { ExtractionFile } from "./extraction_file.ts";
import { limitOfTime } from "./drain_limit.ts";
import { loadJsonRenderer } from "./final_report.ts";
import type { Io } from "./io.ts";
import { JsonFile } from "./json_file.ts";
import { LivePage } from "./live_page.ts";
import { LiveReport } from "./live_report.ts";
import { handleSignals } from "./signals.ts";
import { printable } from "../text.ts";
import { COLOR_THEME, PLAIN_THEME, type Theme } from "../ui/terminal/theme.ts";
import { parseTheme } from "../ui/terminal/theme_file.ts";
import { StateFile } from "./state_file.ts";
import { loadScreen, type ScreenModule } from "./screen_module.ts";
import { writeEach } from "./write_each.ts";

/** A user who quits does not want to wait for the last packets. */
const DRAIN_TIMEOUT = 1000;

/** Runs until the user quits. Resolves to the exit status. */
export async function analyze(
  config: AnalyzeConfig,
  io: Io,
  capture: CaptureBackend,
  screen: () => Promise<ScreenModule> = loadScreen,
): Promise<number> {
  if (!io.interactive) {
    throw new UserError(
      "analyze needs a terminal: webstat sniff --json gives the same numbers without one",
      { usage: true },
    );
  }
  const session = new CaptureSession(config, io, capture);
  try {
    return await new Analyze(session).run(screen());
  } finally {
    await session.close();
  }
}

class Analyze {
  readonly #session: CaptureSession<AnalyzeConfig>;
  readonly #page: LivePage;
  #jsonFile: JsonFile | null = null;
  /** Fulfilled when the user quits, at a signal, or when the terminal is closed. */
  readonly #leave = Promise.withResolvers<void>();
  /** A scrape may wait for it. */
  readonly #report = Promise.withResolvers<LiveReport>();
  /** Rejected by uncaught errors, so that the terminal is restored before they are printed. */
  readonly #crashed = Promise.withResolvers<never>();
  /** Printed after the terminal is restored. */
  readonly #warnings: string[] = [];

  constructor(session: CaptureSession<AnalyzeConfig>) {
    this.#session = session;
    this.#page = new LivePage(session);
    // They may be rejected before anything awaits them.
    this.#report.promise.catch(() => {});
    this.#crashed.promise.catch(() => {});
  }

  /** Everything that can fail is opened before the terminal is taken. */
  async run(loading: Promise<ScreenModule>): Promise<number> {
    loading.catch(() => {});
    this.#listenToSignals();
    const session = this.#session;
    const { config, io } = session;
    await session.prepare("terminal", true);
    this.#jsonFile = JsonFile.open(config, session.owner);
    const file = new ExtractionFile(config.extract, session.owner, session.view.context);
    const theme = chosenTheme(config);
    const stateFile = config.keepView ? StateFile.open(io, session.owner) : null;
    const server = await this.#serve();
    const ready = Promise.withResolvers<readonly string[]>();
    const client = await session.start(
      {
        ready: ready.resolve,
        progress: (done, packets) => this.#withReport((report) => report.progress(done, packets)),
        warning: (message) => this.#warn(message),
        interfaceChanged: ({ message, isBad }) =>
          isBad ? this.#warn(message) : this.#withReport((report) => report.notice(message)),
      },
      () => this.#beforehand(loading),
      { write: [file.path, stateFile?.path ?? []].flat() },
    );
    await Promise.race([ready.promise, client.ended]);
    // The capture could not start, or the file could not be read: there is nothing to show.
    if (session.ended?.failure && !session.hasPackets) return session.status();
    const state = await this.#initialState(await ready.promise, server, stateFile);
    file.startWith(state.exports);
    const report = new LiveReport({
      client,
      file,
      state,
      theme,
      screen: await loading,
      privateSuffixes: config.privateSuffixes,
      now: () => io.now(),
      leave: () => this.#leave.resolve(),
    });
    this.#report.resolve(report);
    session.push((snapshot) => this.#exported(snapshot));
    client.ended.then(({ failure }) => report.ended(failure?.message ?? null));
    const failure = await this.#show(report).then(() => null, (error: unknown) => ({ error }));
    // What was picked and counted is written even so.
    const warning = stateFile?.write(savedText(report.state, config.exports)) ?? null;
    if (warning !== null) this.#warnings.push(warning);
    const isWritten = await this.#finish(file, report.state);
    // A screen whose terminal is gone has not failed.
    if (failure !== null && !io.isTerminalGone()) throw failure.error;
    return session.status() || (isWritten ? 0 : 1);
  }

  #listenToSignals(): void {
    const session = this.#session;
    handleSignals(session.io, session, {
      stop: () => this.#leave.resolve(),
      reopen: () => {
        const say = (message: string) => this.#withReport((report) => report.notice(message));
        void session.reopen(say, (message) => this.#warn(message));
      },
      report: () => {
        // Else it would be written over the screen.
        if (!session.io.stderr.terminal) session.report();
      },
    });
  }

  /**
   * What root alone can do; and from source, another user may not have the right to read the
   * modules.
   */
  async #beforehand(loading: Promise<ScreenModule>): Promise<void> {
    (await loading).raisePriority();
    if (this.#session.user === null || Deno.build.standalone) return;
    await Promise.all([
      this.#session.loadPrometheus(),
      this.#session.loadReport(),
      this.#page.load(),
      import("../hosts/domains.ts"),
      import("../outputs/report_json.ts"),
    ]);
  }

  /** With what was kept of the last start. */
  async #initialState(
    interfaces: readonly string[],
    server: MetricsServer | null,
    stateFile: StateFile | null,
  ): Promise<ScreenState> {
    const { view, io, config: { files, exports } } = this.#session;
    const setting = {
      view,
      sources: files.length > 0 ? files.map((file) => basename(file)) : interfaces,
      live: files.length === 0,
      metrics: server?.url ?? null,
      keepsView: stateFile !== null,
      startedAt: io.now(),
    };
    const size = { columns: 80, rows: 24 };
    const state = initialState(setting, size, { ...NO_EXPORTS, patterns: exports });
    const saved = stateFile?.read() ?? null;
    if (saved === null) return state;
    const { clients, process, privateSuffixes } = this.#session.config;
    const views = VIEWS.filter((view) => isCounted(view, clients, process !== null));
    if (!needsDomains(saved)) return restoreView(state, saved, null, views);
    const { domainsBy } = await import("../hosts/domains.ts");
    return restoreView(state, saved, domainsBy(privateSuffixes).domainOf, views);
  }

  /**
   * /metrics, and the page: the capture's own numbers, and those of the hosts that are exported now.
   */
  #serve(): Promise<MetricsServer | null> {
    const unhealthy = () => this.#session.unhealthy();
    return this.#session.serve({
      html: this.#page.pages(unhealthy, (snapshot) => this.#exported(snapshot)),
      metrics: (...how) => this.#session.page(...how, (snapshot) => this.#exported(snapshot)),
      unhealthy,
    });
  }

  async #exported(snapshot: Snapshot): Promise<Snapshot> {
    const { exports } = (await this.#report.promise).state;
    const hosts = snapshot.hosts.filter(({ name }) => isExported(exports, name));
    return { ...snapshot, hosts };
  }

  #withReport(use: (report: LiveReport) => void): void {
    this.#report.promise.then(use);
  }

  #warn(message: string): void {
    this.#warnings.push(message);
    this.#withReport((report) => report.warning(message));
  }

  /** Until the user quits, the screen fails, an error is not caught, or a signal comes. */
  async #show(report: LiveReport): Promise<void> {
    const session = this.#session;
    const client = await session.client;
    session.afterDuration(() => client.stop());
    this.#catchCrashes();
    report.open();
    session.atEnd(() => report.close());
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
    this.#session.atEnd(() => {
      globalThis.removeEventListener("error", onError);
      globalThis.removeEventListener("unhandledrejection", onRejection);
    });
  }

  /**
   * Writes the extraction file and the report, of all that is captured by now, and sends the rest. Returns
   * whether all could be written.
   */
  async #finish(file: ExtractionFile, state: ScreenState): Promise<boolean> {
    const session = this.#session;
    const { log, view } = session;
    const { snapshot } = await session.drain(limitOfTime(DRAIN_TIMEOUT));
    for (const warning of this.#warnings) log.warning(warning);
    const results = snapshot === null ? [] : [
      () => {
        const written = file.writeAtEnd(snapshot.hosts, state);
        if (written !== null) log.info(written);
      },
      () => this.#jsonFile?.write(snapshot, view),
      () => this.#print(snapshot),
    ];
    return await writeEach([...results, () => session.finishSending()], log);
  }

  async #print(snapshot: Snapshot): Promise<void> {
    const { config, io, view } = this.#session;
    if (config.report !== "json") return;
    const render = await loadJsonRenderer(config.privateSuffixes);
    await io.stdout.write(render(snapshot, view));
  }
}

/** That of --theme, if colours are wanted. Throws UserError. */
function chosenTheme({ color, theme }: AnalyzeConfig): Theme {
  if (theme === null) return color ? COLOR_THEME : PLAIN_THEME;
  const custom = parseTheme(readText(theme), printable(theme));
  return color ? custom : PLAIN_THEME;
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new UserError(`Cannot read ${printable(path)}: ${systemReason(error)}`);
  }
}
