// What sniff and analyze share: opening, starting and ending the pipeline, the page of /metrics, and the
// exit status.

import { UserError } from "../errors.ts";
import type { Output, View } from "../hosts/columns.ts";
import type { Snapshot } from "../hosts/snapshot.ts";
import type { Encode } from "../outputs/page_encoding.ts";
import type { PageFormat } from "../outputs/page_format.ts";
import { type FileOwner, fileOwner } from "../outputs/private_file.ts";
import type { Prometheus } from "../outputs/prometheus.ts";
import type { PushConfig } from "../push/push_config.ts";
import type { Pusher } from "../push/pusher.ts";
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
import type { Privileges } from "../privileges/confine.ts";
import type { Reach } from "../privileges/path_rules.ts";
import { type NextUser, userToBecome } from "../privileges/user.ts";
import type { CaptureBackend } from "./capture_backend.ts";
import type { SniffConfig } from "./config.ts";
import type { DrainLimit } from "./drain_limit.ts";
import { loadRequestedRenderer, type Renderer, REPORT_TIMEOUT } from "./final_report.ts";
import { type InterfaceChange, InterfaceHealth } from "./interface_health.ts";
import type { Io } from "./io.ts";
import { reachOf } from "./reach.ts";
import { captureDetails, endDetails, privilegesDetail } from "./details.ts";
import { Log } from "./log.ts";
import { ALL_HOSTS, MetricsPush } from "./metrics_push.ts";
import {
  type EventSink,
  heard,
  openEvents,
  openServer,
  openView,
  pipelineOptions,
  startWorkers,
} from "./prepare.ts";
import { watchProcesses } from "./process_watch.ts";
import { foldersOf, lastSending, openPushConfig, openPusher, portsOf } from "./servers.ts";

/** Milliseconds; Prometheus waits ten seconds by default. */
const SCRAPE_TIMEOUT = 9000;
/** How often a capture that is to end is looked at. */
const LOOK_INTERVAL = 50;
/** After this, numbers of a moment ago are better than none. */
const SCRAPE_PATIENCE = 400;
/** Opened by `prepare`, used by `start`. */
interface Prepared {
  readonly workers: readonly PipelineWorker[];
  readonly watching: () => Promise<void>;
  readonly options: PipelineOptions;
  readonly view: View;
  /** Null without --events. */
  readonly events: EventWriter | null;
  /** The same, if it is not standard output. */
  readonly eventSink: EventSink | null;
  readonly pushConfig: PushConfig;
  /** Null if metrics are not pushed. */
  readonly pusher: Pusher | null;
}

/** What a command hears while the pipeline runs. */
export interface SessionListener extends Omit<PipelineListener, "eventsFailed" | "problems"> {
  interfaceChanged(change: InterfaceChange): void;
}

/** What only some commands want of the pipeline. */
export interface MorePipelineOptions {
  /** See PipelineOptions. */
  readonly fresh?: boolean;
  /** Hears all lines of events. */
  readonly hear?: (lines: Uint8Array) => void;
}

export interface SessionOptions {
  /** Whether root stays root, without its rights: to send signals to a command. */
  readonly keepsUser?: boolean;
  /** Whether signals are sent to other processes. */
  readonly signals?: boolean;
}

export class CaptureSession<Config extends SniffConfig = SniffConfig> {
  readonly config: Config;
  readonly io: Io;
  readonly log: Log;
  readonly #capture: CaptureBackend;
  readonly #options: SessionOptions;
  readonly #cleanups: (() => void | Promise<void>)[] = [];
  readonly #reopenings: (() => void | Promise<void>)[] = [];
  /** A scrape may wait for it. */
  readonly #client = Promise.withResolvers<RunningPipeline>();
  /** Whom this process becomes once the capture is open; null if it stays who it is. */
  readonly user: NextUser | null;
  /** Whom files are for that it writes. */
  readonly owner: FileOwner;
  /** Users whose links root follows. */
  readonly #trusted: ReadonlySet<number>;
  readonly health = new InterfaceHealth();
  #prepared: Prepared | null = null;
  #server: MetricsServer | null = null;
  #privileges: Privileges | null = null;
  #prometheus: Promise<Prometheus> | null = null;
  #report: Promise<Renderer> | null = null;
  #ended: Ended | null = null;
  #eventsError: unknown = null;
  #push: MetricsPush | null = null;
  /** When the capture was told to end; null while it was not. */
  #stoppedAt: number | null = null;
  #warn = (message: string) => this.log.warning(message);

