// From arguments to an exit status: 0 done, 1 failed, 2 wrong usage.

import { UserError } from "../errors.ts";
import { VERSION } from "../version.ts";
import { type CaptureBackend, systemBackend } from "./capture_backend.ts";
import { type Io, systemIo } from "./io.ts";
import { Log, wantsColor } from "./log.ts";

/** Never rejects: every error is printed as one line. */
export async function run(
  args: readonly string[],
  io: Io = systemIo(),
  capture: CaptureBackend = systemBackend(),
): Promise<number> {
  try {
    if (asksForVersion(args)) {
      await io.stdout.write(`${VERSION}\n`);
      return 0;
    }
    const { runCommand } = await import("./commands.ts");
    return await runCommand(args, io, capture);
  } catch (error) {
    return tell(error, args, io);
  }
}

/** Answered without the parser of the command line, which takes 13 ms to load. */
function asksForVersion(args: readonly string[]): boolean {
  return args.length === 1 && (args[0] === "--version" || args[0] === "-V");
}

/** Prints the error, and returns the exit status. */
function tell(error: unknown, args: readonly string[], io: Io): number {
  const log = new Log(io, {
    format: io.env("WEBSTAT_LOG_FORMAT") === "json" || asksForJson(args) ? "json" : "text",
    quiet: false,
    verbose: args.includes("-v") || args.includes("--verbose"),
    color: wantsColor(io, io.stderr.terminal, !args.includes("--no-color")),
  });
  if (error instanceof Deno.errors.BrokenPipe) return 0;
  if (error instanceof UserError) {
    log.error(error.message);
    return error.usage ? 2 : 1;
  }
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  log.error(
    `Internal error (${reason.split("\n")[0]}): please report it as a bug`,
    error instanceof Error ? error.stack : undefined,
  );
  return 1;
}

function asksForJson(args: readonly string[]): boolean {
  return args.some((arg, i) =>
    arg === "--log-format=json" || arg === "--log-format" && args[i + 1] === "json"
  );
}
