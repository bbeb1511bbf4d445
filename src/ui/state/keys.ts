// The keys, in one table: what they do, and what "?" and the last line of the screen say of them.

import type { Action, ScreenState } from "./state.ts";

export interface Binding {
  /** As the help shows them. */
  readonly label: string;
  readonly help: string;
  /** For the last line of the screen; not there where not given. */
  readonly hint?: string;
  /** By the names of input.ts. */
  readonly keys: Readonly<Record<string, Action>>;
}

const UP: Action = { type: "move", by: -1 };
const DOWN: Action = { type: "move", by: 1 };
const PAGE_UP: Action = { type: "page", by: -1 };
const PAGE_DOWN: Action = { type: "page", by: 1 };
const FIRST: Action = { type: "first" };
const LAST: Action = { type: "last" };
const OPEN: Action = { type: "open" };
const BACK: Action = { type: "back" };
const HELP: Action = { type: "help" };
const QUIT: Action = { type: "quit" };

const MOVING: readonly Binding[] = [
  {
    label: "↑ ↓ k j",
    help: "move; so does the mouse wheel",
    keys: { up: UP, k: UP, down: DOWN, j: DOWN },
  },
  {
    label: "PgUp PgDn",
    help: "a screen up or down",
    keys: { pageup: PAGE_UP, "ctrl+b": PAGE_UP, pagedown: PAGE_DOWN, "ctrl+f": PAGE_DOWN },
  },
  {
    label: "g G",
    help: "first, last; Home and End",
    keys: { g: FIRST, home: FIRST, G: LAST, end: LAST },
  },
];

const LEAVING: readonly Binding[] = [
  { label: "?", help: "these keys", hint: "keys", keys: { "?": HELP } },
  { label: "q Ctrl-C", help: "leave webstat", hint: "quit", keys: { q: QUIT, "ctrl+c": QUIT } },
];

/** In the order in which the help tells them; the hints stand in the same order. */
export const TABLE_KEYS: readonly Binding[] = [
  {
    label: "Space",
    help: "export the selected host or domain to /metrics, or no longer",
    hint: "export",
    keys: { " ": { type: "toggle-export" } },
  },
  {
    label: "e",
    help: "export every host that contains a text, or that ~regex matches; new ones too",
    hint: "by text",
    keys: { e: { type: "ask", for: "export" } },
  },
  {
    label: "i",
    help: "export by number: 3 or 3,5-7",
    keys: { i: { type: "ask", for: "number" } },
  },
  { label: "a", help: "export all that is shown", keys: { a: { type: "export-shown" } } },
  { label: "x", help: "export nothing any more", keys: { x: { type: "clear-exports" } } },
  {
    label: "w",
    help: "write what is exported to the extraction file",
    keys: { w: { type: "write" } },
  },
  {
    label: "/",
    help: "show only hosts that contain a text, or that ~regex matches",
    hint: "filter",
    keys: { "/": { type: "ask", for: "filter" } },
  },
  {
    label: "s S",
    help: "sort by the next column, in the other direction; < and > too",
    hint: "sort",
    keys: {
      s: { type: "sort", by: 1 },
      ">": { type: "sort", by: 1 },
      "<": { type: "sort", by: -1 },
      S: { type: "reverse" },
    },
  },
  {
    label: "d",
    help: "main domains, or hosts",
    hint: "domains",
    keys: { d: { type: "group" } },
  },
  {
    label: "Enter →",
    help: "look into a host; open a domain",
    hint: "look",
    keys: { enter: OPEN, right: OPEN, l: OPEN },
  },
  {
    label: "Esc ←",
    help: "back; Esc also takes the filter away",
    keys: { escape: { type: "escape" }, left: BACK, h: BACK, backspace: BACK },
  },
  { label: "p", help: "hold the picture, or go on", keys: { p: { type: "pause" } } },
  {
    label: "r",
    help: "count everything anew, after a question",
    keys: { r: { type: "ask", for: "reset" } },
  },
  ...MOVING,
  ...LEAVING,
];

export const PAGE_KEYS: readonly Binding[] = [
  {
    label: "Esc ←",
    help: "back",
    hint: "back",
    keys: { escape: { type: "escape" }, left: BACK, h: BACK, backspace: BACK },
  },
  {
    label: "Space",
    help: "export this host, or no longer",
    hint: "export",
    keys: { " ": { type: "toggle-export" } },
  },
  { label: "p", help: "hold the picture, or go on", hint: "pause", keys: { p: { type: "pause" } } },
  ...MOVING,
  ...LEAVING,
];

const HELP_KEYS: readonly Binding[] = [
  {
    label: "Esc",
    help: "back",
    hint: "back",
    keys: { escape: HELP, left: HELP, enter: HELP, backspace: HELP },
  },
  ...MOVING,
  ...LEAVING,
];

/** The keys that mean something now. */
export function bindingsOf({ page }: ScreenState): readonly Binding[] {
  if (page === null) return TABLE_KEYS;
  return page.kind === "host" ? PAGE_KEYS : HELP_KEYS;
}

/** What a key means now; null for nothing. */
export function actionOf(state: ScreenState, key: string): Action | null {
  if (key === "ctrl+c") return QUIT;
  if (state.prompt?.kind === "question") return answer(key);
  if (state.prompt !== null) return editing(key);
  return bindingsOf(state).find(({ keys }) => Object.hasOwn(keys, key))?.keys[key] ?? null;
}

function answer(key: string): Action | null {
  if (key === "y" || key === "Y" || key === "enter") return { type: "accept" };
  return { type: "escape" };
}

function editing(key: string): Action | null {
  switch (key) {
    case "enter":
      return { type: "accept" };
    case "escape":
      return { type: "escape" };
    case "backspace":
    case "delete":
      return { type: "erase", what: "character" };
    case "ctrl+w":
      return { type: "erase", what: "word" };
    case "ctrl+u":
      return { type: "erase", what: "all" };
    default:
      return isName(key) ? null : { type: "type", text: key };
  }
}

/** Names of keys are longer than what can be typed: "up", "ctrl+x". */
const isName = (key: string): boolean => /^[a-z+]{2,}$/.test(key);
