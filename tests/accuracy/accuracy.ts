// Compares what webstat finds in real captures with what is in them: deno task accuracy --help.

import { parseArgs } from "node:util";
import { UserError } from "../../src/errors.ts";
import { SHARED_CAPTURES } from "../shared_captures.ts";
import { parseCases, printCases, runCases } from "./cases.ts";
import { CAUSES } from "./causes.ts";
import { type ExpectedCapture, type Kind, KINDS, parseExpected } from "./facts.ts";
import { match } from "./match.ts";
import { type CaptureResult, printReport, reportAsJson } from "./report.ts";
import { readFrom, type Runner, runner, runWith } from "./run.ts";
import { type Row, tally, TUNNELS } from "./tally.ts";

const USAGE = `Usage: deno task accuracy [options] [folder]

Runs webstat over the captures of a folder and compares its events with the folder's expected.jsonl,
or with its cases.jsonl: then all of it must be right, and of the options only --binary and --only count.
The folder is ../shared/pcaps unless given.

  --binary <path>       the webstat to run (default: main.ts, from source)
  --events <folder>     compare <capture>.ndjson of this folder instead of running webstat
  --only <text>         only captures whose name contains this
  --kinds <list>        kinds that must reach --min (default: all)
  --exclude-tags <list> tags of facts that need not reach --min (default: those of tunnels)
  --tunnels             tunnels must reach --min too
  --min <ratio>         the least recall and precision (default: 0.995)
  --jobs <n>            captures read at once (default: 2)
  --json                print the result as JSON
  -v, --verbose         print every difference
  -h, --help

Exit status: 0 reached (or no such folder), 1 not reached or a capture made webstat fail, 2 wrong usage.
`;

interface Settings {
  readonly folder: string;
  readonly runner: Runner;
  /** webstat: a program and its first arguments. */
  readonly command: readonly string[];
  readonly only: string;
  readonly kinds: readonly Kind[];
  readonly withoutTags: readonly string[];
  readonly min: number;
  readonly jobs: number;
  readonly json: boolean;
  readonly verbose: boolean;
}

const ROOT = decodeURIComponent(new URL("../..", import.meta.url).pathname);

export async function main(args: readonly string[]): Promise<number> {
  try {
    const settings = readSettings(args);
    if (settings === null) return print(USAGE), 0;
    const cases = await readList(settings.folder, "cases.jsonl");
    if (cases !== null) return await judgeCases(settings, cases);
    const captures = await readCaptures(settings);
    if (captures === null) {
      print(`Skipped: there is no ${settings.folder}/expected.jsonl to compare with.\n`);
      return 0;
    }
    return judge(settings, await compareAll(captures, settings));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    Deno.stderr.writeSync(new TextEncoder().encode(`accuracy: ${error.message}\n`));
    return error.usage ? 2 : 1;
  }
}

/** Runs every case, prints what is not right, and says whether all is. */
async function judgeCases({ folder, command, only }: Settings, jsonl: string): Promise<number> {
  const cases = parseCases(jsonl).filter(({ file }) => file.includes(only));
  if (cases.length === 0) throw new UserError(`no case of ${folder} is named *${only}*`);
  const results = await runCases(folder, cases, runner(command));
  print(printCases(results));
  return results.every(({ problems }) => problems.length === 0) ? 0 : 1;
}

/** Prints the result and says whether it will do. */
function judge(settings: Settings, results: readonly CaptureResult[]): number {
  const matchings = results.map(({ matching }) => matching);
  const rows = { all: tally(matchings, []), counted: tally(matchings, settings.withoutTags) };
  const { min, kinds, withoutTags, verbose } = settings;
  const short = rows.counted.filter((row) => kinds.includes(row.kind) && !reaches(row, min));
  const reached = short.length === 0 && results.every(({ failure }) => failure === null);
  print(
    settings.json
      ? reportAsJson({ results, rows, causes: CAUSES, reached })
      : printReport({ results, rows, causes: CAUSES, withoutTags, verbose, short, min }),
  );
  return reached ? 0 : 1;
}

const reaches = (row: Row, min: number): boolean => row.recall >= min && row.precision >= min;

/** Null if the folder has no list of what is expected. */
async function readCaptures({ folder, only }: Settings): Promise<ExpectedCapture[] | null> {
  const jsonl = await readList(folder, "expected.jsonl");
  if (jsonl === null) return null;
  const captures = parseExpected(jsonl).filter(({ file }) => file.includes(only));
  if (captures.length === 0) throw new UserError(`no capture of ${folder} is named *${only}*`);
  return captures;
}

/** The text of a file of the folder; null if there is none of that name. */
async function readList(folder: string, name: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(`${folder}/${name}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw new UserError(`cannot read ${folder}/${name}: ${(error as Error).message}`);
  }
}

/** All captures, `jobs` at once, results in the order of the captures. */
async function compareAll(
  captures: readonly ExpectedCapture[],
  { folder, runner, jobs }: Settings,
): Promise<CaptureResult[]> {
  const results: CaptureResult[] = [];
  const queue = captures.entries();
  const work = async () => {
    for (const [i, { file, facts }] of queue) {
      const { found, notes, failure } = await runner(`${folder}/${file}`);
      results[i] = { file, notes, failure, matching: match(facts, found) };
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return results;
}

/** Null when help is asked for. */
function readSettings(args: readonly string[]): Settings | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  if (positionals.length > 1) throw wrong("one folder at a time");
  const kinds = list(values.kinds) as Kind[];
  const unknown = kinds.find((kind) => !KINDS.includes(kind));
  if (unknown !== undefined) throw wrong(`no kind "${unknown}"; there are ${KINDS.join(", ")}`);
  const folder = positionals[0] ?? SHARED_CAPTURES;
  const command = values.binary === undefined
    ? [Deno.execPath(), "run", "-A", `${ROOT}main.ts`]
    : [values.binary];
  return {
    folder: folder.replace(/(?<=.)\/+$/, ""),
    command,
    runner: values.events === undefined ? runWith(command) : readFrom(values.events),
    only: values.only,
    kinds,
    withoutTags: values.tunnels ? [] : list(values["exclude-tags"]),
    min: number(values.min, "--min", 0, 1),
    jobs: number(values.jobs, "--jobs", 1, 64),
    json: values.json,
    verbose: values.verbose,
  };
}

function parse(args: readonly string[]) {
  const text = (value: string) => ({ type: "string", default: value }) as const;
  const flag = { type: "boolean", default: false } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        binary: { type: "string" },
        events: { type: "string" },
        only: text(""),
        kinds: text(KINDS.join(",")),
        "exclude-tags": text(TUNNELS.join(",")),
        tunnels: flag,
        min: text("0.995"),
        jobs: text("2"),
        json: flag,
        verbose: { ...flag, short: "v" },
        help: { ...flag, short: "h" },
      },
    });
  } catch (error) {
    throw wrong((error as Error).message);
  }
}

const list = (text: string): string[] => text.split(",").filter((item) => item !== "");

function number(text: string, option: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= least && value <= most) return value;
  throw wrong(`${option} takes a number from ${least} to ${most}, not "${text}"`);
}

const wrong = (message: string) => new UserError(`${message}; see --help`, { usage: true });

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
