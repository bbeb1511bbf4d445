// Parses the command line and runs its command.

import { type Command, CommanderError } from "commander";
import { UserError } from "../errors.ts";
import { createProgram, withCommandFirst } from "./args.ts";
import type { CaptureBackend } from "./capture_backend.ts";
import { analyzeConfig, sniffConfig } from "./config.ts";
import { runConfig } from "./run_config.ts";
import type { Io } from "./io.ts";
import { ANALYZE_OPTIONS, INTERFACES_OPTIONS, RUN_OPTIONS, SNIFF_OPTIONS } from "./options.ts";
import { resolveOptions } from "./resolve.ts";
import { settings } from "./settings.ts";
import { checkResources, putOutputAside } from "./start.ts";
import { usageMessage } from "./usage_errors.ts";

/** Returns the exit status. Throws UserError. */
export async function runCommand(
  args: readonly string[],
  io: Io,
  capture: CaptureBackend,
): Promise<number> {
  let status = 0;
  let output = "";
  const words = withCommandFirst(args);
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
      if (config.report === "json") putOutputAside();
      const { analyze } = await import("./analyze.ts");
      status = await analyze(config, io, capture);
    },
    async run(typed, command) {
      const config = runConfig(await settings("run", RUN_OPTIONS, typed, io), command, io);
      checkResources(config.workers);
      const { runInNamespace } = await import("./command_run.ts");
      status = await runInNamespace(config, io, capture);
    },
    async interfaces(typed) {
      const { json } = resolveOptions(INTERFACES_OPTIONS, [typed]).values;
      const { interfaces } = await import("./interface_list.ts");
      await interfaces(json, io, capture);
    },
    async doctor(typed) {
      const { json } = resolveOptions(INTERFACES_OPTIONS, [typed]).values;
      const { doctor } = await import("./doctor_command.ts");
      status = await doctor(json, io, capture);
    },
    async config(typed, [action, command]) {
      const { configure } = await import("./config_command.ts");
      await configure(action!, command, typed, io);
    },
  }, words);
  directOutput(program, io, (text) => output += text);
  await parse(program, words).catch(async (error) => {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) await io.stdout.write(output);
    // Without a command commander has written the help.
    else status = 2;
  });
  return status;
}

/** `write` gets what was asked for, such as help. Errors are printed by who catches them. */
function directOutput(program: Command, io: Io, write: (text: string) => void): void {
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: write,
      // Without a command commander writes the help here.
      writeErr: (text) => io.stderr.write(text),
      outputError: () => {},
      getOutHelpWidth: () => 80,
      getErrHelpWidth: () => 80,
    });
  }
}

/** Runs a command. Throws UserError for what is typed wrongly, CommanderError after help was written. */
async function parse(program: Command, words: readonly string[]): Promise<void> {
  const names = program.commands.map((command) => command.name());
  if (words[0] === "help" && words.length > 1 && !names.includes(words[1]!)) {
    throw new UserError(`Unknown command "${words[1]}": there are ${names.join(", ")}`, {
      usage: true,
    });
  }
  try {
    await program.parseAsync([...words], { from: "user" });
  } catch (error) {
    const isMistake = error instanceof CommanderError && error.exitCode !== 0 &&
      error.code !== "commander.help";
    if (!isMistake) throw error;
    throw new UserError(usageMessage(error, words, names), { usage: true });
  }
}
