// The configuration of `webstat run`.

import { systemReason, UserError } from "../errors.ts";
import { HostPatterns } from "../hosts/host_patterns.ts";
import { printable } from "../text.ts";
import { type SniffConfig, sniffConfig } from "./config.ts";
import type { Io } from "./io.ts";
import { wantsColor } from "./log.ts";
import { type RUN_OPTIONS, SNIFF_OPTIONS } from "./options.ts";
import { type Resolved, resolveOptions, type ValuesOf } from "./resolve.ts";
import { checkFiles } from "./same_file.ts";

type RunValues = ValuesOf<typeof RUN_OPTIONS>;

export interface RunConfig extends SniffConfig {
  readonly command: readonly string[];
  /** Null if every host is allowed that is not denied. */
  readonly allowed: HostPatterns | null;
  readonly denied: HostPatterns;
  /** Whether the command is asked for its secrets. */
  readonly hasKeyLog: boolean;
  readonly localhost: boolean;
  /** Paths of files to write; null for none. */
  readonly results: Pick<RunValues, "json" | "recordAllow"> & { readonly text: string | null };
}

/** Reads the file of --allow-file. Throws UserError. */
export function runConfig(
  given: Resolved<typeof RUN_OPTIONS>,
  command: readonly string[],
  io: Io,
): RunConfig {
  const { values, nameOf } = given;
  const { allow, allowFile, deny, keyLog, localhost, json, recordAllow, report, ...shared } =
    values;
  const outputs = (["events", "json", "report", "recordAllow"] as const)
    .map((key) => [nameOf(key), values[key]] as const);
  for (const [option, path] of outputs) {
    if (path !== "-") continue;
    const help = "standard output is the command's; name a file";
    throw new UserError(`${option} - cannot be used with run: ${help}`, { usage: true });
  }
  checkFiles(outputs);
  const { logFormat: format, quiet, verbose, color } = values;
  const log = { format, quiet, verbose, color: wantsColor(io, io.stderr.terminal, color) };
  return {
    ...sniffConfig(resolveOptions(SNIFF_OPTIONS, []), io),
    ...shared,
    ...{ command, localhost, log, report: "none", color: log.color },
    hasKeyLog: keyLog,
    allowed: allow.length > 0 || allowFile !== null
      ? patterns(nameOf("allow"), allow, allowFile)
      : null,
    denied: patterns(nameOf("deny"), deny, null),
    results: { json, recordAllow, text: report },
  };
}

function patterns(option: string, texts: readonly string[], file: string | null): HostPatterns {
  const all = new HostPatterns();
  for (const text of texts) all.add(text, option);
  if (file !== null) all.addLines(readLines(file), printable(file));
  return all;
}

function readLines(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new UserError(`Cannot read ${printable(path)}: ${systemReason(error)}`, { usage: true });
  }
}
