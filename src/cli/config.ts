// The configuration of a command: the values of its options, checked against each other, and what is
// derived from them.

import { UserError } from "../errors.ts";
import type { ListenAddress } from "../server/server.ts";
import type { Io } from "./io.ts";
import { type LogOptions, wantsColor } from "./log.ts";
import { type ANALYZE_OPTIONS, SNIFF_OPTIONS } from "./options.ts";
import type { Resolved, ValuesOf } from "./resolve.ts";
import { checkFiles, type NamedPath } from "./same_file.ts";

/** What --json and --events call it. */
const STANDARD_OUTPUT = "-";
/** Routes that --series counts of each host, unless --routes says how many. */
const SERIES_ROUTES = 10;

/** The values of the options, and what is derived from several of them. */
export interface SniffConfig extends Omit<ValuesOf<typeof SNIFF_OPTIONS>, "listen"> {
  /** Null if /metrics is not served. */
  readonly listen: ListenAddress | null;
  readonly report: "table" | "json" | "series" | "none";
  readonly log: LogOptions;
}

export type AnalyzeConfig =
  & SniffConfig
  & Pick<ValuesOf<typeof ANALYZE_OPTIONS>, "exports" | "extract" | "keepView" | "theme">;

/** Throws UserError if options contradict each other. */
export function analyzeConfig(given: Resolved<typeof ANALYZE_OPTIONS>, io: Io): AnalyzeConfig {
  const { values: { json, exports, extract, keepView, theme }, nameOf } = given;
  const config = sniffConfig(withoutSeries(given), io, [[nameOf("extract"), extract]]);
  const isTaken = (option: string, help: string) =>
    new UserError(`${option} - cannot be used with analyze: ${help}`, { usage: true });
  if (config.events === STANDARD_OUTPUT) {
    throw isTaken(nameOf("events"), "standard output is the terminal; name a file");
  }
  if (config.files.includes("-")) {
    throw isTaken(nameOf("files"), "keys are read from standard input; name a file");
  }
  // Colours are for the screen, wherever the report goes.
  const color = wantsColor(io, true, given.values.color);
  const report = json === STANDARD_OUTPUT ? "json" : "none";
  return { ...config, exports, extract, keepView, theme, color, report };
}

/** analyze has all options of sniff but --series. */
function withoutSeries(
  { values, nameOf, sourceOf }: Resolved<typeof ANALYZE_OPTIONS>,
): Resolved<typeof SNIFF_OPTIONS> {
  return {
    values: { ...values, series: false },
    nameOf: (key) => key === "series" ? "--series" : nameOf(key),
    sourceOf: (key) => key === "series" ? Infinity : sourceOf(key),
  };
}

/** `outputs`: files that are also written. Throws UserError if options contradict each other. */
export function sniffConfig(
  given: Resolved<typeof SNIFF_OPTIONS>,
  io: Io,
  outputs: readonly NamedPath[] = [],
): SniffConfig {
  const { values, nameOf, sourceOf } = given;
  const { interfaces, files } = inputs(given);
  checkStandardOutput(given);
  checkFiles(
    [[nameOf("events"), values.events], [nameOf("json"), values.json], ...outputs],
    [
      ...files.map((path) => [nameOf("files"), path] as const),
      ...values.keyLogs.map((path) => [nameOf("keyLogs"), path] as const),
    ],
  );
  if (values.quiet && values.verbose) {
    throw conflict(nameOf("quiet"), nameOf("verbose"), "choose one of them");
  }
  if (values.asn && values.asnDb === null) {
    const help = `also give ${nameOf("asnDb")} FILE`;
    throw new UserError(`${nameOf("asn")} has no database: ${help}`, { usage: true });
  }
  for (const key of ["ip", "location", "asnDb", "clients", "targets", "routes"] as const) {
    if (!values.privacy || !values[key]) continue;
    throw conflict(nameOf("privacy"), nameOf(key), "no addresses and targets are kept");
  }
  checkProcess(nameOf("process"), values.process, files);
  checkWorkers(nameOf("workers"), values.workers, files);
  const { logFormat: format, quiet, verbose, color } = values;
  // Another webstat may serve there, whose series are to be fewer.
  const isServed = (files.length === 0 && !values.series) || sourceOf("listen") < Infinity;
  return {
    ...values,
    interfaces,
    files,
    listen: isServed ? values.listen : null,
    routes: values.routes ?? (values.series && !values.privacy ? SERIES_ROUTES : null),
    report: reportKind(values, files.length === 0),
    log: { format, quiet, verbose, color: wantsColor(io, io.stderr.terminal, color) },
    color: wantsColor(io, io.stdout.width() !== null, color),
  };
}

