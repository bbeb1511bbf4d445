// `webstat config check` and `webstat config show`.

import { UserError } from "../errors.ts";
import { printable } from "../text.ts";
import { analyzeConfig, sniffConfig } from "./config.ts";
import type { Io } from "./io.ts";
import {
  isNegated,
  keyName,
  type OptionDefinition,
  type OptionTable,
} from "./option_definition.ts";
import {
  ANALYZE_OPTIONS,
  COMMAND_OPTIONS,
  CONFIGURED_COMMANDS,
  type ConfiguredCommand,
  RUN_OPTIONS,
  SNIFF_OPTIONS,
} from "./options.ts";
import type { OptionSource } from "./resolve.ts";
import { runConfig } from "./run_config.ts";
import { configurationFile, resolveChecked, sourcesOf } from "./settings.ts";

/** Prints to standard output. Throws UserError if the configuration is wrong. */
export async function configure(
  action: string,
  command: string | undefined,
  typed: OptionSource,
  io: Io,
): Promise<void> {
  const named = CONFIGURED_COMMANDS.find((each) => each === command) ?? "sniff";
  await io.stdout.write(action === "check" ? await check(typed, io) : await show(named, typed, io));
}

async function check(typed: OptionSource, io: Io): Promise<string> {
  const file = await configurationFile([typed], io);
  if (file === null) {
    throw new UserError(`There is no ${io.configFile}: name a file with --config`, { usage: true });
  }
  sniffConfig(await resolveChecked(SNIFF_OPTIONS, [file.sourceFor("sniff")]), io);
  analyzeConfig(await resolveChecked(ANALYZE_OPTIONS, [file.sourceFor("analyze")]), io);
  runConfig(await resolveChecked(RUN_OPTIONS, [file.sourceFor("run")]), [], io);
  return `${printable(file.path)} is right\n`;
}

/** The options as a configuration file would have them, each with where it was given. */
async function show(command: ConfiguredCommand, typed: OptionSource, io: Io): Promise<string> {
  const table: OptionTable = COMMAND_OPTIONS[command];
  const sources = await sourcesOf(command, typed, io);
  // A wrong value is told as the command itself would tell it.
  await resolveChecked(table, sources);
  const lines = Object.values(table).map((option) => lineOf(option, sources));
  const width = Math.max(...lines.map(({ text }) => text.length));
  // What stands at the top of a file is for the other commands.
  const [head, indent] = command === "run" ? ["run:\n", "  "] : ["", ""];
  return head +
    lines.map(({ text, from }) => `${indent}${text.padEnd(width)}  # ${from}\n`).join("");
}

function lineOf(option: OptionDefinition, sources: readonly OptionSource[]) {
  const given = sources.map((source) => source(option)).find((each) => each !== null);
  const texts = given?.texts ?? (option.default === undefined ? [] : [option.default]);
  return {
    text: `${keyName(option)}: ${valueOf(option, texts)}`,
    from: given === undefined ? "default" : printable(given.name),
  };
}

function valueOf(option: OptionDefinition, texts: readonly string[]): string {
  const { kind } = option;
  if (kind.type === "list") return JSON.stringify(texts);
  const text = texts.at(-1);
  if (kind.type === "flag") {
    return String(text === undefined ? isNegated(option) : kind.parse(keyName(option), [text]));
  }
  if (text === undefined) return "null";
  return /^[\w.:/-]+$/.test(text) ? text : JSON.stringify(text);
}
