// Small captures of one situation each: a folder's cases.jsonl says which events are right, as
// [kind, host, method | TLS version | QUIC version | DNS type, status | rcode]; "*" stands for anything.

import { UserError } from "../../src/errors.ts";
import type { Run } from "./run.ts";

/** Kind, host, and the two fields that tell events of that kind apart; texts, "None" for null. */
type Event = readonly string[];

export interface Case {
  readonly file: string;
  readonly why: string;
  /** A key log beside the capture, null without. */
  readonly keys: string | null;
  /** The kinds of events that are compared; null for all. */
  readonly kinds: readonly string[] | null;
  readonly events: readonly Event[];
}

/** What is not right about one capture; no lines if all is. */
export interface CaseResult {
  readonly file: string;
  readonly why: string;
  readonly problems: readonly string[];
}

const SECOND: Readonly<Record<string, string>> = {
  http: "method",
  tls: "version",
  quic: "quic_version",
  dns: "qtype",
};
const THIRD: Readonly<Record<string, string>> = { http: "status", dns: "rcode" };

type Json = Readonly<Record<string, unknown>>;

/** The cases that cases.jsonl describes; throws UserError if a line is none. */
export function parseCases(jsonl: string): Case[] {
  return jsonl.split("\n").filter((line) => line.trim() !== "").map((line, i) => {
    const { file, why, keys, kinds, events } = parseObject(line);
    if (typeof file !== "string" || !Array.isArray(events) || !events.every(Array.isArray)) {
      throw new UserError(`line ${i + 1} of cases.jsonl describes no case`);
    }
    return {
      file,
      why: typeof why === "string" ? why : "",
      keys: typeof keys === "string" ? keys : null,
      kinds: Array.isArray(kinds) ? kinds.map(String) : null,
      events: events.map((event) => (event as unknown[]).map((value) => text(value, "None"))),
    };
  });
}

function parseObject(line: string): Json {
  try {
    return JSON.parse(line) as Json ?? {};
  } catch {
    return {};
  }
}

const text = (value: unknown, missing: string): string =>
  value === null || value === undefined ? missing : String(value);

/** Reads NDJSON as `--events` writes it; what is no event becomes one of that name. */
export function eventsOf(ndjson: string): Event[] {
  return ndjson.split("\n").filter((line) => line !== "").map((line) => {
    const event = parseObject(line);
    const kind = text(event["kind"], "no event");
    const third = THIRD[kind];
    return [
      kind,
      text(event["host"], ""),
      text(event[SECOND[kind] ?? ""], "None"),
      third === undefined ? "" : text(event[third], "None"),
    ];
  });
}

/** What is missing and what is too much, a line each. */
export function compare({ events, kinds }: Case, found: readonly Event[]): string[] {
  const left = found.filter(([kind]) => kinds === null || kinds.includes(kind!));
  // Those without "*" choose first, so that "*" takes none that another needs.
  const wanted = events.toSorted((a, b) => stars(a) - stars(b));
  const missing = wanted.filter((want) => {
    const at = left.findIndex((have) =>
      want.every((value, i) => value === "*" || value === have[i])
    );
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return [...counted("missing", missing), ...counted("extra", left)];
}

const stars = (event: Event): number => event.filter((value) => value === "*").length;

function counted(what: string, events: readonly Event[]): string[] {
  const groups = Map.groupBy(events, (event) => event.map(quoted).join(" ").trimEnd());
  return [...groups].map(([event, same]) => `${what} ${same.length}x ${event}`);
}

/** Names from the wire: nothing that a terminal would obey comes through. */
const quoted = (value: string): string =>
  /^[\x21-\x7e]*$/.test(value) ? value : JSON.stringify(value).replaceAll(/[\x7f-\x9f]/g, "?");

/** Runs webstat over each case of `folder`, one after the other. */
export async function runCases(
  folder: string,
  cases: readonly Case[],
  run: Run,
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const one of cases) {
    const keys = one.keys === null ? [] : ["--keylog", `${folder}/${one.keys}`];
    const { stdout, failure } = await run(`${folder}/${one.file}`, keys);
    const problems = compare(one, eventsOf(stdout));
    results.push({
      file: one.file,
      why: one.why,
      problems: failure === null ? problems : [failure, ...problems],
    });
  }
  return results;
}

/** For people: a paragraph for each case that is not right, then how many are. */
export function printCases(results: readonly CaseResult[]): string {
  const wrong = results.filter(({ problems }) => problems.length > 0);
  const paragraphs = wrong.map(({ file, why, problems }) =>
    [`${file}${why === "" ? "" : `: ${why}`}`, ...problems.map((line) => `  ${line}`)].join("\n")
  );
  return [...paragraphs, `${results.length - wrong.length} of ${results.length} right`, ""].join(
    "\n",
  );
}
