// What is said of a wrong command line: one line that tells what to type.

import type { CommanderError } from "commander";
import { longName, type OptionDefinition, type OptionTable } from "./option_definition.ts";
import { ANALYZE_OPTIONS, RUN_OPTIONS, SNIFF_OPTIONS } from "./options.ts";

const TABLES: Readonly<Record<string, OptionTable>> = {
  sniff: SNIFF_OPTIONS,
  analyze: ANALYZE_OPTIONS,
  run: RUN_OPTIONS,
};

/** What is missing behind the name of a command. */
const MISSING_ARGUMENTS: Readonly<Record<string, string>> = {
  run: "run needs a command: webstat run -- npm install",
  config: "config needs a word: webstat config check, or webstat config show",
};

/** `args`: as typed, with the command in front. `commands`: the names of all. */
export function usageMessage(
  error: CommanderError,
  args: readonly string[],
  commands: readonly string[],
): string {
  const text = oneLine(error.message);
  const command = commands.find((each) => each === args[0]);
  switch (error.code) {
    case "commander.unknownCommand":
      return `${likeliest(text)}${
        text.includes("Did you mean") ? "" : `: there are ${words(commands)}`
      }`;
    case "commander.excessArguments":
      return excess(/: (.*)$/.exec(text)?.[1] ?? "", command);
    case "commander.missingArgument":
      return MISSING_ARGUMENTS[command ?? ""] ?? withHelp(text, command);
    case "commander.optionMissingArgument":
      return text.replace(/^Option '(.*)' argument missing$/, "$1: its value is missing");
    case "commander.invalidArgument":
      return text.replace(
        /^.*value '(.*)' is invalid.*Allowed choices are (.*)$/,
        (_, word, all) => `Unknown word "${word}": give ${all.replace(/, ([^,]*)$/, " or $1")}`,
      );
    case "commander.unknownOption":
      return unknownOption(likeliest(text), command);
    default:
      return withHelp(text, command);
  }
}

function excess(extra: string, command: string | undefined): string {
  const isCapture = command === "sniff" || command === "analyze";
  const help = isCapture
    ? "name interfaces with -i, files with -r"
    : `see webstat ${command} --help`;
  return `Unexpected argument "${extra}": ${help}`;
}

function unknownOption(text: string, command: string | undefined): string {
  const name = /'(.*?)'/.exec(text)![1]!;
  if (command === undefined && (name === "-m" || name === "--mode")) {
    return `${name} needs a command: webstat -m sniff, or webstat sniff`;
  }
  const owners = Object.keys(TABLES).filter((each) => has(TABLES[each]!, name));
  if (owners.length > 0 && command === undefined) {
    return `${name} is an option of ${words(owners)}: webstat ${owners[0]} ${name}`;
  }
  if (owners.length > 0) return `${name} is an option of ${words(owners)}, not of ${command}`;
  return text.includes("Did you mean") ? text : withHelp(text, command);
}

const has = (table: OptionTable, name: string): boolean =>
  Object.values<OptionDefinition>(table).some((option) =>
    longName(option) === name || option.flags.startsWith(`${name},`)
  );

const withHelp = (text: string, command: string | undefined): string =>
  `${text}: see webstat ${command === undefined ? "" : `${command} `}--help`;

/** "a, b and c" */
const words = (all: readonly string[]): string => all.join(", ").replace(/, ([^,]*)$/, " and $1");

/** commander's message without its beginning and end. */
function oneLine(message: string): string {
  const text = message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ").replace(/\.$/, "");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Of several suggestions those that begin as what was typed: seldom is the first letter wrong. */
function likeliest(message: string): string {
  const found = /^.*'(-*\w).*\(Did you mean one of (.*)\?\)$/.exec(message);
  if (found === null) return message;
  const [, begin, all] = found;
  const alike = all!.split(", ").filter((each) => each.startsWith(begin!));
  return alike.length === 1 ? message.replace(`one of ${all}`, alike[0]!) : message;
}
