// The command line as it is typed: commands, options and their help. What the texts mean is for
// config.ts.

import { Command, type Option } from "@commander-js/extra-typings";
import { VERSION } from "../version.ts";

/** What the commands do. */
export interface Actions {
  sniff(flags: SniffFlags, command: ParsedCommand): Promise<void>;
  analyze(flags: AnalyzeFlags, command: ParsedCommand): Promise<void>;
  interfaces(flags: InterfacesFlags): Promise<void>;
}

/** As much of a parsed command as the environment has to know. */
export interface ParsedCommand {
  readonly options: readonly Option[];
  getOptionValueSource(key: string): string | undefined;
}

/** The options of sniff as given: texts, which say nothing yet. */
export type SniffFlags = Partial<ReturnType<ReturnType<typeof sniffCommand>["opts"]>>;

export type AnalyzeFlags = Partial<ReturnType<ReturnType<typeof analyzeCommand>["opts"]>>;

export interface InterfacesFlags {
  readonly json?: true | undefined;
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
    .addCommand(sniffCommand().action((flags, command) => actions.sniff(flags, command)))
    .addCommand(analyzeCommand().action((flags, command) => actions.analyze(flags, command)))
    .addCommand(interfacesCommand().action((flags) => actions.interfaces(flags)));
}

function sniffCommand() {
  return captureCommand("sniff", "127.0.0.1:8000")
    .summary("count everything and serve it to Prometheus")
    .description("Counts the web hosts in the traffic and serves the numbers to Prometheus.")
    .addHelpText("after", SNIFF_NOTES);
}

function analyzeCommand() {
  return captureCommand("analyze", "127.0.0.1:8001")
    .summary("look at the hosts live, and pick those that Prometheus sees")
    .description(
      "Shows the web hosts in the traffic on the terminal, and serves those that you\n" +
        "pick to Prometheus. Press ? for the keys.",
    )
    .option("--export <pattern...>", "pick hosts that contain this, or match ~regex")
    .option("--extract <file>", "where the picked hosts are kept: .tsv, .csv, .json")
    .addHelpText("after", ANALYZE_NOTES);
}

/** A command that captures, with the options that all of them have. */
function captureCommand(name: string, listen: string) {
  return new Command(name)
    .helpOption("-h, --help", "show this help")
    .allowExcessArguments(false)
    .option("-i, --interface <name...>", "capture here, or on any (default: first up)")
    .option("-r, --read <file...>", "read capture files instead; - is stdin")
    .option("-f, --filter <bpf>", "capture only this, in pcap-filter(7) syntax")
    .option("--ip", "add the addresses of the servers")
    .option("--location", "add city and country of the servers")
    .option("--geoip-db <file.mmdb>", "a MaxMind-format database for --location")
    .option("-l, --listen <[host:]port>", `where /metrics is (default: ${listen})`)
    .option("--max-hosts <n>", "hosts kept one by one (default: 1000)")
    .option("--events <file>", "append JSON lines of events; - is stdout")
    .option("--json", "the final report as JSON")
    .option("-d, --duration <time>", "stop after 30s, 5m, 1h, 500ms")
    .option("-c, --count <n>", "stop after n packets")
    .option("--snaplen <bytes>", "bytes kept of each packet (default: all)")
    .option("--buffer-size <MiB>", "the kernel's buffer for packets (default: 32)")
    .option("--no-promiscuous", "only packets from and to this machine")
    .option("--workers <n>", "share the work between n threads (default: 1)")
    .option("-q, --quiet", "errors only, and no table after a live capture")
    .option("-v, --verbose", "more messages")
    .option("--log-format <format>", "messages as text or json (default: text)")
    .option("--no-color", "no colours; NO_COLOR does the same");
}

function interfacesCommand() {
  return new Command("interfaces")
    .summary("list what can be captured from")
    .description("Lists what can be captured from: index, name, addresses, state.")
    .helpOption("-h, --help", "show this help")
    .allowExcessArguments(false)
    .option("--json", "as JSON");
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
