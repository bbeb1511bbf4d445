// What sniff is to do, after all that was given is understood and filled up with defaults.

import { UserError } from "../errors.ts";
import { type Matcher, matcher } from "../hosts/matcher.ts";
import type { ListenAddress } from "../outputs/server.ts";
import type { AnalyzeFlags, SniffFlags } from "./args.ts";
import type { MergedFlags } from "./environment.ts";
import type { Io } from "./io.ts";
import { type LogOptions, wantsColor } from "./log.ts";
import { parseChoice, parseDuration, parseInteger, parseListen } from "./values.ts";

export interface SniffConfig {
  /** Interfaces to capture from; empty for the default one, or with `files`. */
  readonly interfaces: readonly string[];
  readonly files: readonly string[];
  readonly filter: string | null;
  readonly ip: boolean;
  readonly location: boolean;
  readonly geoipDb: string | null;
  /** Null for not at all. */
  readonly listen: ListenAddress | null;
  readonly maxHosts: number;
  /** "-" for standard output. */
  readonly events: string | null;
  readonly report: "table" | "json" | "none";
  /** Milliseconds. */
  readonly duration: number | null;
  readonly count: number | null;
  /** 0 for all. */
  readonly snaplen: number;
  /** Bytes. */
  readonly bufferSize: number;
  readonly promiscuous: boolean;
  /** Threads that share the work. */
  readonly workers: number;
  readonly log: LogOptions;
  /** Whether the report may have colours. */
  readonly color: boolean;
}

/** What is to be done with a live report, beyond what is captured. */
export interface AnalyzeConfig extends SniffConfig {
  /** What is exported from the beginning. */
  readonly exports: readonly Matcher[];
  /** Where exported hosts are kept; null for the usual place. */
  readonly extract: string | null;
}

const SNIFF_PORT = 8000;
const ANALYZE_PORT = 8001;
const DEFAULT_MAX_HOSTS = 1000;
const MAX_HOSTS = 10_000_000;
/** libpcap's own limit. */
const MAX_SNAPLEN = 262_144;
const MIB = 1024 * 1024;
const DEFAULT_BUFFER = 32;
/** More than any machine that runs this has use for; the kernel lets 256 share an interface. */
const MAX_WORKERS = 64;
/** libpcap takes the size as a C int. */
const MAX_BUFFER = 2047;

/** Throws UserError for what cannot be meant. */
export function analyzeConfig(given: MergedFlags<AnalyzeFlags>, io: Io): AnalyzeConfig {
  const { flags, nameOf } = given;
  const config = sniffConfig(given, io, ANALYZE_PORT);
  const isTaken = (option: string, help: string) =>
    new UserError(`${option} - cannot be with analyze: ${help}`, { usage: true });
  if (config.events === "-") {
    throw isTaken(nameOf("events"), "standard output is the terminal; name a file");
  }
  if (config.files.includes("-")) {
    throw isTaken(nameOf("read"), "keys are read from standard input; name a file");
  }
  return {
    ...config,
    report: flags.json ? "json" : "none",
    exports: (flags.export ?? []).map((text) => {
      if (text === "") throw new UserError(`${nameOf("export")} needs a text`, { usage: true });
      return matcher(text);
    }),
    extract: flags.extract ?? null,
  };
}

/** Throws UserError for what cannot be meant. */
export function sniffConfig(
  given: MergedFlags<SniffFlags>,
  io: Io,
  port = SNIFF_PORT,
): SniffConfig {
  const { flags, nameOf } = given;
  const { interfaces, files } = sources(given);
  if (flags.json && flags.events === "-") {
    throw conflict(nameOf("json"), `${nameOf("events")} -`, "both would go to standard output");
  }
  if (flags.quiet && flags.verbose) {
    throw conflict(nameOf("quiet"), nameOf("verbose"), "choose one of them");
  }
  const integer = (key: keyof SniffFlags, min: number, max: number): number | null => {
    const text = flags[key];
    return typeof text === "string" ? parseInteger(nameOf(key), text, min, max) : null;
  };
  return {
    interfaces,
    files,
    filter: flags.filter ?? null,
    ip: flags.ip ?? false,
    location: flags.location ?? false,
    geoipDb: flags.geoipDb ?? null,
    listen: flags.listen !== undefined
      ? parseListen(nameOf("listen"), flags.listen)
      : files.length > 0
      ? null
      : { hostname: "127.0.0.1", port },
    maxHosts: integer("maxHosts", 1, MAX_HOSTS) ?? DEFAULT_MAX_HOSTS,
    events: flags.events ?? null,
    report: reportKind(flags, files.length === 0),
    duration: flags.duration === undefined
      ? null
      : parseDuration(nameOf("duration"), flags.duration),
    count: integer("count", 1, Number.MAX_SAFE_INTEGER),
    snaplen: integer("snaplen", 0, MAX_SNAPLEN) ?? 0,
    bufferSize: (integer("bufferSize", 1, MAX_BUFFER) ?? DEFAULT_BUFFER) * MIB,
    promiscuous: flags.promiscuous ?? true,
    workers: checkedWorkers(nameOf("workers"), integer("workers", 1, MAX_WORKERS) ?? 1, files),
    ...appearance(given, io),
  };
}

/** Throws UserError where this system does not let several workers share an interface. */
export function checkedWorkers(
  option: string,
  workers: number,
  files: readonly string[],
  system: string = Deno.build.os,
): number {
  if (workers === 1 || files.length > 0 || system === "linux") return workers;
  throw new UserError(`${option} ${workers}: only Linux can share an interface between workers`, {
    usage: true,
  });
}

function appearance({ flags, nameOf }: MergedFlags<SniffFlags>, io: Io): {
  log: LogOptions;
  color: boolean;
} {
  const color = flags.color ?? true;
  return {
    log: {
      format: parseChoice(nameOf("logFormat"), flags.logFormat ?? "text", ["text", "json"]),
      quiet: flags.quiet ?? false,
      verbose: flags.verbose ?? false,
      color: wantsColor(io, io.stderr.terminal, color),
    },
    color: wantsColor(io, io.stdout.width() !== null, color),
  };
}

/** What is typed stands above what the environment says, also where the two exclude each other. */
function sources(given: MergedFlags<SniffFlags>): { interfaces: string[]; files: string[] } {
  const interfaces = given.flags.interface ?? [];
  const files = given.flags.read ?? [];
  if (interfaces.length === 0 || files.length === 0) return { interfaces, files };
  const fromEnvironment = given.fromEnvironment("interface");
  if (fromEnvironment === given.fromEnvironment("read")) {
    throw conflict(
      given.nameOf("interface"),
      given.nameOf("read"),
      "capture from interfaces, or read files",
    );
  }
  return fromEnvironment ? { interfaces: [], files } : { interfaces, files: [] };
}

function reportKind(flags: SniffFlags, live: boolean): SniffConfig["report"] {
  // Nothing but events may be where events go.
  if (flags.events === "-") return "none";
  if (flags.json) return "json";
  return live && flags.quiet ? "none" : "table";
}

function conflict(one: string, other: string, help: string): UserError {
  return new UserError(`${one} and ${other} exclude each other: ${help}`, { usage: true });
}
