// Pushing the metrics of a session: which hosts, when, and a last time at the end.

import type { View } from "../hosts/columns.ts";
import type { Snapshot } from "../hosts/snapshot.ts";
import type { Prometheus } from "../outputs/prometheus.ts";
import type { Page } from "../push/page.ts";
import type { Pusher } from "../push/pusher.ts";
import type { TimeLeft } from "../push/time_left.ts";

/** Leaves out hosts. */
export type Selection = (snapshot: Snapshot) => Snapshot | Promise<Snapshot>;

export const ALL_HOSTS: Selection = (snapshot) => snapshot;

/** What the metrics come from. */
export interface PushSource {
  readonly view: View;
  /** Everything that was counted up to now. */
  snapshot(): Promise<Snapshot>;
  prometheus(): Promise<Prometheus>;
  warn(message: string): void;
}

export class MetricsPush {
  readonly #pusher: Pusher;
  readonly #source: PushSource;
  #selection = ALL_HOSTS;

  constructor(pusher: Pusher, source: PushSource) {
    this.#pusher = pusher;
    this.#source = source;
  }

  /** Pushes again and again; `pushed` is called each time. */
  start(select: Selection, pushed: () => void): void {
    this.#selection = select;
    const page = async () => {
      pushed();
      return await this.#page(await this.#source.snapshot());
    };
    this.#pusher.start(page, (error) => {
      this.#source.warn(`nothing was pushed: ${error instanceof Error ? error.message : error}`);
    });
  }

  /** Pushes a last time. `ends`: whether the series end with it. */
  async finish(snapshot: Snapshot, ends: boolean, left: TimeLeft): Promise<void> {
    await this.#pusher.finish(await this.#page(snapshot), ends, left);
  }

  async #page(snapshot: Snapshot): Promise<Page> {
    const prometheus = await this.#source.prometheus();
    const selected = await this.#selection(snapshot);
    const { view } = this.#source;
    return { snapshot: selected, view, families: prometheus.families(), time: Date.now() };
  }
}
