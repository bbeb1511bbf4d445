// The reducer: from a state and an action to the next state, and to an effect that is to be performed.

import { exportsNothing } from "../../hosts/exports.ts";
import { arrange, layOutColumns } from "./arrange.ts";
import {
  changeExports,
  exportShown,
  toggleExport,
  undoExports,
  unexportShown,
} from "./exporting.ts";
import * as moving from "./moving.ts";
import { notify } from "./notices.ts";
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
  switch (action.type) {
    case "open":
      return moving.open(state);
    case "group":
      if (state.domainOf === null) return { state, effect: { type: "load-domains" } };
      return only(moving.toggleGroups(state));
    case "domains":
      return only(moving.toggleGroups({ ...state, domainOf: action.domainOf }));
    case "pause":
      return {
        state: { ...state, paused: !state.paused },
        effect: state.paused ? { type: "refresh" } : null,
      };
    case "accept":
      return accept(state);
    case "reset":
      return { state: { ...state, rates: null }, effect: { type: "reset" } };
    case "leave":
      return leave(state);
    case "write":
    case "suspend":
    case "quit":
      return { state, effect: { type: action.type } };
    case "snapshot":
      return only(counted(state, action));
    default:
      return only(next(state, action));
  }
}

/** Asks first if exports would be lost. */
function leave(state: ScreenState): Transition {
  const { setting, exports, exportsBefore } = state;
  const loses = !setting.keepsView && exportsBefore.length > 0 && !exportsNothing(exports);
  if (!loses) return { state, effect: { type: "quit" } };
  const text = "Quit? The choice of exported hosts cannot be kept.";
  return only({ ...state, prompt: { kind: "question", text, then: { type: "quit" } } });
}

const only = (state: ScreenState): Transition => ({ state, effect: null });

/** Actions without an effect. */
type InnerAction = Exclude<Action, { readonly type: OuterType }>;

type OuterType =
  | (
    | "open"
    | "group"
    | "domains"
    | "pause"
    | "accept"
    | "reset"
    | "write"
    | "leave"
    | "quit"
    | "suspend"
  )
  | "snapshot";

function next(state: ScreenState, action: InnerAction): ScreenState {
  switch (action.type) {
    case "move":
      return moving.move(state, action.by);
    case "page":
      return moving.turnPage(state, action.by);
    case "first":
      return moving.goFirst(state);
    case "last":
      return moving.goLast(state);
    case "back":
      return moving.goBack(state);
    case "escape":
      return state.prompt === null ? moving.escape(state) : prompts.cancel(state);
    case "help":
      return moving.toggleHelp(state);
    case "sort":
      return moving.sortByNext(state, action.by);
    case "select":
      return moving.select(state, action.row);
    case "sort-by":
      return moving.sortBy(state, action.column);
    case "reverse":
      return moving.sortBy(state, state.table.sort);
    case "hide-column":
      return moving.hideColumn(state);
    case "show-columns":
      return moving.inTable(state, { hiddenColumns: new Set() });
    case "toggle-dns-only":
      return moving.inTable(state, { hidesDnsOnly: !state.table.hidesDnsOnly });
    case "toggle-export":
      return toggleExport(state);
    case "export-shown":
      return exportShown(state);
    case "unexport-shown":
      return unexportShown(state);
    case "undo-exports":
      return undoExports(state);
    case "set-exports":
      return changeExports(state, action.exports);
    case "ask":
      return prompts.ask(state, action.for);
    case "type":
      return prompts.type(state, action.text);
    case "paste":
      return prompts.paste(state, action.text);
    case "erase":
      return prompts.erase(state, action.what);
    case "resized":
      return layOutColumns({ ...state, size: action.size });
    case "progress":
      return progressed(state, action);
    case "ended":
      return ended(state, action.failure);
    case "inspected":
      // The answer may be late: meanwhile the page of another host is open.
      if (action.inspection?.host !== state.host) return state;
      return { ...state, inspection: action.inspection };
    case "notice":
      return notify({ ...state, now: action.now }, action.text, action.bad);
  }
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
  const notice = state.notice !== null && state.notice.until > now ? state.notice : null;
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
