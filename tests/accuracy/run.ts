// Runs webstat over one capture file and judges how it ended.

import { UserError } from "../../src/errors.ts";
import { type Found, parseEvents } from "./facts.ts";

export interface Outcome {
  readonly found: readonly Found[];
  /** What webstat wrote on standard error and may write: a warning, a file that is cut off. */
  readonly notes: string;
  /** What must not happen whatever the capture holds; null where it did not. */
  readonly failure: string | null;
}

/** Gives the outcome of the capture file at `path`. */
export type Runner = (path: string) => Promise<Outcome>;

const TIME_LIMIT_MS = 120_000;

/** What webstat wrote on standard output, beside what an Outcome tells. */
export interface Written {
  readonly stdout: string;
  readonly notes: string;
  readonly failure: string | null;
}

/** Runs webstat over the capture file at `path`, with further `options`. */
export type Run = (path: string, options: readonly string[]) => Promise<Written>;

/** Runs `command` (a program and its first arguments) as webstat. */
export function runner(command: readonly string[]): Run {
  const [program = "webstat", ...before] = command;
  return async (path, options) => {
    if (!await isFile(path)) return { stdout: "", notes: "", failure: "there is no such file" };
    const args = [...before, "sniff", "-r", path, "--events", "-", "-q", ...options];
    const { code, signal, stdout, stderr } = await outputOf(program, args);
    const notes = printable(new TextDecoder().decode(stderr)).trim();
    const failure = signal !== null ? `ended by ${signal}` : badEnd(code, notes);
    return { stdout: new TextDecoder().decode(stdout), notes, failure };
  };
}

/** Runs `command` as webstat, and reads its events. */
export function runWith(command: readonly string[]): Runner {
  const run = runner(command);
  return async (path) => {
    const { stdout, notes, failure } = await run(path, []);
    const { found, problem } = parseEvents(stdout);
    return { found, notes, failure: failure ?? problem };
  };
}

/** Names from the wire may be in messages: nothing that a terminal would obey comes through. */
// deno-lint-ignore no-control-regex
const printable = (text: string): string => text.replaceAll(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/g, "?");

const isFile = (path: string): Promise<boolean> =>
  Deno.stat(path).then((info) => info.isFile, () => false);

/** Runs a program to its end, or kills it when it takes too long. */
async function outputOf(program: string, args: string[]): Promise<Deno.CommandOutput> {
  const pipes = { stdin: "null", stdout: "piped", stderr: "piped" } as const;
  const options = { args, ...pipes, env: { ["NO_COLOR"]: "1" } };
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, options).spawn();
  } catch (error) {
    throw new UserError(`cannot run ${program}: ${(error as Error).message}`);
  }
  const timer = setTimeout(() => child.kill("SIGKILL"), TIME_LIMIT_MS);
  try {
    return await child.output();
  } finally {
    clearTimeout(timer);
  }
}

/** Takes the events from files that were written earlier, `<capture>.ndjson` each. */
export function readFrom(folder: string): Runner {
  return async (path) => {
    const name = `${path.slice(path.lastIndexOf("/") + 1)}.ndjson`;
    try {
      const { found, problem } = parseEvents(await Deno.readTextFile(`${folder}/${name}`));
      return { found, notes: "", failure: problem };
    } catch {
      return { found: [], notes: "", failure: `there is no ${name}` };
    }
  };
}

/** A file that is cut off ends in status 1 and one line; nothing may end in a stack trace. */
export function badEnd(code: number, stderr: string): string | null {
  const lines = stderr === "" ? [] : stderr.split("\n");
  const trace = lines.find((line) => /^\s+at .+:\d+:\d+/.test(line) || line.includes("Uncaught"));
  if (trace !== undefined) return `a stack trace on standard error: ${lines[0]}`;
  if (code === 0 || (code === 1 && lines.length === 1)) return null;
  return `exit status ${code} with ${lines.length} lines on standard error: ${lines[0] ?? ""}`;
}