  constructor(config: Config, io: Io, capture: CaptureBackend, options: SessionOptions = {}) {
    this.config = config;
    this.#options = options;
    this.io = io;
    this.#capture = capture;
    this.log = new Log(io, config.log);
    const env = (name: string) => io.env(name);
    const next = userToBecome(config.user, "--user", env);
    this.user = config.drop && !options.keepsUser ? next : null;
    this.owner = fileOwner(env, next?.from === "sudo" ? next : this.user);
    this.#trusted = new Set([0, ...next?.from === "sudo" ? [next.uid] : []]);
  }

  /** How the pipeline ended; null while it runs. */
  get ended(): Ended | null {
    if (this.#ended === null) return null;
    const { snapshot, failure } = this.#ended;
    return { snapshot: snapshot && this.#withLostEvents(snapshot), failure };
  }

  /** Whether any packet was counted. */
  get hasPackets(): boolean {
    return this.#ended?.snapshot?.interfaces.some(({ packets }) => packets > 0) ?? false;
  }

  /** Whether metrics are pushed. */
  get isPushing(): boolean {
    return this.#push !== null;
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
  async prepare(output: Output, watch: boolean, more: MorePipelineOptions = {}): Promise<void> {
    const { config } = this;
    const fresh = more.fresh ?? false;
    const workers = await startWorkers(config, this.#capture, this, watch || fresh);
    const watching = await watchProcesses(config, workers, this, (line) => this.#warn(line));
    const options = await pipelineOptions(config, this.#capture, watch);
    const view = await openView(config, output, this, (message) => this.#warn(message));
    const pushConfig = await openPushConfig(config);
    const owner = { ids: this.owner.ids, trusted: this.#trusted };
    const eventSink = await openEvents(config, owner, pushConfig, this);
    const events = heard(config.events === "-" ? this.io.stdout : eventSink, more.hear);
    const pusher = await openPusher(config, pushConfig, (message) => this.#warn(message));
    this.atEnd(() => pusher?.stop());
    if (pusher !== null) {
      this.#push = new MetricsPush(pusher, {
        view,
        snapshot: () => this.snapshot(),
        prometheus: () => this.loadPrometheus(),
        warn: (message) => this.#warn(message),
      });
    }
    this.#prepared = {
      ...{ workers, watching, view, events, eventSink, pushConfig, pusher },
      options: { ...options, events: events !== null, fresh },
    };
  }

  /** Serves `pages`; null if no server is wanted. Throws UserError. */
  async serve(pages: Pages): Promise<MetricsServer | null> {
    return this.#server = await openServer(this.config, pages, this, (line) => this.#warn(line));
  }

  /**
   * Starts the capture. `prepare` comes first. Once it is open, `beforehand` is done, privileges are
   * given away, and packets are read. `reach`: what the command still opens after that.
   */
  async start(
    listener: SessionListener,
    beforehand: () => Promise<unknown>,
    reach: Partial<Reach> = {},
  ): Promise<RunningPipeline> {
    const { workers, watching, options, events, eventSink } = this.#prepared!;
    this.#warn = (message) => listener.warning(message);
    if (eventSink !== null) eventSink.warn = this.#warn;
    const pipelineListener: PipelineListener = {
      ...listener,
      ready: async (interfaces, openers) => {
        await beforehand();
        await watching();
        await this.#dropPrivileges(openers, reach);
        if (options.files.length === 0) this.health.begin(interfaces);
        await listener.ready(interfaces, openers);
      },
      problems: (all) => this.health.update(all).forEach(listener.interfaceChanged),
      detail: (message) => this.log.debug(message),
      eventsFailed: (error) => this.#eventsError = error,
    };
    this.#tell(captureDetails(options, workers.length));
    const client = await openPipeline(options, pipelineListener, events, workers);
    client.ended.then((ended) => this.#ended = ended);
    this.#client.resolve(client);
    return client;
  }

  /** Why no packets can be read; null if they can: privileges are given away once all is open. */
  unhealthy(): string | null {
    if (this.#privileges === null) return "The capture is not open yet";
    return this.#ended?.failure?.message ?? this.health.problem;
  }

  /** The page of /metrics. */
  async page(format: PageFormat, encode: Encode, select = ALL_HOSTS) {
    const snapshot = await this.snapshot();
    const prometheus = await this.loadPrometheus();
    return prometheus.page(await select(snapshot), format, encode);
  }

  /** How many series the last page had. */
  async series(): Promise<number> {
    return (await this.loadPrometheus()).series;
  }

  /** Begins to push metrics, if that is wanted; `pushed` is called each time. */
  push(select = ALL_HOSTS, pushed = () => {}): void {
    // Files are pushed once, when they are read.
    if (this.config.files.length === 0) this.#push?.start(select, pushed);
  }

  /** Waits until events and metrics are where they should be, as long as there is time for that. */
  async finishSending(): Promise<void> {
    const left = lastSending(() => this.#stoppedAt);
    try {
      await this.#prepared!.eventSink?.finish?.(left);
    } catch (error) {
      this.#eventsError ??= error;
    }
    const snapshot = this.ended?.snapshot ?? null;
    if (snapshot !== null) await this.#push?.finish(snapshot, this.config.files.length === 0, left);
  }

  /** What is counted by now; one of a moment ago if the capture is busy. */
  async snapshot(): Promise<Snapshot> {
    const snapshot = (await this.client).snapshot(SCRAPE_TIMEOUT, SCRAPE_PATIENCE);
    return this.#withLostEvents(await snapshot);
  }

  /** Loads the renderer of the page. */
  loadPrometheus(): Promise<Prometheus> {
    return this.#prometheus ??= import("../outputs/prometheus.ts")
      .then(({ Prometheus }) =>
        new Prometheus(this.view, {
          privileges: () => this.#privileges,
          interfaces: () => this.health.states,
          closed: this.#server?.closed ?? {},
          pushed: this.#prepared?.pusher?.counts ?? [],
        })
      );
  }

  /** Loads the renderer of reports on request. */
  loadReport(): Promise<Renderer> {
    return this.#report ??= loadRequestedRenderer(this.config);
  }

  /** Writes a report of what is counted by now to standard error. */
  async report(): Promise<void> {
    try {
      const client = await this.client;
      const render = await this.loadReport();
      this.io.stderr.write(render(await client.snapshot(REPORT_TIMEOUT), this.view));
    } catch (error) {
      this.log.warning(`no report: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** Has `reopen` call this. */
  onReopen(hook: () => void | Promise<void>): void {
    this.#reopenings.push(hook);
  }

  /** Opens files again that were renamed or replaced. `say` and `warn` tell how that went. */
  async reopen(
    say = (message: string) => this.log.info(message),
    warn = (message: string) => this.log.warning(message),
  ): Promise<void> {
    try {
      for (const hook of this.#reopenings) await hook();
      say("SIGHUP: files opened again");
    } catch (error) {
      warn(error instanceof Error ? error.message : String(error));
    }
  }

  /** Calls `action` after --duration; never without it. */
  afterDuration(action: () => void): void {
    if (this.config.duration !== null) this.#after(this.config.duration, action);
  }

  /**
   * Ends the capture after counting the packets that are captured already. If `isOver` comes before, calls
   * `late` and ends it at once.
   */
  async drain(isOver: DrainLimit, late = () => {}): Promise<Ended> {
    const client = await this.client;
    this.#stoppedAt ??= performance.now();
    client.stop();
    const timer = setInterval(() => {
      if (this.#ended !== null || !isOver(client.hasCounts)) return;
      late();
      client.abandon();
    }, LOOK_INTERVAL);
    return await client.ended.finally(() => clearInterval(timer));
  }

  /** Prints why the capture failed, if it did. Returns the exit status. */
  status(): number {
    if (this.#ended?.snapshot) this.#tell(endDetails(this.#ended.snapshot));
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

  /** Only with --verbose. */
  #tell(details: readonly string[]): void {
    for (const detail of details) this.log.debug(detail);
  }

  /** Has `close` call `cleanup`. */
  atEnd(cleanup: () => void | Promise<void>): void {
    this.#cleanups.push(cleanup);
  }

  /** Runs the cleanups, the last one first. */
  async close(): Promise<void> {
    for (const cleanup of this.#cleanups.reverse()) await cleanup();
  }

  /** The workers count what they dropped, the file what it could not write. */
  #withLostEvents(snapshot: Snapshot): Snapshot {
    const dropped = this.#prepared?.eventSink?.dropped ?? 0;
    return { ...snapshot, eventsDropped: snapshot.eventsDropped + dropped };
  }

  async #dropPrivileges(openers: readonly number[], reach: Partial<Reach>): Promise<void> {
    const { io, log, config, user } = this;
    const folders = [...this.#server?.folders ?? [], ...foldersOf(this.#prepared!.pushConfig)];
    this.#privileges = config.drop
      ? await io.confine(
        {
          user,
          openers,
          reach: reachOf(config, reach, folders),
          ports: portsOf(config),
          signals: this.#options.signals ?? false,
        },
        (message) => log.warning(message),
      )
      : await io.privileges();
    log.debug(privilegesDetail(this.#privileges));
    if (config.drop) return;
    log.warning(
      `--no-drop: ${this.#privileges.user} keeps all rights while packets of strangers are read`,
    );
  }

  #after(milliseconds: number, action: () => void): void {
    const timer = setTimeout(action, milliseconds);
    this.atEnd(() => clearTimeout(timer));
  }
}
