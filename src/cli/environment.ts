// Options from the environment: WEBSTAT_MAX_HOSTS stands for --max-hosts.

import { isNegated, type OptionDefinition, variableName } from "./option_definition.ts";
import { ANALYZE_OPTIONS, INTERFACES_OPTIONS, RUN_OPTIONS, SNIFF_OPTIONS } from "./options.ts";
import type { OptionSource } from "./resolve.ts";
import { parseBoolean, parseList } from "./values.ts";

/** `variable` reads an environment variable. An empty one counts as not set. */
export function environment(variable: (name: string) => string | undefined): OptionSource {
  return (option) => {
    const name = variableName(option);
    const text = variable(name);
    return text ? { name, texts: textsOf(option, name, text) } : null;
  };
}

function textsOf(option: OptionDefinition, name: string, text: string): readonly string[] {
  switch (option.kind.type) {
    case "list":
      return parseList(text);
    case "flag":
      // WEBSTAT_NO_PROMISCUOUS=1 says that `promiscuous` is false.
      return [String(parseBoolean(name, text) !== isNegated(option))];
    default:
      return [text];
  }
}

/** Read elsewhere: they are no options. */
const OTHER_VARIABLES = [
  "WEBSTAT_CAPTURE",
  "WEBSTAT_CRYPTO",
  "WEBSTAT_DROPPED_VARIABLES",
  "WEBSTAT_RESULTS_DESCRIPTOR",
];

/** Those of `names` that look like webstat's, but that nothing reads. */
export function unknownVariables(names: readonly string[]): string[] {
  const tables = [SNIFF_OPTIONS, ANALYZE_OPTIONS, RUN_OPTIONS, INTERFACES_OPTIONS];
  const options = tables.flatMap((table) => Object.values<OptionDefinition>(table));
  const known = new Set([...options.map(variableName), ...OTHER_VARIABLES]);
  return names.filter((name) => name.startsWith("WEBSTAT_") && !known.has(name)).sort();
}
