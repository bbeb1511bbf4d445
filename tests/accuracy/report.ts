// The result of a comparison as text for people and as JSON for tools.

import type { Cause } from "./causes.ts";
import { describe, expectedValues, type Fact, type Kind } from "./facts.ts";
import { describeDifference, type Matching } from "./match.ts";
import type { Row } from "./tally.ts";

export interface CaptureResult {
  readonly file: string;
  readonly notes: string;
  readonly failure: string | null;
  readonly matching: Matching;
}

interface Rows {
  readonly all: readonly Row[];
  readonly counted: readonly Row[];
}

interface Report {
  readonly results: readonly CaptureResult[];
  readonly rows: Rows;
  readonly causes: readonly Cause[];
  readonly withoutTags: readonly string[];
  readonly verbose: boolean;
  /** Rows of `counted` that do not reach `min`. */
  readonly short: readonly Row[];
  readonly min: number;
}

/** One difference between what is in a capture and what webstat found in it. */
export interface Remark {
  readonly capture: string;
  readonly kind: Kind;
  readonly what: "missing" | "extra" | "differs";
  readonly text: string;
  readonly tags: readonly string[];
  readonly frame: number | null;
}

const UNKNOWN = "cause unknown";

export function printReport(report: Report): string {
  const { results, rows, causes, withoutTags, short, min } = report;
  const remarks = results.flatMap(remarksOf);
  const without = withoutTags.length === 0 ? [] : [
    "",
    `Without what is tagged ${withoutTags.join(", ")}`,
    ...table(rows.counted),
  ];
  return [
    `${results.length} captures`,
    ...table(rows.all),
    ...without,
    ...section("Differences", report.verbose ? inFull(remarks, causes) : byCause(remarks, causes)),
    ...section("Causes that explain nothing", stale(results, remarks, causes)),
    ...section("webstat's own messages", messages(results)),
    ...section(
      "FAILED",
      results.flatMap((r) => r.failure === null ? [] : `${r.file}: ${r.failure}`),
    ),
    ...section("BELOW", short.map((row) => `${row.kind} is below ${min}`)),
  ].join("\n") + "\n";
}

export function reportAsJson(
  { results, rows, causes, reached }: Pick<Report, "results" | "rows" | "causes"> & {
    readonly reached: boolean;
  },
): string {
  const captures = results.map((result) => ({
    file: result.file,
    failure: result.failure,
    notes: result.notes,
    matched: result.matching.matched.length,
    differences: remarksOf(result).map((remark) => ({ ...remark, cause: causeOf(remark, causes) })),
  }));
  return JSON.stringify({ reached, ...rows, captures }, null, 2) + "\n";
}

export function remarksOf({ file: capture, matching }: CaptureResult): Remark[] {
  const about = (fact: Fact) => ({ kind: fact.kind, tags: fact.tags, frame: fact.frame });
  const nothing = { tags: [], frame: null };
  return [
    ...matching.differing.map((difference): Remark => ({
      capture,
      ...about(difference.fact),
      what: "differs",
      text: `${describe(expectedValues(difference.fact))}: ${describeDifference(difference)}`,
    })),
    ...matching.missing.map((fact): Remark => ({
      capture,
      ...about(fact),
      what: "missing",
      text: describe(expectedValues(fact)),
    })),
    ...matching.extra.map(({ kind, values }): Remark => ({
      capture,
      kind,
      ...nothing,
      what: "extra",
      text: describe(values),
    })),
  ];
}

export function causeOf(remark: Remark, causes: readonly Cause[]): string | null {
  return causes.find((cause) => explains(cause, remark))?.cause ?? null;
}

function explains({ capture, kind, tag, key }: Cause, remark: Remark): boolean {
  return (capture ?? remark.capture) === remark.capture &&
    (kind ?? remark.kind) === remark.kind &&
    (tag === undefined || remark.tags.includes(tag)) &&
    remark.text.includes(key ?? "");
}

const COLUMNS = ["kind", "expected", "found", "missing", "extra", "recall", "precision"];

function table(rows: readonly Row[]): string[] {
  const cells = rows.map((row) => [
    row.kind,
    ...[row.expected, row.found, row.missing, row.extra].map(String),
    // Rounded down: 1.0000 says that nothing at all is missing.
    ...[row.recall, row.precision].map((ratio) => (Math.floor(ratio * 1e4) / 1e4).toFixed(4)),
  ]);
  const line = ([kind = "", ...numbers]: readonly string[]) =>
    kind.padEnd(6) + numbers.map((cell) => cell.padStart(10)).join("");
  return [COLUMNS, ...cells].map(line);
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ["", `${title}:`, ...lines.map((line) => `  ${line}`)];

/** Each difference on a line of its own. */
function inFull(remarks: readonly Remark[], causes: readonly Cause[]): string[] {
  return remarks.flatMap((remark) => {
    const { capture, kind, what, text, tags, frame } = remark;
    const place = frame === null ? "" : ` (packet ${[frame, ...tags].join(", ")})`;
    return [
      `${capture} ${kind} ${what}: ${shortened(text)}${place}`,
      `    ${causeOf(remark, causes) ?? UNKNOWN}`,
    ];
  });
}

/** Targets can be thousands of characters long; what differs is said at the end. */
const shortened = (text: string): string =>
  text.length <= 200 ? text : `${text.slice(0, 120)} ... ${text.slice(-70)}`;

/** How many differences each cause explains, and in which captures. */
function byCause(remarks: readonly Remark[], causes: readonly Cause[]): string[] {
  const groups = Map.groupBy(remarks, (remark) => causeOf(remark, causes) ?? UNKNOWN);
  return [...groups].map(([cause, group]) => {
    const captures = Map.groupBy(
      group,
      ({ capture, kind, what }) => `${capture} (${kind} ${what})`,
    );
    const where = [...captures].map(([name, some]) => `${some.length} in ${name}`);
    return `${cause}: ${where.join(", ")}`;
  });
}

/** Entries of the table that have become needless, of the captures that were compared. */
function stale(
  results: readonly CaptureResult[],
  remarks: readonly Remark[],
  causes: readonly Cause[],
): string[] {
  return causes
    .filter(({ capture }) => results.some(({ file }) => file === capture))
    .filter((cause) => !remarks.some((remark) => explains(cause, remark)))
    .map(({ capture, cause }) => `${capture}: ${cause}`);
}

const messages = (results: readonly CaptureResult[]): string[] =>
  results.flatMap(({ file, notes, failure }) =>
    notes === "" || failure !== null ? [] : `${file}: ${notes.replaceAll("\n", " / ")}`
  );
