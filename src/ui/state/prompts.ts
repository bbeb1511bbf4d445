// Prompts: text input (filter, export) and yes/no questions.

import { UserError } from "../../errors.ts";
import { type Matcher, matcher } from "../../hosts/matcher.ts";
import { plural, printable } from "../../text.ts";
import { arrange } from "./arrange.ts";
import { complete } from "./completion.ts";
import { exportMatching, exportNumbers } from "./exporting.ts";
import { type HostFilter, hostFilter } from "./host_filter.ts";
import { notify } from "./notices.ts";
import { parseNumbers } from "./numbering.ts";
import type { Action, ScreenState } from "./state.ts";
import { characters } from "../../text_width.ts";

/** Characters; DNS names have at most 253. */
const MAX_TEXT = 256;

/** Opens a prompt. */
export function ask(state: ScreenState, what: (Action & { type: "ask" })["for"]): ScreenState {
  if (what !== "reset") {
    const text = what === "filter" ? state.table.filter?.text ?? "" : "";
    return { ...state, prompt: { kind: what, text, note: "" } };
  }
  if (state.capture.phase === "ended") {
    return notify(state, "The capture has ended: its counters cannot be reset", true);
  }
  const text = "Reset all counters, also those on /metrics?";
  return { ...state, prompt: { kind: "question", text, then: { type: "reset" } } };
}

export function type(state: ScreenState, typed: string): ScreenState {
  if (state.prompt === null || state.prompt.kind === "question") return state;
  return edited(state, (state.prompt.text + typed).slice(0, MAX_TEXT));
}

/**
 * Pasted text is typed into an open prompt; it never acts as keys. Controls, as newlines, are left
 * out.
 */
export function paste(state: ScreenState, pasted: string): ScreenState {
  // deno-lint-ignore no-control-regex -- those are what is left out
  return type(state, pasted.replaceAll(/[\x00-\x1f\x7f-\x9f]+/g, ""));
}

export function erase(state: ScreenState, what: "character" | "word" | "all"): ScreenState {
  if (state.prompt === null || state.prompt.kind === "question") return state;
  const { text } = state.prompt;
  if (what === "all") return edited(state, "");
  if (what === "word") return edited(state, text.replace(/\S*\s*$/, ""));
  return edited(state, characters(text).slice(0, -1).join(""));
}

/** While typing, a filter applies at once; other prompts show a note on what Enter would do. */
function edited(state: ScreenState, text: string): ScreenState {
  const { prompt } = state;
  if (prompt === null || prompt.kind === "question") return state;
  if (prompt.kind === "number") {
    const note = text === "" || parseNumbers(text) !== null ? "" : "numbers, such as 3 or 3,5-7";
    return { ...state, prompt: { ...prompt, text, note } };
  }
  if (prompt.kind === "filter") return filterTyped(state, text);
  const wanted = parse(text, parseMatcher);
  if (wanted instanceof UserError) return { ...state, prompt: { ...prompt, text, note: INVALID } };
  const matching = wanted === null ? 0 : state.snapshot?.hosts
    .filter(({ name }) => wanted.matches(name)).length ?? 0;
  const note = text === "" ? "" : plural(matching, "host");
  return { ...state, prompt: { ...prompt, text, note } };
}

const INVALID = "not a valid regular expression yet";

/** `note`: what may follow. */
function filterTyped(state: ScreenState, text: string, note = ""): ScreenState {
  const wanted = parse(text, hostFilter);
  if (wanted instanceof UserError) {
    return { ...state, prompt: { kind: "filter", text, note: INVALID } };
  }
  return filtered({ ...state, prompt: { kind: "filter", text, note } }, wanted);
}

/** Tab: completes the last word of the filter, and shows what it may become. */
export function completeFilter(state: ScreenState): ScreenState {
  const { prompt, snapshot, setting } = state;
  if (prompt?.kind !== "filter") return state;
  const facts = { snapshot, context: setting.view.context };
  const { text, candidates } = complete(prompt.text, snapshot?.hosts ?? [], facts);
  const note = candidates.length > 1 ? candidates.map(printable).join("  ") : "";
  return filterTyped(state, text.slice(0, MAX_TEXT), note);
}

function parse<Result>(text: string, read: (text: string) => Result): Result | UserError {
  try {
    return read(text);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

/** Null for an empty text, which matches everything. */
const parseMatcher = (text: string): Matcher | null =>
  text === "" || text === "~" ? null : matcher(text);

function filtered(state: ScreenState, filter: HostFilter | null): ScreenState {
  return arrange({ ...state, table: { ...state.table, filter, top: 0 } });
}

/** Enter: applies what was typed. update.ts handles the answers to questions. */
export function accept(state: ScreenState): ScreenState {
  const { prompt } = state;
  if (prompt === null || prompt.kind === "question") return state;
  const closed = { ...state, prompt: null };
  const text = prompt.text.trim();
  if (prompt.kind === "filter" || text === "") return closed;
  if (prompt.kind === "number") return exportNumbers(closed, text);
  const wanted = parse(text, parseMatcher);
  if (wanted instanceof UserError) return notify(closed, wanted.message, true);
  return wanted === null ? closed : exportMatching(closed, text);
}

/** Esc: closes the prompt; that of the filter clears the filter too. */
export function cancel(state: ScreenState): ScreenState {
  const closed = { ...state, prompt: null };
  return state.prompt?.kind === "filter" ? filtered(closed, null) : closed;
}
