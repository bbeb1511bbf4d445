// From the arguments to the exit status: 0 done, 1 failed, 2 wrong usage.

import { CommanderError } from "commander";
import { UserError } from "../errors.ts";
import { createProgram, withCommandFirst } from "./args.ts";
import { type Capture, systemCapture } from "./capture.ts";
import { analyzeConfig, sniffConfig } from "./config.ts";
import { withEnvironment } from "./environment.ts";
import { type Io, systemIo } from "./io.ts";
import { Log, wantsColor } from "./log.ts";

/** Runs one command line. Never rejects: whatever goes wrong is told in one line. */
export async function run(
  args: readonly string[],
  io: Io = systemIo(),
  capture: Capture = systemCapture(),
): Promise<number> {
  try {
    return await runCommand(args, io, capture);
  } catch (error) {
    return tell(error, args, io);
  }
}

async function runCommand(args: readonly string[], io: Io, capture: Capture): Promise<number> {
  let status = 0;
  let output = "";
  const program = createProgram({
    async sniff(flags, command) {
      const config = sniffConfig(withEnvironment(flags, command, (name) => io.env(name)), io);
      const { sniff } = await import("./sniff.ts");
      status = await sniff(config, io, capture);
    },
    async analyze(flags, command) {
      const config = analyzeConfig(withEnvironment(flags, command, (name) => io.env(name)), io);
      const { analyze } = await import("./analyze.ts");
      status = await analyze(config, io, capture);
    },
    async interfaces(flags) {
      const { interfaces } = await import("./interfaces.ts");
      await interfaces(flags, io, capture);
    },
  });
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => output += text,
      // Usage without a command is an error to commander, and its help goes there.
      writeErr: (text) => io.stderr.write(text),
      outputError: () => {},
      getOutHelpWidth: () => 80,
      getErrHelpWidth: () => 80,
    });
  }
  try {
    await program.parseAsync(withCommandFirst(args), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError) || error.exitCode !== 0) throw error;
    await io.stdout.write(output);
  }
  return status;
}

/** Says what went wrong, and returns the exit status. */
function tell(error: unknown, args: readonly string[], io: Io): number {
  const log = new Log(io, {
    format: io.env("WEBSTAT_LOG_FORMAT") === "json" || asksForJson(args) ? "json" : "text",
    quiet: false,
    verbose: args.includes("-v") || args.includes("--verbose"),
    color: wantsColor(io, io.stderr.terminal, !args.includes("--no-color")),
  });
  if (error instanceof Deno.errors.BrokenPipe) return 0;
  if (error instanceof CommanderError) {
    // Called without a command, commander has shown the help.
    if (error.code !== "commander.help") log.error(usageMessage(error));
    return 2;
  }
  if (error instanceof UserError) {
    log.error(error.message);
    return error.usage ? 2 : 1;
  }
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  log.error(
    `This should not happen (${reason.split("\n")[0]}): please report it as a bug`,
    error instanceof Error ? error.stack : undefined,
  );
  return 1;
}

function asksForJson(args: readonly string[]): boolean {
  return args.includes("--log-format=json") || args[args.indexOf("--log-format") + 1] === "json";
}

/** commander's message on one line, with a hint where it has none. */
function usageMessage(error: CommanderError): string {
  if (error.code === "commander.excessArguments") {
    const extra = error.message.replace(/^.*: /, "").replace(/\.$/, "");
    return `Unexpected argument "${extra}": name interfaces with -i, files with -r`;
  }
  const text = error.message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
  const message = text.charAt(0).toUpperCase() + text.slice(1);
  return message.includes("Did you mean") ? message : `${message}; webstat --help tells how`;
}
