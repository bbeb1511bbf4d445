// The reducer: from a state and an action to the next state, and to an effect that is to be
// performed.

import { exportsNothing } from "../../hosts/exports.ts";
import { arrange, layOutColumns, selectedRowOf } from "./arrange.ts";
import {
  changeExports,
  exportShown,
  toggleExport,
  undoExports,
  unexportShown,
} from "./exporting.ts";
import * as moving from "./moving.ts";
import { isCurrent, notify } from "./notices.ts";
import * as prompts from "./prompts.ts";
import { fileRates, liveRates } from "./rates.ts";
import type { Action, Effect, ScreenState } from "./state.ts";

export interface Transition {
  readonly state: ScreenState;
  readonly effect: Effect | null;
}

/** Applies the action of a key; a key also removes the notice. */
export function press(state: ScreenState, action: Action): Transition {
  return update(state.notice === null ? state : { ...state, notice: null }, action);
}

export function update(state: ScreenState, action: Action): Transition {
  // Each handler takes the action of its key, which TypeScript cannot see here.
  const transition = (TRANSITIONS as Table<Transition>)[action.type];
  if (transition !== undefined) return transition(state, action);
  return only((CHANGES as Table<ScreenState>)[action.type]!(state, action));
}

type Table<Result> = Readonly<
  Partial<Record<string, (state: ScreenState, action: Action) => Result>>
>;

const only = (state: ScreenState): Transition => ({ state, effect: null });

type Handlers<Type extends Action["type"], Result> = {
  readonly [Key in Type]: (
    state: ScreenState,
    action: Extract<Action, { readonly type: Key }>,
  ) => Result;
};

type ChangeType = Exclude<Action["type"], keyof typeof TRANSITIONS>;

/** Actions that may have an effect. */
const TRANSITIONS = {
  open: moving.open,
  group: (state) =>
    state.domainOf === null
      ? { state, effect: { type: "load-domains" } }
      : only(moving.toggleDomains(state)),
  "next-view": (state) =>
    state.domainOf === null && moving.nextView(state) === "domain"
      ? { state, effect: { type: "load-domains" } }
      : only(moving.showNextView(state)),
  pause: (state) => ({
    state: { ...state, paused: !state.paused },
    effect: state.paused ? { type: "refresh" } : null,
  }),
  accept,
  reset: (state) => ({ state: { ...state, rates: null }, effect: { type: "reset" } }),
  copy: copyName,
  leave,
  write: (state) => ({ state, effect: { type: "write" } }),
  suspend: (state) => ({ state, effect: { type: "suspend" } }),
  quit: (state) => ({ state, effect: { type: "quit" } }),
} as const satisfies Partial<Handlers<Action["type"], Transition>>;

/** Actions that only change the state. */
const CHANGES: Handlers<ChangeType, ScreenState> = {
  // Navigation.
  move: (state, { by }) => moving.move(state, by),
  page: (state, { by }) => moving.turnPage(state, by),
  first: moving.goFirst,
  last: moving.goLast,
  select: (state, { row }) => moving.select(state, row),
  back: moving.goBack,
  escape: (state) => state.prompt === null ? moving.escape(state) : prompts.cancel(state),
  help: moving.toggleHelp,

  // The table.
  sort: (state, { by }) => moving.sortByNext(state, by),
  "sort-by": (state, { column }) => moving.sortBy(state, column),
  reverse: (state) => moving.sortBy(state, state.table.sort),
  "hide-column": moving.hideColumn,
  "show-columns": (state) => moving.inTable(state, { hiddenColumns: new Set() }),
  "toggle-dns-only": (state) => moving.inTable(state, { hidesDnsOnly: !state.table.hidesDnsOnly }),
  domains: (state, { domainOf }) => moving.toggleDomains({ ...state, domainOf }),

  // Exports.
  "toggle-export": toggleExport,
  "export-shown": exportShown,
  "unexport-shown": unexportShown,
  "undo-exports": undoExports,
  "set-exports": (state, { exports }) => changeExports(state, exports),

  // Prompts.
  ask: (state, action) => prompts.ask(state, action.for),
  type: (state, { text }) => prompts.type(state, text),
  paste: (state, { text }) => prompts.paste(state, text),
  complete: prompts.completeFilter,
  erase: (state, { what }) => prompts.erase(state, what),

  // Events of the terminal and of the capture.
  resized: (state, { size }) => layOutColumns({ ...state, size }),
  snapshot: counted,
  progress: progressed,
  ended: (state, { failure }) => ended(state, failure),
  // The answer may be late: meanwhile the page of another host is open.
  inspected: (state, { inspection }) =>
    inspection?.host === state.host ? { ...state, inspection } : state,
  notice: (state, { text, bad, now }) => notify({ ...state, now }, text, bad),
};

/** Copies the name of the open host, else of the selected row. */
function copyName(state: ScreenState): Transition {
  const name = state.host ?? selectedRowOf(state)?.name ?? null;
  if (name === null) return only(state);
  const text = `Copied ${name}, if the terminal allows it (OSC 52)`;
  return { state: notify(state, text, false), effect: { type: "copy", text: name } };
}

/** Asks first if exports would be lost. */
function leave(state: ScreenState): Transition {
  const { setting, exports, exportsBefore } = state;
  const loses = !setting.keepsView && exportsBefore.length > 0 && !exportsNothing(exports);
  if (!loses) return { state, effect: { type: "quit" } };
  const text = "Quit? The choice of exported hosts cannot be kept.";
  return only({ ...state, prompt: { kind: "question", text, then: { type: "quit" } } });
}

function accept(state: ScreenState): Transition {
  const { prompt } = state;
  if (prompt?.kind !== "question") return only(prompts.accept(state));
  return update({ ...state, prompt: null }, prompt.then);
}

function counted(
  state: ScreenState,
  { snapshot, now }: Action & { type: "snapshot" },
): ScreenState {
  if (state.paused) return state;
  const rates = state.setting.live
    ? liveRates(state.rates, snapshot, now, snapshot === state.snapshot)
    : fileRates(snapshot, now);
  const notice = state.notice !== null && isCurrent(state.notice, now) ? state.notice : null;
  const next = { ...state, snapshot, rates, now, notice };
  // Neither the counters nor the rates have changed.
  if (snapshot === state.snapshot && rates.hosts === state.rates?.hosts) return next;
  return arrange(next);
}

/** A failure is shown until a key is pressed. */
function ended(state: ScreenState, failure: string | null): ScreenState {
  const notice = failure === null ? state.notice : { text: failure, bad: true, until: Infinity };
  return { ...state, capture: { phase: "ended", failure }, notice };
}

function progressed(
  state: ScreenState,
  { done, packets }: Action & { type: "progress" },
): ScreenState {
  if (state.capture.phase === "ended") return state;
  return { ...state, capture: { phase: "running", done, packets } };
}
