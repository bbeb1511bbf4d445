// The command line as it is typed: the commands, their help, and the options of options.ts.

import { Command, Option } from "commander";
import { VERSION } from "../version.ts";
import {
  ANALYZE_OPTIONS,
  INTERFACES_OPTIONS,
  longName,
  type OptionDefinition,
  type OptionTable,
  SNIFF_OPTIONS,
} from "./options.ts";
import type { OptionSource } from "./resolve.ts";

/** What the commands do with the options that were typed. */
export interface Actions {
  sniff(typed: OptionSource): Promise<void>;
  analyze(typed: OptionSource): Promise<void>;
  interfaces(typed: OptionSource): Promise<void>;
}

/** The program with its commands; one of them runs when it parses. */
export function createProgram(actions: Actions): Command {
  return new Command("webstat")
    .description(
      "Watches network traffic and tells which web hosts are talked to, how often, how\n" +
        "fast and how much: plain HTTP by its requests, HTTPS and HTTP/3 by the names in\n" +
        "their handshakes, and DNS by its queries.",
    )
    .version(VERSION, "-V, --version", "show the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand("help [command]", "show the help of a command")
    .addHelpText("after", PROGRAM_NOTES)
    .addCommand(
      createCommand("sniff", SNIFF_OPTIONS, actions.sniff)
        .summary("count everything and serve it to Prometheus")
        .description("Counts the web hosts in the traffic and serves the numbers to Prometheus.")
        .addHelpText("after", SNIFF_NOTES),
    )
    .addCommand(
      createCommand("analyze", ANALYZE_OPTIONS, actions.analyze)
        .summary("look at the hosts live, and pick those that Prometheus sees")
        .description(
          "Shows the web hosts in the traffic on the terminal, and serves those that you\n" +
            "pick to Prometheus. Press ? for the keys.",
        )
        .addHelpText("after", ANALYZE_NOTES),
    )
    .addCommand(
      createCommand("interfaces", INTERFACES_OPTIONS, actions.interfaces)
        .summary("list what can be captured from")
        .description("Lists what can be captured from: index, name, addresses, state."),
    );
}

function createCommand(
  name: string,
  table: OptionTable,
  action: (typed: OptionSource) => Promise<void>,
): Command {
  const options = Object.values(table);
  const command = new Command(name)
    .addHelpOption(
      new Option("-h, --help", "show this help").helpGroup(`${options.at(-1)!.group}:`),
    )
    .allowExcessArguments(false)
    .action(() => action((option) => typed(command, option)));
  for (const option of options) {
    command.addOption(optionOf(option).helpGroup(`${option.group}:`));
  }
  return command;
}

function optionOf(option: OptionDefinition): Option {
  const suffix = option.default === undefined ? "" : ` (default: ${option.default})`;
  return new Option(option.flags, option.help + suffix);
}

/** An option of `command` as it was typed; null where it was not. */
function typed(command: Command, option: OptionDefinition) {
  const name = longName(option);
  const key = command.options.find(({ long }) => long === name)!.attributeName();
  if (command.getOptionValueSource(key) !== "cli") return null;
  return { name, texts: [command.getOptionValue(key)].flat().map(String) };
}

const PROGRAM_NOTES = `
Examples:
  sudo webstat sniff                 watch the default interface
  sudo webstat analyze               look at it live
  webstat sniff -r capture.pcap      report what a capture holds
  webstat -m sniff -i eth0           the older form of "webstat sniff -i eth0"`;

const SNIFF_NOTES = `
At the end it prints a table: 50 hosts on a terminal, else up to 1000. With -r
it exits then, unless --listen is given; only one worker follows connections
from file to file. From the environment: WEBSTAT_INTERFACE=eth0,eth1 ...

Examples:
  sudo webstat sniff -i eth0 wlan0 --ip
  sudo webstat sniff -f "port 80 or port 443" -l :8000 --events events.ndjson
  webstat sniff -r a.pcap b.pcapng --json`;

const ANALYZE_NOTES = `
Only picked hosts are on /metrics. They are also written to a file, when you
press w and at the end: ~/.local/share/webstat/extraction.tsv unless --extract
names another one. With -r there is no /metrics unless --listen is given.

Examples:
  sudo webstat analyze -i eth0 --ip --location
  sudo webstat analyze --export example.com '~^api\\.'
  webstat analyze -r capture.pcap --extract picked.csv`;

/** "-m sniff", the original's way to name a command, at any place: as if the command stood first. */
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
