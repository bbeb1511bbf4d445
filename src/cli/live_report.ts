// The live report: requests snapshots regularly, passes them to the state, and performs the effects
// that the state asks for.

import { UserError } from "../errors.ts";
import type { RunningPipeline } from "../pipeline/client.ts";
import { Controller } from "../ui/state/controller.ts";
import { pageLength } from "../ui/view/page_lines.ts";
import type { Theme } from "../ui/terminal/theme.ts";
import type { Screen } from "../ui/terminal/screen.tsx";
import { type Action, type Effect, type ScreenState } from "../ui/state/state.ts";
import type { ExtractionFile } from "./extraction_file.ts";
import type { ScreenModule } from "./screen_module.ts";

/** Milliseconds between two snapshots, of a live capture and of a file that is being read. */
const LIVE_INTERVAL = 1000;
const READING_INTERVAL = 400;
const SNAPSHOT_TIMEOUT = 5000;

export interface LiveReportOptions {
  readonly client: RunningPipeline;
  readonly file: ExtractionFile;
  /** What is shown at first. */
  readonly state: ScreenState;
  readonly theme: Theme;
  readonly screen: ScreenModule;
  readonly privateSuffixes: boolean;
  /** Milliseconds since 1970. */
  now(): number;
  /** Called when the user quits or the terminal is gone. */
  leave(): void;
}

export class LiveReport {
  readonly #options: LiveReportOptions;
  readonly #controller: Controller;
  readonly #failed = Promise.withResolvers<never>();
  #screen: Screen | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #isClosed = false;
  #isEnded = false;
  /** Applied with the next snapshot, so that it is not drawn more often. */
  #progress: Action | null = null;

  constructor(options: LiveReportOptions) {
    this.#options = options;
    this.#controller = new Controller(options.state, (effect) => this.#perform(effect), pageLength);
    this.#failed.promise.catch(() => {});
  }

  get state(): ScreenState {
    return this.#controller.state;
  }

  /** Rejected after an error in the report. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** Takes the terminal. */
  open(): void {
    const { screen, theme } = this.#options;
    this.#controller.dispatch({ type: "resized", size: screen.terminalSize() });
    this.#screen = screen.openScreen(this.state, theme, {
      key: (name) => this.#safely(() => this.#controller.key(name)),
      mouse: (action) => this.#safely(() => this.#controller.mouse(action)),
      paste: (text) => this.#safely(() => this.#controller.dispatch({ type: "paste", text })),
      resized: (size) => this.#safely(() => this.#controller.dispatch({ type: "resized", size })),
      gone: () => this.#options.leave(),
    });
    this.#screen.failed.catch(this.#failed.reject);
    this.#controller.onChange = (state) => this.#screen?.draw(state);
    this.#poll();
  }

  /** Restores the terminal. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#controller.onChange = () => {};
    await this.#screen?.close();
  }

  progress(done: number | null, packets: number): void {
    this.#progress = { type: "progress", done, packets };
  }

  notice(message: string): void {
    this.#notice(message, false);
  }

  warning(message: string): void {
    this.#notice(message, true);
  }

  ended(failure: string | null): void {
    this.#isEnded = true;
    this.#controller.dispatch({ type: "ended", failure });
    this.#poll();
  }

  /** Refreshes now and at every interval. */
  async #poll(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const began = performance.now();
    if (!this.state.paused) await this.#refresh();
    if (this.#isClosed || this.#isEnded) return;
    const interval = this.state.setting.live ? LIVE_INTERVAL : READING_INTERVAL;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => this.#poll(),
      Math.max(0, interval - (performance.now() - began)),
    );
  }

  async #refresh(): Promise<void> {
    const { client } = this.#options;
    const { host } = this.state;
    try {
      const [snapshot, inspection] = await Promise.all([
        client.snapshot(SNAPSHOT_TIMEOUT),
        host === null ? null : client.inspect(host),
      ]);
      this.#safely(() =>
        this.#controller.dispatch(
          ...(this.#progress === null ? [] : [this.#progress]),
          { type: "snapshot", snapshot, now: this.#options.now() },
          ...(host === null ? [] : [{ type: "inspected" as const, inspection }]),
        )
      );
      this.#progress = null;
    } catch (error) {
      this.#notice(error instanceof Error ? error.message : String(error), true);
    }
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case "quit":
        return this.#options.leave();
      case "copy":
        return this.#screen?.copy(effect.text);
      case "suspend":
        return this.#screen?.suspend();
      case "refresh":
        void this.#refresh();
        return;
      case "inspect":
        void this.#inspect(effect.host);
        return;
      case "load-domains":
        void this.#loadDomains();
        return;
      case "reset":
        this.#options.client.reset();
        void this.#refresh();
        return;
      case "write":
        return this.#write();
    }
  }

  async #inspect(host: string): Promise<void> {
    const inspection = await this.#options.client.inspect(host);
    this.#safely(() => this.#controller.dispatch({ type: "inspected", inspection }));
  }

  async #loadDomains(): Promise<void> {
    const { domainsBy } = await import("../hosts/domains.ts");
    const { domainOf } = domainsBy(this.#options.privateSuffixes);
    this.#safely(() => this.#controller.dispatch({ type: "domains", domainOf }));
  }

  #write(): void {
    try {
      const hosts = this.state.snapshot?.hosts ?? [];
      this.#notice(this.#options.file.write(hosts, this.state), false);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#notice(error.message, true);
    }
  }

  #notice(text: string, bad: boolean): void {
    this.#controller.dispatch({ type: "notice", text, bad, now: this.#options.now() });
  }

  /** An error in the report ends it: on a full screen it would not be visible. */
  #safely(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#failed.reject(error);
    }
  }
}
