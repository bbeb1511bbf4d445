// The command line as data, for the manual and for completions: what commander and options.ts say of it.

import { createProgram } from "../src/cli/args.ts";
import { type OptionDefinition, type OptionTable } from "../src/cli/option_definition.ts";
import {
  ANALYZE_OPTIONS,
  CONFIG_OPTIONS,
  INTERFACES_OPTIONS,
  RUN_OPTIONS,
  SNIFF_OPTIONS,
} from "../src/cli/options.ts";

export interface CommandLine {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  /** What follows its name: "[options] <command...>". */
  readonly usage: string;
  readonly options: readonly OptionDefinition[];
  /** What stands below the options: notes, then examples. */
  readonly notes: string;
}

const TABLES: Readonly<Record<string, OptionTable>> = {
  sniff: SNIFF_OPTIONS,
  analyze: ANALYZE_OPTIONS,
  run: RUN_OPTIONS,
  interfaces: INTERFACES_OPTIONS,
  doctor: INTERFACES_OPTIONS,
  config: CONFIG_OPTIONS,
};

const nothing = () => Promise.resolve();

/** Every command but help. */
export function commandLines(): CommandLine[] {
  const program = createProgram(
    new Proxy({}, { get: () => nothing }) as Parameters<typeof createProgram>[0],
  );
  return program.commands.map((command) => {
    let notes = "";
    command.configureOutput({ writeOut: (text) => notes += text, getOutHelpWidth: () => 80 });
    const before = command.helpInformation().length;
    command.outputHelp();
    return {
      name: command.name(),
      summary: command.summary(),
      description: command.description(),
      usage: command.usage(),
      options: Object.values(TABLES[command.name()]!),
      notes: notes.slice(before).trim(),
    };
  });
}

/** "-m, --max-hosts <n>" -> ["-m", "--max-hosts"]. */
export const namesOf = ({ flags }: OptionDefinition): string[] =>
  flags.match(/(?<=^|, )--?[\w-]+/g)!;

/** "-m, --max-hosts <n>" -> "<n>"; "" for switches. */
export const argumentOf = ({ flags }: OptionDefinition): string => /[<[].*$/.exec(flags)?.[0] ?? "";
