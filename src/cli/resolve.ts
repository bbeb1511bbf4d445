// The values of options: each is taken from the first source that has it, else it is the default.

import {
  isNegated,
  longName,
  type OptionDefinition,
  type OptionTable,
} from "./option_definition.ts";
import type { OptionKind } from "./kinds.ts";

/** An option as it was given. */
export interface Given {
  /** How: "--max-hosts" or "WEBSTAT_MAX_HOSTS", for messages. */
  readonly name: string;
  readonly texts: readonly string[];
}

/** A place where options can be given, such as the command line; null for those that are not. */
export type OptionSource = (option: OptionDefinition) => Given | null;

type ValueOf<Option> = Option extends { readonly kind: OptionKind<infer Value> }
  ? Option extends { readonly default: string } ? Value
  : Value extends boolean | readonly unknown[] ? Value
  : Value | null
  : never;

/** The values of a table's options. */
export type ValuesOf<Table> = { readonly [Key in keyof Table]: ValueOf<Table[Key]> };

export interface Resolved<Table> {
  readonly values: ValuesOf<Table>;
  /** How the option was given, or how it could be: for messages. */
  nameOf(key: keyof Table): string;
  /** The index of the source that has it; Infinity for a default. */
  sourceOf(key: keyof Table): number;
}

/** The first of `sources` that has an option decides. Throws UserError for a wrong value. */
export function resolveOptions<Table extends OptionTable>(
  table: Table,
  sources: readonly OptionSource[],
): Resolved<Table> {
  const values: Record<string, unknown> = {};
  const names = new Map<keyof Table, string>();
  const ranks = new Map<keyof Table, number>();
  for (const [key, option] of Object.entries(table)) {
    const all = sources.map((source) => source(option));
    const rank = all.findIndex((given) => given !== null);
    const given = all[rank];
    names.set(key, given?.name ?? longName(option));
    ranks.set(key, rank < 0 ? Infinity : rank);
    values[key] = given ? option.kind.parse(given.name, given.texts) : defaultOf(option);
  }
  return {
    values: values as ValuesOf<Table>,
    nameOf: (key) => names.get(key)!,
    sourceOf: (key) => ranks.get(key)!,
  };
}

function defaultOf(option: OptionDefinition): unknown {
  if (option.default !== undefined) return option.kind.parse(longName(option), [option.default]);
  if (option.kind.type === "flag") return isNegated(option);
  return option.kind.type === "list" ? [] : null;
}
