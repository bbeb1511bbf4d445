// What is said of an option (options.ts), and its names: on the command line, in the environment, and
// in the configuration file.

import type { OptionKind } from "./kinds.ts";

export interface OptionDefinition {
  /** As the help shows it: "-i, --interface <name...>". "--no-x" switches x off. */
  readonly flags: string;
  /** At most 50 characters, so that no line of the help is broken in two. */
  readonly help: string;
  readonly kind: OptionKind<unknown>;
  /** As the user could give it. Without one the value is null, false, or an empty list. */
  readonly default?: string;
  /** The heading in the help. */
  readonly group: string;
  /** Whether the worker gets it, under the same key. */
  readonly worker?: true;
}

export type OptionTable = Readonly<Record<string, OptionDefinition>>;

/** A table of options under one heading of the help. */
export function group<
  const Table extends Readonly<Record<string, Omit<OptionDefinition, "group">>>,
>(
  heading: string,
  table: Table,
): { readonly [Key in keyof Table]: Table[Key] & { readonly group: string } } {
  const entries = Object.entries(table).map((
    [key, option],
  ) => [key, { ...option, group: heading }]);
  return Object.fromEntries(entries);
}

/** "-m, --max-hosts <n>" -> "--max-hosts". */
export function longName({ flags }: OptionDefinition): string {
  return /--[\w-]+/.exec(flags)![0];
}

/** "--max-hosts" -> "WEBSTAT_MAX_HOSTS". */
export function variableName(option: OptionDefinition): string {
  return `WEBSTAT_${longName(option).slice(2).replaceAll("-", "_").toUpperCase()}`;
}

/** "--max-hosts" -> "max-hosts", "--no-drop" -> "drop": its key in the configuration file. */
export function keyName(option: OptionDefinition): string {
  return longName(option).replace(/^--(?:no-)?/, "");
}

/** Whether giving it switches something off. */
export function isNegated(option: OptionDefinition): boolean {
  return longName(option).startsWith("--no-");
}
