// The command line as it is typed: the commands, their help, and the options of options.ts.

import { Argument, Command, Option } from "commander";
import { VERSION } from "../version.ts";
import { longName, type OptionDefinition, type OptionTable } from "./option_definition.ts";
import {
  ANALYZE_OPTIONS,
  CONFIG_OPTIONS,
  CONFIGURED_COMMANDS,
  INTERFACES_OPTIONS,
  RUN_OPTIONS,
  SNIFF_OPTIONS,
} from "./options.ts";
import type { OptionSource } from "./resolve.ts";

/** Called with the options that were typed. */
export interface Actions {
  sniff(typed: OptionSource): Promise<void>;
  analyze(typed: OptionSource): Promise<void>;
  /** `words`: the command and its arguments. */
  run(typed: OptionSource, words: readonly string[]): Promise<void>;
  interfaces(typed: OptionSource): Promise<void>;
  doctor(typed: OptionSource): Promise<void>;
  /** `words`: check, or show and perhaps a command. */
  config(typed: OptionSource, words: readonly string[]): Promise<void>;
}

/**
 * The parser of the command line; parsing runs an action. If `words`, which will be parsed, begin with a
 * command, only that one knows its options: to make those of all takes 5 ms.
 */
export function createProgram(actions: Actions, words: readonly string[] = []): Command {
  const [typed = ""] = words;
  const createCommand = (name: keyof Actions, table: OptionTable) =>
    commandOf(name, table, actions[name], !(typed in actions) || typed === name);
  const program = new Command("webstat")
    .description(
      "Shows which web hosts a machine talks to, how often, how fast and how much, from\n" +
        "its network traffic: HTTP by requests, HTTPS and HTTP/3 by the names in their\n" +
        "handshakes, DNS by queries.",
    )
    .version(VERSION, "-V, --version", "show the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand("help [command]", "show the help of a command")
    .enablePositionalOptions()
    .addHelpText("after", PROGRAM_NOTES)
    .addCommand(
      createCommand("sniff", SNIFF_OPTIONS)
        .summary("count everything and serve it to Prometheus")
        .description("Counts the web hosts in the traffic and serves the numbers to Prometheus.")
        .addHelpText("after", SNIFF_NOTES),
    )
    .addCommand(
      createCommand("analyze", ANALYZE_OPTIONS)
        .summary("watch the hosts live, and choose those to export to Prometheus")
        .description(
          "Shows the web hosts in the traffic on the terminal, and serves those that you\n" +
            "export to Prometheus. Press ? for the keys.",
        )
        .addHelpText("after", ANALYZE_NOTES),
    )
    .addCommand(
      createCommand("run", RUN_OPTIONS)
        .summary("run a command, and tell which hosts it talks to")
        .description(
          "Runs a command in a network of its own, and tells which hosts it talked to, in\n" +
            "the order of first use. It needs pasta, and no root.",
        )
        .argument("<command...>", "the command and its arguments")
        .passThroughOptions()
        .addHelpText("after", RUN_NOTES),
    );
  for (const command of commandsAboutTheMachine(createCommand)) program.addCommand(command);
  return program;
}

/** Those that tell something and capture nothing. */
function commandsAboutTheMachine(
  createCommand: (name: keyof Actions, table: OptionTable) => Command,
): Command[] {
  return [
    createCommand("interfaces", INTERFACES_OPTIONS)
      .summary("list the interfaces to capture from")
      .description("Lists the interfaces to capture from: index, name, addresses, state."),
    createCommand("doctor", INTERFACES_OPTIONS)
      .summary("look what this machine has, and what is missing")
      .description("Looks at what webstat needs: a line each, with what to do if it is missing."),
    createCommand("config", CONFIG_OPTIONS)
      .summary("check or show the configuration")
      .description(
        "check reads the configuration file and says whether it is right; show prints\n" +
          "the options that a command would run with, and where each was given.",
      )
      .addArgument(new Argument("<action>", "what to do").choices(["check", "show"]))
      .addArgument(
        new Argument("[command]", "of which command").choices(CONFIGURED_COMMANDS).default("sniff"),
      )
      .addHelpText("after", CONFIG_NOTES),
  ];
}

function commandOf(
  name: string,
  table: OptionTable,
  action: (typed: OptionSource, words: readonly string[]) => Promise<void>,
  hasOptions: boolean,
): Command {
  const options = Object.values(table);
  const command = new Command(name)
    .addHelpOption(
      new Option("-h, --help", "show this help").helpGroup(`${options.at(-1)!.group}:`),
    )
    .allowExcessArguments(false)
    .action(() => action((option) => typed(command, option), command.args));
  for (const option of hasOptions ? options : []) {
    command.addOption(optionOf(option).helpGroup(`${option.group}:`));
  }
  return command;
}

function optionOf(option: OptionDefinition): Option {
  const suffix = option.default === undefined ? "" : ` (default: ${option.default})`;
  return new Option(option.flags, option.help + suffix);
}

/** An option of `command` as it was typed; null if it was not, or is none of its options. */
function typed(command: Command, option: OptionDefinition) {
  const name = longName(option);
  const key = command.options.find(({ long }) => long === name)?.attributeName();
  if (key === undefined || command.getOptionValueSource(key) !== "cli") return null;
  return { name, texts: [command.getOptionValue(key)].flat().map(String) };
}

const PROGRAM_NOTES = `
Examples:
  sudo webstat sniff                 count on the default interface
  sudo webstat analyze               watch it live
  webstat sniff -r capture.pcap      report what is in a capture file
  webstat run -- npm install         the hosts that one command talks to
  webstat -m sniff -i eth0           the older form of "webstat sniff -i eth0"`;

const SNIFF_NOTES = `
At the end it prints a table: 50 hosts on a terminal, else up to 1000. With -r
it exits then, unless --listen is given. Connections are followed from file to
file only with one worker. Options can be environment variables
(WEBSTAT_MAX_HOSTS=500) or lines of /etc/webstat.yaml (max-hosts: 500).

Examples:
  sudo webstat sniff -i eth0 wlan0 --ip
  sudo webstat sniff -f "port 80 or port 443" -l :8000 --events events.ndjson
  webstat sniff -r a.pcap b.pcapng --json
  webstat sniff -r a.pcap --json report.json`;

const ANALYZE_NOTES = `
Only exported hosts are on /metrics. They are also written to a file, when you
press w and at the end: ~/.local/share/webstat/extraction.tsv, or the file of
--extract. With -r there is no /metrics unless --listen is given. Options can be
environment variables (WEBSTAT_LOCATION=true) or lines of /etc/webstat.yaml
(location: true).

Examples:
  sudo webstat analyze -i eth0 --ip --location
  sudo webstat analyze --export example.com '~^api\\.'
  webstat analyze -r capture.pcap --extract picked.csv
  sudo webstat analyze --json report.json`;

const RUN_NOTES = `
The exit status is that of the command; 3 if it succeeded, but talked to a host
that is not allowed.

Examples:
  webstat run -- npm install
  webstat run --record-allow hosts.txt -- make
  webstat run --allow-file hosts.txt -- make`;

const CONFIG_NOTES = `
The file is /etc/webstat.yaml, or that of --config. What is typed goes before
environment variables, these before the file.

Example of a file:
  interface: [eth0, wlan0]
  max-hosts: 500
  analyze:
    location: true`;

/** Accepts the older form "-m sniff" anywhere: moves the command to the front. */
export function withCommandFirst(args: readonly string[]): string[] {
  for (const [i, arg] of args.entries()) {
    if (i === 0 && !arg.startsWith("-")) break;
    const inline = /^(?:--mode=|-m)(.+)$/.exec(arg)?.[1];
    if (inline !== undefined) return [inline, ...args.slice(0, i), ...args.slice(i + 1)];
    const next = args[i + 1];
    if ((arg === "-m" || arg === "--mode") && next !== undefined) {
      return [next, ...args.slice(0, i), ...args.slice(i + 2)];
    }
  }
  return [...args];
}
