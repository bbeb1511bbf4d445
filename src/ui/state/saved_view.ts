// What is kept of the state from one start to the next: the exports, the sorting, the columns and
// the view. As text it is JSON; the file may hold anything, so all of it is checked when it is
// read.

import { UserError } from "../../errors.ts";
import type { DomainOf } from "../../hosts/exports.ts";
import { type Matcher, matcher } from "../../hosts/matcher.ts";
import { arrange } from "./arrange.ts";
import { type ViewName, VIEWS } from "./grouping.ts";
import type { ScreenState } from "./state.ts";

export interface SavedView {
  readonly hosts: readonly string[];
  readonly domains: readonly string[];
  readonly patterns: readonly Matcher[];
  readonly exceptions: readonly string[];
  readonly sort: string;
  readonly descending: boolean;
  readonly view: ViewName;
  readonly hidesDnsOnly: boolean;
  readonly hiddenColumns: readonly string[];
}

/** Of the format, so that later versions can change it. */
const VERSION = 1;

/** `given`: patterns of --export, which hold for one start only. */
export function savedText({ exports, table }: ScreenState, given: readonly Matcher[]): string {
  const isGiven = (pattern: Matcher) => given.some(({ text }) => text === pattern.text);
  const saved = {
    version: VERSION,
    hosts: [...exports.hosts],
    domains: [...exports.domains],
    patterns: exports.patterns.filter((pattern) => !isGiven(pattern)).map(({ text }) => text),
    exceptions: [...exports.exceptions],
    sort: table.sort,
    descending: table.descending,
    view: table.view,
    hidesDnsOnly: table.hidesDnsOnly,
    hiddenColumns: [...table.hiddenColumns],
  };
  return `${JSON.stringify(saved, null, 2)}\n`;
}

/** Null if `text` is not what savedText wrote. */
export function parseSavedView(text: string): SavedView | null {
  const saved = withView(parseJson(text));
  if (!isSaved(saved)) return null;
  return { ...saved, patterns: saved.patterns.flatMap(parsePattern) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Before there were more views than two, a file said which in another way. */
function withView(saved: unknown): unknown {
  if (typeof saved !== "object" || saved === null || !("grouped" in saved)) return saved;
  return { view: saved.grouped === true ? "domain" : "host", ...saved };
}

/** As it is in the file. */
type Saved = Omit<SavedView, "patterns"> & { readonly patterns: readonly string[] };

function isSaved(value: unknown): value is Saved {
  if (typeof value !== "object" || value === null) return false;
  const { version, sort, descending, view, hidesDnsOnly, ...lists } = value as
    & Record<keyof Saved, unknown>
    & { version: unknown };
  const { hosts, domains, patterns, exceptions, hiddenColumns } = lists;
  return version === VERSION && typeof sort === "string" &&
    VIEWS.some((each) => each === view) &&
    [descending, hidesDnsOnly].every((flag) => typeof flag === "boolean") &&
    [hosts, domains, patterns, exceptions, hiddenColumns].every(isTexts);
}

const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === "string");

function parsePattern(text: string): Matcher[] {
  try {
    return text === "" ? [] : [matcher(text)];
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

/** Whether `restoreView` needs `domainOf`, which is loaded only if needed. */
export function needsDomains({ view, domains }: SavedView): boolean {
  return view === "domain" || domains.length > 0;
}

/**
 * A new state with what was saved; what is exported already stays exported. `views`: those that there is
 * something to show in.
 */
export function restoreView(
  state: ScreenState,
  saved: SavedView,
  domainOf: DomainOf | null,
  views: readonly ViewName[] = VIEWS,
): ScreenState {
  const { exports, table, columns } = state;
  const isShown = views.includes(saved.view) && (saved.view !== "domain" || domainOf !== null);
  const given = new Set(exports.patterns.map(({ text }) => text));
  const isColumn = (key: string) => columns.some((column) => column.key === key);
  const { sort, descending } = isColumn(saved.sort) ? saved : table;
  return arrange({
    ...state,
    domainOf,
    exports: {
      hosts: new Set([...exports.hosts, ...saved.hosts]),
      domains: domainOf === null ? exports.domains : new Set(saved.domains),
      patterns: [...exports.patterns, ...saved.patterns.filter(({ text }) => !given.has(text))],
      exceptions: new Set(saved.exceptions),
      domainOf,
    },
    table: {
      ...table,
      sort,
      descending,
      view: isShown ? saved.view : "host",
      hidesDnsOnly: saved.hidesDnsOnly,
      hiddenColumns: new Set(saved.hiddenColumns),
    },
  });
}
