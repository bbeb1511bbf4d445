// Messages on standard error: few, one line each, as text or as JSON.

import { printable, safeJson } from "../text.ts";
import type { Io } from "./io.ts";

export interface LogOptions {
  readonly format: "text" | "json";
  /** Nothing but errors. */
  readonly quiet: boolean;
  /** Details too. */
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

  /** Something that matters to those who look for a fault. */
  debug(message: string): void {
    if (this.#options.verbose) this.#write("debug", message);
  }

  /** Something that is as it should be. `fields` are added in JSON, where the text has them too. */
  info(message: string, fields: Record<string, unknown> = {}): void {
    if (!this.#options.quiet) this.#write("info", message, fields);
  }

  /** Something that the user may want to mend, but that does not end the work. */
  warning(message: string): void {
    if (!this.#options.quiet) this.#write("warning", message);
  }

  /** What made the work fail. The stack is told to those who asked for details. */
  error(message: string, stack?: string): void {
    this.#write("error", message);
    if (stack !== undefined && this.#options.verbose) this.#write("debug", stack);
  }

  /** A line that replaces the one before it, on a terminal only; "" takes it away. */
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

/** Whether messages may have colours: on a terminal, unless --no-color or NO_COLOR say otherwise. */
export function wantsColor(io: Io, terminal: boolean, flag: boolean): boolean {
  return flag && terminal && !io.env("NO_COLOR");
}
