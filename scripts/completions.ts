// Prints completions of the command line for a shell. They are scripts that stand by themselves: nothing
// that is typed is run, and webstat is not started for them.
//
//   deno run -A scripts/completions.ts bash|zsh|fish

import type { OptionDefinition } from "../src/cli/option_definition.ts";
import { GROUP_NAMES } from "../src/outputs/metric_groups.ts";
import { argumentOf, type CommandLine, commandLines, namesOf } from "./command_line.ts";

/** What an option's value may be. */
type Values =
  | { readonly of: "nothing" | "anything" | "files" | "interfaces" }
  | { readonly of: "words"; readonly words: readonly string[] };

function valuesOf(option: OptionDefinition): Values {
  const argument = argumentOf(option);
  // Values that may be left out are only offered if they are files.
  if (argument === "" || (isOptional(option) && argument !== "[file]")) return { of: "nothing" };
  if (namesOf(option).includes("--interface")) return { of: "interfaces" };
  if (namesOf(option).includes("--metrics")) {
    return { of: "words", words: GROUP_NAMES.flatMap((name) => [name, `-${name}`, `+${name}`]) };
  }
  const { choices } = option.kind;
  if (choices !== undefined) return { of: "words", words: choices };
  return { of: /file/.test(argument) ? "files" : "anything" };
}

const isOptional = (option: OptionDefinition): boolean => argumentOf(option).startsWith("[");

/** Of options that take several values, all that follow it may be some. */
const takesSeveral = (option: OptionDefinition): boolean => argumentOf(option).endsWith("...>");

const COMMANDS = commandLines();
const WORDS: Readonly<Record<string, readonly string[]>> = {
  config: ["check", "show"],
  help: COMMANDS.map(({ name }) => name),
};

/** Interfaces of Linux and macOS, without a program of webstat's. */
const INTERFACES = "{ ls /sys/class/net 2>/dev/null || ifconfig -l 2>/dev/null; echo any; }";

function bash(): string {
  const cases = (of: "files" | "interfaces") =>
    unique(
      COMMANDS.flatMap(({ options }) => options)
        .filter((option) => valuesOf(option).of === of).flatMap(namesOf),
    ).join("|");
  const words = unique(
    COMMANDS.flatMap(({ options }) => options).map((option) => {
      const values = valuesOf(option);
      return values.of === "words"
        ? `    ${namesOf(option).join("|")}) words='${values.words.join(" ")}' ;;`
        : "";
    }),
  ).filter((line) => line !== "").join("\n");
  const free = unique(
    COMMANDS.flatMap(({ options }) => options)
      .filter((option) => valuesOf(option).of === "anything").flatMap(namesOf),
  ).join("|");
  const several = unique(
    COMMANDS.flatMap(({ options }) => options)
      .filter(takesSeveral).flatMap(namesOf),
  ).join("|");
  const options = COMMANDS.map(({ name, options }) =>
    `    ${name}) options='${options.flatMap(namesOf).join(" ")} -h --help' ;;`
  ).join("\n");
  const first = Object.entries(WORDS).map(([name, words]) =>
    `      ${name}) words='${words.join(" ")}' ;;`
  ).join("\n");
  return `# Completions of webstat for bash, made by scripts/completions.ts.

_webstat() {
  local current=\${COMP_WORDS[COMP_CWORD]} command='' option='' options='-h --help -V --version'
  local words='' word at
  COMPREPLY=()
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    # What follows is the command of webstat run, with completions of its own.
    if [[ $word == -- ]]; then
      _webstat_of_command "$((at + 1))"
      return
    fi
    if [[ -z $command && $word != -* ]]; then command=$word; fi
    case $word in
      ${several}) option=$word ;;
      -*) option='' ;;
    esac
  done
  # An option that takes one value has it right behind it.
  if [[ \${COMP_WORDS[COMP_CWORD - 1]} == -* ]]; then option=\${COMP_WORDS[COMP_CWORD - 1]}; fi
  case $command in
${options}
  esac
  if [[ $current != -* || $option == --metrics ]]; then
    case $option in
    ${cases("files")})
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
    ${cases("interfaces")})
      words=$(${INTERFACES})
      ;;
${words}
    ${free}) return ;;
    esac
    if [[ -z $words && -z $command ]]; then
      words='${COMMANDS.map(({ name }) => name).join(" ")} help'
    elif [[ -z $words && $command == "\${COMP_WORDS[COMP_CWORD - 1]}" ]]; then
      case $command in
${first}
      esac
    fi
  fi
  # Options only if no value is expected.
  if [[ -z $words || -z $option ]]; then words+=" $options"; fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

_webstat_of_command() {
  if declare -F _comp_command_offset >/dev/null; then _comp_command_offset "$1"
  elif declare -F _command_offset >/dev/null; then _command_offset "$1"
  else mapfile -t COMPREPLY < <(compgen -c -f -- "\${COMP_WORDS[COMP_CWORD]}")
  fi
}

complete -F _webstat webstat
`;
}

