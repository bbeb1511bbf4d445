// Test support: a user who presses keys, and hosts to look at.

import { viewOf } from "../hosts/columns.ts";
import type { HostSnapshot, Snapshot } from "../hosts/snapshot.ts";
import { exampleHost, exampleSnapshot, hitsBy } from "../outputs/example.ts";
import { rowLines, titleLine } from "./view/table_lines.ts";
import { Controller } from "./state/controller.ts";
import { lineText } from "./view/line.ts";
import {
  type Action,
  type Effect,
  initialState,
  type ScreenState,
  type Setting,
} from "./state/state.ts";
import { pageLength } from "./view/page_lines.ts";

export const SETTING: Setting = {
  view: viewOf({ ip: false, place: null }, undefined, "terminal"),
  sources: ["eth0"],
  live: true,
  keepsView: false,
  metrics: "http://127.0.0.1:8001/metrics",
  startedAt: 1_700_000_000_000,
};

/** Presses keys and sees snapshots; keeps the effects that were asked for. */
export class FakeUser {
  readonly effects: Effect[] = [];
  readonly #controller: Controller;
  #now = SETTING.startedAt;

  constructor(setting: Partial<Setting> = {}, columns = 100, rows = 24) {
    const state = initialState({ ...SETTING, ...setting }, { columns, rows });
    this.#controller = new Controller(state, (effect) => this.effects.push(effect), pageLength);
  }

  get state(): ScreenState {
    return this.#controller.state;
  }

  /** Names of keys: "j", "enter", " ". */
  press(...keys: string[]): this {
    for (const key of keys) this.#controller.key(key);
    return this;
  }

  type(text: string): this {
    return this.press(...text);
  }

  /** A click into a cell of the screen, counted from 0. */
  click(column: number, line: number): this {
    this.#controller.mouse({ type: "click", column, line });
    return this;
  }

  wheel(direction: "up" | "down"): this {
    this.#controller.mouse({ type: `wheel-${direction}`, column: 0, line: 0 });
    return this;
  }

  happens(action: Action): this {
    this.#controller.dispatch(action);
    return this;
  }

  /** Receives a snapshot of these hosts, a second after the previous one. */
  sees(hosts: readonly HostSnapshot[], given: Partial<Snapshot> = {}): this {
    this.#now += 1000;
    const snapshot = exampleSnapshot({ hosts, ...given });
    return this.happens({ type: "snapshot", snapshot, now: this.#now });
  }

  /** Names of the rows, from the top. */
  get names(): string[] {
    return this.state.rows.map(({ name }) => name);
  }

  get selected(): string | null {
    return this.state.rows[this.state.selectedRow]?.name ?? null;
  }

  get exported(): string[] {
    return this.state.rows.filter(({ exported }) => exported === "all").map(({ name }) => name);
  }

  /** The table on the screen, titles first. */
  get table(): string[] {
    return [titleLine(this.state), ...rowLines(this.state)].map(lineText);
  }
}

/** Hosts with these hits, all by HTTP. */
export function hostsWithHits(hits: Readonly<Record<string, number>>): HostSnapshot[] {
  return Object.entries(hits).map(([name, n]) => exampleHost(name, { hits: hitsBy({ http: n }) }));
}
