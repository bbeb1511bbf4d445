// Messages on standard error: few, one line each, as text or as JSON.

import { printable, safeJson } from "../text.ts";
import type { Io } from "./io.ts";

export interface LogOptions {
  readonly format: "text" | "json";
  /** Nothing but errors. */
  readonly quiet: boolean;
  /** Details as well. */
  readonly verbose: boolean;
  readonly color: boolean;
}

type Level = "debug" | "info" | "warning" | "error";

const RED = "\x1b[31m";
const RESET = "\x1b[0m";

export class Log {
  readonly #io: Io;
  readonly #options: LogOptions;
  #status = "";

  constructor(io: Io, options: LogOptions) {
    this.#io = io;
    this.#options = options;
  }

  /** A detail for finding faults; only with --verbose. */
  debug(message: string): void {
    if (this.#options.verbose) this.#write("debug", message);
  }

  /** What the user expects to happen. `fields` are added to JSON messages; the text has them already. */
  info(message: string, fields: Record<string, unknown> = {}): void {
    if (!this.#options.quiet) this.#write("info", message, fields);
  }

  /** A problem that does not end the program. */
  warning(message: string): void {
    if (!this.#options.quiet) this.#write("warning", message);
  }

  /** Why the program failed. The stack is only shown with --verbose. */
  error(message: string, stack?: string): void {
    this.#write("error", message);
    if (stack !== undefined && this.#options.verbose) this.#write("debug", stack);
  }

  /** A line that replaces the one before it, only on a terminal; "" clears it. */
  status(line: string): void {
    const { quiet, format } = this.#options;
    if (quiet || format === "json" || !this.#io.stderr.terminal || line === this.#status) return;
    this.#io.stderr.write("\r\x1b[K" + line);
    this.#status = line;
  }

  #write(level: Level, message: string, fields: Record<string, unknown> = {}): void {
    const line = this.#options.format === "json"
      ? safeJson({ time: new Date(this.#io.now()).toISOString(), level, message, ...fields })
      : this.#text(level, message);
    const status = this.#status;
    this.status("");
    this.#io.stderr.write(line + "\n");
    this.status(status);
  }

  #text(level: Level, message: string): string {
    const { color } = this.#options;
    const lines = message.split("\n").map(printable).join("\n");
    if (level === "info") return lines;
    if (level === "error") return `${color ? RED : ""}webstat: ${lines}${color ? RESET : ""}`;
    return `webstat: ${level}: ${lines}`;
  }
}

/** Whether to use colours: on a terminal, without --no-color and NO_COLOR. */
export function wantsColor(io: Io, terminal: boolean, flag: boolean): boolean {
  return flag && terminal && !io.env("NO_COLOR");
}
