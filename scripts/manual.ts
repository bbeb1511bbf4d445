// Prints the manual page webstat(1), made of the definitions of commands and options.
//
//   deno run -A scripts/manual.ts > webstat.1

import { keyName, type OptionDefinition, variableName } from "../src/cli/option_definition.ts";
import { VERSION } from "../src/version.ts";
import { argumentOf, type CommandLine, commandLines, namesOf } from "./command_line.ts";

/** For roff: no character of a text may be taken for a command. */
export function escape(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("'", "\\(aq")
    .replaceAll("~", "\\(ti").replaceAll("^", "\\(ha").replaceAll("`", "\\(ga")
    .replace(/^\./gm, "\\&.");
}

const bold = (text: string): string => `\\fB${escape(text)}\\fR`;
const italic = (text: string): string => `\\fI${escape(text)}\\fR`;

/** Lines as they are, such as examples. */
const verbatim = (text: string): string => `.PP\n.nf\n${escape(text)}\n.fi`;

function optionEntry(option: OptionDefinition): string {
  const argument = argumentOf(option);
  const value = option.default === undefined ? "" : ` (default: ${option.default})`;
  const names = namesOf(option).map(bold).join(", ");
  return `.TP\n${names}${argument && ` ${italic(argument)}`}\n${escape(option.help + value)}.`;
}

function optionGroups(options: readonly OptionDefinition[]): string {
  const groups = Map.groupBy(options, ({ group }) => group);
  return [...groups].map(([group, members]) =>
    [`.PP\n${bold(`${group}:`)}`, ...members.map(optionEntry)].join("\n")
  ).join("\n");
}

function commandSection({ name, description, usage, options, notes }: CommandLine): string {
  const [text = "", examples] = notes.split(/^(?:Examples?|Example of a file):\n/m);
  return [
    `.SS ${bold(`webstat ${name}`)} ${escape(usage)}`,
    escape(description),
    optionGroups(options),
    ...text.trim() === "" ? [] : [`.PP\n${escape(text.trim())}`],
    ...examples === undefined ? [] : [".PP\nExamples:", verbatim(examples.trimEnd())],
  ].join("\n");
}

function environment(commands: readonly CommandLine[]): string {
  const options = new Map(
    commands.filter(({ name }) => ["sniff", "analyze"].includes(name))
      .flatMap(({ options }) => options.map((option) => [variableName(option), option] as const)),
  );
  return [...options].map(([name, option]) =>
    `.TP\n${bold(name)}\n${escape(namesOf(option).at(-1)!)}, in a file ${bold(keyName(option))}.`
  ).join("\n");
}

export function manual(): string {
  const commands = commandLines();
  return `.\\" Made by scripts/manual.ts.
.TH WEBSTAT 1 "" "webstat ${VERSION}" "User Commands"
.SH NAME
webstat \\- tell which web hosts a machine talks to, how often, how fast and how much
.SH SYNOPSIS
${commands.map(({ name, usage }) => `.B webstat ${name}\n${escape(usage)}`).join("\n.br\n")}
.SH DESCRIPTION
webstat watches a machine's network traffic. It reads HTTP requests in clear text, the names in the
handshakes of HTTPS and HTTP/3, and DNS queries, and serves the counts to Prometheus. With the
secrets of TLS sessions it counts the requests inside HTTPS as well.
.SH COMMANDS
${commands.map(({ name, summary }) => `.TP\n${bold(name)}\n${escape(summary)}.`).join("\n")}
.SH OPTIONS
${commands.map(commandSection).join("\n")}
.SH ENVIRONMENT
Each option can come from the environment, for \\fBsniff\\fR and \\fBanalyze\\fR. Lists are separated
by commas; switches are 1 or 0. The command line goes before the environment, the environment before
the file.
${environment(commands)}
.SH FILES
.TP
.I /etc/webstat.yaml
Options by their long names, without the dashes. A section named like a command is for that command.
.TP
.I ~/.local/share/webstat/extraction.tsv
The hosts that were exported in \\fBanalyze\\fR.
.SH SIGNALS
SIGUSR1 prints a report to standard error. SIGHUP opens files anew. SIGINT and SIGTERM end webstat
with its report; SIGQUIT, or a second SIGINT, ends it at once.
.SH EXIT STATUS
0 when the work is done, 1 when it failed, 2 when the command is wrong. \\fBwebstat run\\fR has the
status of its command, or 3 if that succeeded but talked to a host that is not allowed.
.SH SEE ALSO
.BR tcpdump (8),
.BR tshark (1),
.BR pcap\\-filter (7)
`;
}

if (import.meta.main) await Deno.stdout.write(new TextEncoder().encode(manual()));
