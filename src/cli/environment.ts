// Options from the environment: WEBSTAT_MAX_HOSTS stands for --max-hosts where that is not given.

import type { ParsedCommand } from "./args.ts";
import { parseBoolean, parseList } from "./values.ts";

/** How the user gave an option: "--max-hosts" or "WEBSTAT_MAX_HOSTS", for messages. */
export type OptionNames = (key: string) => string;

export interface MergedFlags<Flags> {
  readonly flags: Flags;
  readonly nameOf: OptionNames;
  /** Whether an option comes from the environment. */
  fromEnvironment(key: string): boolean;
}

/** The flags of a command, and from the environment those that were not given. Throws UserError. */
export function withEnvironment<Flags extends object>(
  flags: Flags,
  command: ParsedCommand,
  env: (name: string) => string | undefined,
): MergedFlags<Flags> {
  const merged: Record<string, unknown> = Object.fromEntries(Object.entries(flags));
  const variables = new Map<string, string>();
  for (const option of command.options) {
    const key = option.attributeName();
    const variable = variableOf(option.long ?? "");
    const text = env(variable);
    if (text === undefined || text === "" || command.getOptionValueSource(key) === "cli") continue;
    variables.set(key, variable);
    if (option.variadic) merged[key] = parseList(text);
    else if (option.required) merged[key] = text;
    else merged[key] = parseBoolean(variable, text) !== option.negate;
  }
  const longs = new Map(command.options.map((each) => [each.attributeName(), each.long ?? ""]));
  return {
    flags: merged as Flags,
    nameOf: (key) => variables.get(key) ?? longs.get(key) ?? key,
    fromEnvironment: (key) => variables.has(key),
  };
}

/** "--max-hosts" -> "WEBSTAT_MAX_HOSTS". */
function variableOf(long: string): string {
  return "WEBSTAT_" + long.replace(/^--/, "").replaceAll("-", "_").toUpperCase();
}