/** Throws UserError if two results would be mixed there. */
function checkStandardOutput({ values, nameOf }: Resolved<typeof SNIFF_OPTIONS>): void {
  const [one, other] = [
    values.series ? nameOf("series") : null,
    values.json === STANDARD_OUTPUT ? nameOf("json") : null,
    values.events === STANDARD_OUTPUT ? `${nameOf("events")} -` : null,
  ].filter((name) => name !== null);
  if (other !== undefined) throw conflict(one!, other, "both would go to standard output");
}

/** Throws UserError if programs are asked for where nothing knows them. */
function checkProcess(
  option: string,
  how: SniffConfig["process"],
  files: readonly string[],
): void {
  if (how === null) return;
  if (files.length > 0) {
    const help = "a file does not say which program has sent a packet";
    throw new UserError(`${option} needs a live capture: ${help}`, { usage: true });
  }
  if (Deno.build.os !== "linux") {
    throw new UserError(`${option}: only Linux tells which program it is`, { usage: true });
  }
}

/** Throws UserError if several workers would share an interface on another system than Linux. */
export function checkWorkers(
  option: string,
  workers: number,
  files: readonly string[],
  system: string = Deno.build.os,
): void {
  if (workers === 1 || files.length > 0 || system === "linux") return;
  throw new UserError(`${option} ${workers}: only Linux can share an interface between workers`, {
    usage: true,
  });
}

type SniffOptions = typeof SNIFF_OPTIONS;

/** The options that are marked for the worker. */
type WorkerKey = {
  [Key in keyof SniffOptions]: SniffOptions[Key] extends { readonly worker: true } ? Key : never;
}[keyof SniffOptions];

/** The options of `config` that are sent to the worker. */
export function workerValues(config: SniffConfig): Pick<SniffConfig, WorkerKey> {
  const keys = Object.entries(SNIFF_OPTIONS).filter(([, option]) => "worker" in option)
    .map(([key]) => key as WorkerKey);
  return Object.fromEntries(keys.map((key) => [key, config[key]])) as Pick<SniffConfig, WorkerKey>;
}

/** Interfaces or files. If both are given, the command line goes before the environment. */
function inputs({ values, nameOf, sourceOf }: Resolved<typeof SNIFF_OPTIONS>) {
  const { interfaces, files } = values;
  if (interfaces.length === 0 || files.length === 0) return { interfaces, files };
  const interfacesFrom = sourceOf("interfaces");
  const filesFrom = sourceOf("files");
  if (interfacesFrom === filesFrom) {
    const help = "capture from interfaces, or read files";
    throw conflict(nameOf("interfaces"), nameOf("files"), help);
  }
  return interfacesFrom < filesFrom ? { interfaces, files: [] } : { interfaces: [], files };
}

function reportKind(
  { events, json, quiet, series }: ValuesOf<typeof SNIFF_OPTIONS>,
  live: boolean,
): SniffConfig["report"] {
  // Events have standard output for themselves.
  if (events === STANDARD_OUTPUT) return "none";
  if (json === STANDARD_OUTPUT) return "json";
  if (series) return "series";
  return live && quiet ? "none" : "table";
}

function conflict(one: string, other: string, help: string): UserError {
  return new UserError(`${one} and ${other} exclude each other: ${help}`, { usage: true });
}
