// What the filter lets through: words that all have to hold, each a part of a host's name or ~regex, or a
// column with what it is to contain (process:node) or how large it is to be (errors>0).

import {
  addressValues,
  type ColumnContext,
  COLUMNS,
  type HostColumn,
} from "../../hosts/columns.ts";
import { matcher } from "../../hosts/matcher.ts";
import type { HostSnapshot, Snapshot } from "../../hosts/snapshot.ts";
import { labelOf, pairsOf, type ViewName } from "./grouping.ts";

/** What a filter may look up. */
export interface FilterFacts {
  readonly snapshot: Snapshot | null;
  readonly context: ColumnContext;
}

export interface HostFilter {
  /** As the user wrote it. */
  readonly text: string;
  matches(host: HostSnapshot, facts: FilterFacts): boolean;
}

type Test = HostFilter["matches"];

/** Columns of pairs: the view whose labels they have. */
const PAIR_COLUMNS: Readonly<Record<string, ViewName>> = {
  client: "client",
  process: "program",
  program: "program",
  container: "container",
  unit: "container",
};

/** Names that may be filtered by. */
export const FILTER_KEYS: readonly string[] = [
  ...new Set([...Object.keys(PAIR_COLUMNS), ...COLUMNS.map(({ key }) => key)]),
];

/** "errors>0", "ip:10.0." */
const TERM = /^([a-z_0-9]+)(:|>=|<=|>|<|=)(.*)$/i;

/** Null for an empty text, which lets all through. Throws a UserError if a regular expression is wrong. */
export function hostFilter(text: string): HostFilter | null {
  const tests = text.split(/\s+/).filter((word) => word !== "" && word !== "~").map(testOf);
  if (tests.length === 0) return null;
  return { text, matches: (host, facts) => tests.every((test) => test(host, facts)) };
}

function testOf(word: string): Test {
  const [, name = "", sign, wanted = ""] = TERM.exec(word) ?? [];
  const key = name.toLowerCase();
  // An IPv6 address has colons too.
  if (sign === undefined || !FILTER_KEYS.includes(key)) {
    const { matches } = matcher(word);
    return ({ name }) => matches(name);
  }
  if (sign === ":") return textTest(key, wanted.toLowerCase());
  return wanted === "" ? () => true : numberTest(key, sign, Number(wanted));
}

function textTest(key: string, wanted: string): Test {
  return (host, facts) =>
    valuesOf(key, host, facts).some((value) => value.toLowerCase().includes(wanted));
}

/** The texts of a column for a host. */
export function valuesOf(key: string, host: HostSnapshot, facts: FilterFacts): readonly string[] {
  const view = PAIR_COLUMNS[key];
  if (view !== undefined) return labelsByHost(view, facts.snapshot).get(host.name) ?? [];
  const column = COLUMNS.find((each) => each.key === key)!;
  if (column.of === "address") {
    // Without --ip, too.
    return key === "ip"
      ? host.addresses.map(({ ip }) => ip)
      : addressValues(column, host, facts.context);
  }
  const value = column.value(host, facts.context);
  return value === null ? [] : String(value).split(" ");
}

function numberTest(key: string, sign: string, wanted: number): Test {
  const column = COLUMNS.find((each): each is HostColumn => each.key === key && each.of === "host");
  const holds: (value: number) => boolean = {
    ">": (value: number) => value > wanted,
    "<": (value: number) => value < wanted,
    ">=": (value: number) => value >= wanted,
    "<=": (value: number) => value <= wanted,
    "=": (value: number) => value === wanted,
  }[sign]!;
  return (host, { context }) => {
    const value = column?.value(host, context) ?? null;
    return typeof value === "number" && holds(value);
  };
}

/** Made once for each snapshot. */
const cache = new WeakMap<Snapshot, Map<ViewName, Map<string, string[]>>>();
const NO_LABELS = new Map<string, string[]>();

/** The clients, programs or containers of each host. */
function labelsByHost(view: ViewName, snapshot: Snapshot | null): Map<string, string[]> {
  if (snapshot === null) return NO_LABELS;
  const known = cache.get(snapshot) ?? new Map<ViewName, Map<string, string[]>>();
  cache.set(snapshot, known);
  const made = known.get(view) ?? collect(view, snapshot);
  known.set(view, made);
  return made;
}

function collect(view: ViewName, snapshot: Snapshot): Map<string, string[]> {
  const labels = new Map<string, Set<string>>();
  const add = (host: string, label: string) => {
    const own = labels.get(host);
    if (own === undefined) labels.set(host, new Set([label]));
    else own.add(label);
  };
  for (const pair of pairsOf(view, snapshot) ?? []) add(pair.host, labelOf(view, pair));
  // A client that has a name is found by its address, too.
  if (view === "client") {
    for (const { host, key } of snapshot.clients?.pairs ?? []) {
      add(host, key);
    }
  }
  return new Map([...labels].map(([host, own]) => [host, [...own]]));
}
