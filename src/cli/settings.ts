// Where the values of a command's options come from: the command line, then the environment, then the
// configuration file.

import { printable } from "../text.ts";
import { environment, unknownVariables } from "./environment.ts";
import type { Io } from "./io.ts";
import { Log, wantsColor } from "./log.ts";
import { longName, type OptionTable } from "./option_definition.ts";
import { type ConfiguredCommand, SNIFF_OPTIONS } from "./options.ts";
import { type OptionSource, type Resolved, resolveOptions, type ValuesOf } from "./resolve.ts";

/** What decides how messages are written. */
type Messages = Pick<ValuesOf<typeof SNIFF_OPTIONS>, "logFormat" | "quiet" | "verbose" | "color">;

/**
 * The options of a command, as given by whoever typed it, the environment or the configuration file.
 * Warns of variables that are none of webstat's. Throws UserError.
 */
export async function settings<Table extends OptionTable>(
  command: ConfiguredCommand,
  table: Table,
  typed: OptionSource,
  io: Io,
): Promise<Resolved<Table>> {
  const resolved = await resolveChecked(table, await sourcesOf(command, typed, io));
  const log = logOf(resolved.values as unknown as Messages, io);
  if (command !== "run") warnOfVariables(log, io);
  const path = configurationPath(
    (resolved.values as { config?: string | null }).config ?? null,
    io,
  );
  if (path !== null) log.debug(`options from ${printable(path)}`);
  return resolved;
}

/** resolveOptions(), and also throws UserError for metrics that there are not. */
export async function resolveChecked<Table extends OptionTable>(
  table: Table,
  sources: readonly OptionSource[],
): Promise<Resolved<Table>> {
  const resolved = resolveOptions(table, sources);
  const { metrics = [] } = resolved.values as { metrics?: readonly string[] };
  if (metrics.length === 0) return resolved;
  // Which there are is known late: it takes all that writes them.
  const { checkSelection } = await import("../outputs/metric_groups.ts");
  await checkSelection(resolved.nameOf("metrics"), metrics);
  return resolved;
}

/** Where a command's options can be given, the nearest first. Throws UserError. */
export async function sourcesOf(
  command: ConfiguredCommand,
  typed: OptionSource,
  io: Io,
): Promise<OptionSource[]> {
  const variables = environment((name) => io.env(name));
  const file = await configurationFile([typed, variables], io);
  // The environment of a service is not meant for each command that is run.
  const nearer = command === "run" ? [typed] : [typed, variables];
  return file === null ? nearer : [...nearer, forInput(file.sourceFor(command), nearer)];
}

const { listen, events, otlp, remoteWrite } = SNIFF_OPTIONS;
const LIVE_ONLY = [listen, events, otlp, remoteWrite].map(longName);

/**
 * Where a configuration file has results sent is for live captures: a capture file that somebody looks at
 * is neither served nor added to the events of the service.
 */
function forInput(file: OptionSource, nearer: readonly OptionSource[]): OptionSource {
  const readsFiles = nearer.some((source) => source(SNIFF_OPTIONS.files) !== null);
  return (option) => readsFiles && LIVE_ONLY.includes(longName(option)) ? null : file(option);
}

/** The file of --config, else the usual one if it is there; null for none. Throws UserError. */
export async function configurationFile(sources: readonly OptionSource[], io: Io) {
  const { values: { config } } = resolveOptions({ config: SNIFF_OPTIONS.config }, sources);
  const path = configurationPath(config, io);
  if (path === null) return null;
  const { ConfigFile } = await import("./config_file.ts");
  return ConfigFile.read(path);
}

/** `given`: that of --config; else the usual one, if it is there. Null for none. */
function configurationPath(given: string | null, io: Io): string | null {
  if (given !== null) return given;
  return io.configFile !== null && exists(io.configFile) ? io.configFile : null;
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function logOf({ logFormat: format, quiet, verbose, color }: Messages, io: Io): Log {
  return new Log(io, { format, quiet, verbose, color: wantsColor(io, io.stderr.terminal, color) });
}

function warnOfVariables(log: Log, io: Io): void {
  for (const name of unknownVariables(io.envNames())) {
    log.warning(`${printable(name)} is no variable of webstat's: ignored`);
  }
}