const unique = <Item>(items: readonly Item[]): Item[] => [...new Set(items)];

function zsh(): string {
  const commands = COMMANDS.map(({ name, summary }) => `    '${name}:${zshText(summary)}'`);
  return `#compdef webstat
# Completions of webstat for zsh, made by scripts/completions.ts.

_webstat_interfaces() {
  local -a names
  names=(\${(f)"$(${INTERFACES})"})
  _describe interface names
}

_webstat() {
  local context state state_descr line
  typeset -A opt_args
  local -a commands
  commands=(
${commands.join("\n")}
    'help:show the help of a command'
  )
  _arguments -C '(-h --help)'{-h,--help}'[show this help]' '(-V --version)'{-V,--version}'[show the version]' '1: :->command' '*:: :->rest'
  case $state in
    command) _describe command commands ;;
    rest)
      case $words[1] in
${COMMANDS.map(zshCommand).join("\n")}
        help) _describe command commands ;;
      esac
      ;;
  esac
}

_webstat "$@"
`;
}

function zshCommand({ name, options }: CommandLine): string {
  const rest = name === "run"
    ? ["'*:: :_normal'"]
    : name === "config"
    ? ["'1:what:(check show)'", "'2:command:(sniff analyze run)'"]
    : [];
  const lines = [...options.map(zshOption), ...rest].map((line) => `          ${line}`);
  return `        ${name})\n        _arguments -s \\\n${lines.join(" \\\n")}\n        ;;`;
}

function zshOption(option: OptionDefinition): string {
  const names = namesOf(option);
  const many = takesSeveral(option) ? "*" : "";
  const text = `[${zshText(option.help)}]${zshValues(option)}`;
  if (names.length === 1) return `'${many}${names[0]}${text}'`;
  const excluded = many || `(${names.join(" ")})`;
  return `'${excluded}'{${names.join(",")}}'${text}'`;
}

function zshValues(option: OptionDefinition): string {
  const values = valuesOf(option);
  switch (values.of) {
    case "nothing":
      return "";
    case "files":
      return `${isOptional(option) ? ":" : ""}:file:_files`;
    case "interfaces":
      return ":interface:_webstat_interfaces";
    case "words":
      return `:value:(${values.words.join(" ")})`;
    default:
      return ":value: ";
  }
}

const zshText = (text: string): string =>
  text.replaceAll("'", "'\\''").replace(/[[\]:]/g, (character) => `\\${character}`);

function fish(): string {
  const isFirst = "__fish_use_subcommand";
  const commands = COMMANDS.map(({ name, summary }) =>
    `complete -c webstat -f -n ${isFirst} -a ${name} -d '${fishText(summary)}'`
  );
  const words = Object.entries(WORDS).map(([name, words]) =>
    `complete -c webstat -f -n '__fish_seen_subcommand_from ${name}' -a '${words.join(" ")}'`
  );
  return `# Completions of webstat for fish, made by scripts/completions.ts.

complete -c webstat -f
${commands.join("\n")}
complete -c webstat -f -n ${isFirst} -a help -d 'show the help of a command'
complete -c webstat -n ${isFirst} -s h -l help -d 'show this help'
complete -c webstat -n ${isFirst} -s V -l version -d 'show the version'
${words.join("\n")}
complete -c webstat -n '__fish_seen_subcommand_from run' -a '(__fish_complete_subcommand)'
${
    COMMANDS.flatMap(({ name, options }) => options.map((option) => fishOption(name, option))).join(
      "\n",
    )
  }
`;
}

function fishOption(command: string, option: OptionDefinition): string {
  const names = namesOf(option).map((name) =>
    name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`
  );
  return `complete -c webstat -n '__fish_seen_subcommand_from ${command}' ${names.join(" ")}` +
    `${fishValues(option)} -d '${fishText(option.help)}'`;
}

function fishValues(option: OptionDefinition): string {
  const values = valuesOf(option);
  switch (values.of) {
    case "nothing":
      return "";
    case "files":
      return isOptional(option) ? " -F" : " -r -F";
    case "interfaces":
      return ` -x -a '(${
        INTERFACES.replace(/^\{ (.*); \}$/, "begin; $1; end").replace("||", "; or")
      })'`;
    case "words":
      return ` -x -a '${values.words.join(" ")}'`;
    default:
      return " -x";
  }
}

const fishText = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");

const SHELLS: Readonly<Record<string, () => string>> = { bash, zsh, fish };

/** `shell`: bash, zsh or fish. */
export function completions(shell: string): string {
  const of = SHELLS[shell];
  if (of === undefined) throw new Error("usage: scripts/completions.ts bash|zsh|fish");
  return of();
}

if (import.meta.main) {
  await Deno.stdout.write(new TextEncoder().encode(completions(Deno.args[0] ?? "")));
}
