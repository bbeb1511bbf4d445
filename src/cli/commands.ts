// Parses the command line and runs its command.

import { CommanderError } from "commander";
import { UserError } from "../errors.ts";
import { createProgram, withCommandFirst } from "./args.ts";
import type { CaptureBackend } from "./capture_backend.ts";
import { analyzeConfig, sniffConfig } from "./config.ts";
import { runConfig } from "./run_config.ts";
import type { Io } from "./io.ts";
import { ANALYZE_OPTIONS, INTERFACES_OPTIONS, RUN_OPTIONS, SNIFF_OPTIONS } from "./options.ts";
import { resolveOptions } from "./resolve.ts";
import { settings } from "./settings.ts";
import { checkResources } from "./start.ts";

/** Returns the exit status. Throws UserError. */
export async function runCommand(
  args: readonly string[],
  io: Io,
  capture: CaptureBackend,
): Promise<number> {
  let status = 0;
  let output = "";
  const program = createProgram({
    async sniff(typed) {
      const config = sniffConfig(await settings("sniff", SNIFF_OPTIONS, typed, io), io);
      checkResources(config.workers);
      const { sniff } = await import("./sniff.ts");
      status = await sniff(config, io, capture);
    },
    async analyze(typed) {
      const config = analyzeConfig(await settings("analyze", ANALYZE_OPTIONS, typed, io), io);
      checkResources(config.workers);
      const { analyze } = await import("./analyze.ts");
      status = await analyze(config, io, capture);
    },
    async run(typed, words) {
      const config = runConfig(await settings("run", RUN_OPTIONS, typed, io), words, io);
      checkResources(config.workers);
      const { runInNamespace } = await import("./command_run.ts");
      status = await runInNamespace(config, io, capture);
    },
    async interfaces(typed) {
      const { json } = resolveOptions(INTERFACES_OPTIONS, [typed]).values;
      const { interfaces } = await import("./interface_list.ts");
      await interfaces(json, io, capture);
    },
    async config(typed, [action, command]) {
      const { configure } = await import("./config_command.ts");
      await configure(action!, command, typed, io);
    },
  });
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => output += text,
      // Without a command commander writes the help here.
      writeErr: (text) => io.stderr.write(text),
      outputError: () => {},
      getOutHelpWidth: () => 80,
      getErrHelpWidth: () => 80,
    });
  }
  try {
    await program.parseAsync(withCommandFirst(args), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) await io.stdout.write(output);
    // Without a command commander has written the help.
    else if (error.code === "commander.help") return 2;
    else throw new UserError(usageMessage(error), { usage: true });
  }
  return status;
}

/** commander's message on one line, with a hint if it has none. */
function usageMessage(error: CommanderError): string {
  if (error.code === "commander.excessArguments") {
    const extra = error.message.replace(/^.*: /, "").replace(/\.$/, "");
    return `Unexpected argument "${extra}": name interfaces with -i, files with -r`;
  }
  const text = error.message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ").replace(/\.$/, "");
  const message = likeliest(text.charAt(0).toUpperCase() + text.slice(1));
  return message.includes("Did you mean") ? message : `${message}: see webstat --help`;
}

/** Of several suggestions those that begin as what was typed: seldom is the first letter wrong. */
function likeliest(message: string): string {
  const found = /^.*'(-*\w).*\(Did you mean one of (.*)\?\)$/.exec(message);
  if (found === null) return message;
  const [, begin, all] = found;
  const alike = all!.split(", ").filter((each) => each.startsWith(begin!));
  return alike.length === 1 ? message.replace(`one of ${all}`, alike[0]!) : message;
}
