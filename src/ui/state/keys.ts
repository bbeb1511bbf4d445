// The keys: what each does, and its texts for the help ("?") and for the last line of the screen.

import type { Action, ScreenState } from "./state.ts";

export interface Binding {
  /** The keys as the help shows them. */
  readonly label: string;
  readonly help: string;
  /** Text on the last line of the screen; without it the key is not shown there. */
  readonly hint?: string;
  /** By the key names of input.ts. */
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
const LEAVE: Action = { type: "leave" };
const QUIT: Action = { type: "quit" };

const MOVING: readonly Binding[] = [
  {
    label: "↑ ↓ k j",
    help: "move; mouse: a click selects, another opens, titles sort",
    keys: { up: UP, k: UP, down: DOWN, j: DOWN },
  },
  {
    label: "PgUp PgDn g G",
    help: "one screen up or down; first, last; Home and End too",
    keys: {
      ...{ pageup: PAGE_UP, "ctrl+b": PAGE_UP, pagedown: PAGE_DOWN, "ctrl+f": PAGE_DOWN },
      ...{ g: FIRST, home: FIRST, G: LAST, end: LAST },
    },
  },
];

const LEAVING: readonly Binding[] = [
  { label: "?", help: "this help", hint: "help", keys: { "?": HELP } },
  {
    label: "q Ctrl-C",
    help: "quit; Ctrl-Z suspends, fg resumes",
    hint: "quit",
    keys: { q: LEAVE, "ctrl+c": QUIT },
  },
];

/** Keys of the table, in the order of the help and of the hints on the last line. */
export const TABLE_KEYS: readonly Binding[] = [
  {
    label: "Space",
    help: "export the selected row to /metrics (toggle)",
    hint: "export",
    keys: { " ": { type: "toggle-export" } },
  },
  {
    label: "e i",
    help: "export by text or ~regex, also future hosts; by number: 3,5-7",
    hint: "by text",
    keys: { e: { type: "ask", for: "export" }, i: { type: "ask", for: "number" } },
  },
  {
    label: "a x u",
    help: "export all rows shown; stop exporting them; undo",
    keys: {
      a: { type: "export-shown" },
      x: { type: "unexport-shown" },
      u: { type: "undo-exports" },
    },
  },
  {
    label: "w y",
    help: "write the exported hosts to the extraction file; copy the name",
    keys: { w: { type: "write" }, y: { type: "copy" } },
  },
  {
    label: "/ n",
    help: "filter: text, ~regex, client:text, errors>0; hide DNS-only hosts",
    hint: "filter",
    keys: { "/": { type: "ask", for: "filter" }, n: { type: "toggle-dns-only" } },
  },
  {
    label: "s S",
    help: "sort by the next column; reverse the order; < and > too",
    hint: "sort",
    keys: {
      s: { type: "sort", by: 1 },
      ">": { type: "sort", by: 1 },
      "<": { type: "sort", by: -1 },
      S: { type: "reverse" },
    },
  },
  {
    label: "c C",
    help: "hide the column that rows are sorted by; show all columns",
    keys: { c: { type: "hide-column" }, C: { type: "show-columns" } },
  },
  {
    label: "v d",
    help: "next view (clients, programs, ...); by main domain (toggle)",
    hint: "view",
    keys: { v: { type: "next-view" }, d: { type: "group" } },
  },
  {
    label: "Enter →",
    help: "open the selected host, or the hosts of the row",
    hint: "open",
    keys: { enter: OPEN, right: OPEN, l: OPEN },
  },
  {
    label: "Esc ←",
    help: "back; Esc also clears the filter",
    keys: { escape: { type: "escape" }, left: BACK, h: BACK, backspace: BACK },
  },
  {
    label: "p r",
    help: "pause the screen; reset the counters (asks first)",
    keys: { p: { type: "pause" }, r: { type: "ask", for: "reset" } },
  },
  ...MOVING,
  ...LEAVING,
];

const PAGE_KEYS: readonly Binding[] = [
  {
    label: "Esc ←",
    help: "back",
    hint: "back",
    keys: { escape: { type: "escape" }, left: BACK, h: BACK, backspace: BACK },
  },
  {
    label: "Space",
    help: "export this host to /metrics (toggle)",
    hint: "export",
    keys: { " ": { type: "toggle-export" } },
  },
  { label: "y", help: "copy the name", hint: "copy", keys: { y: { type: "copy" } } },
  {
    label: "p",
    help: "pause the screen, or resume",
    hint: "pause",
    keys: { p: { type: "pause" } },
  },
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

/** The keys that work on what is open now. */
export function bindingsOf({ page }: ScreenState): readonly Binding[] {
  if (page === null) return TABLE_KEYS;
  return page.kind === "host" ? PAGE_KEYS : HELP_KEYS;
}

/** What a key does now; null if nothing. */
export function actionOf(state: ScreenState, key: string): Action | null {
  if (key === "ctrl+c") return QUIT;
  if (key === "ctrl+z") return { type: "suspend" };
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
    case "tab":
      return { type: "complete" };
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

/** Key names such as "up" and "ctrl+]" are longer than a typed character. */
const isName = (key: string): boolean => /^(?:ctrl\+|[a-z]{2,}$)/.test(key);
