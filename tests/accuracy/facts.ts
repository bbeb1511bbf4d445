// What is in a capture (a line of expected.jsonl) and what webstat says about it (its events), both
// brought to one shape: a kind, and a value for each field that counts.

import { UserError } from "../../src/errors.ts";

export const KINDS = ["http", "http2", "tls", "quic", "dns"] as const;
export type Kind = typeof KINDS[number];
export type Value = string | number | null;

const REQUEST = ["method", "host", "target", "version", "status"] as const;

/** The fields that are compared. */
export const FIELDS: Readonly<Record<Kind, readonly string[]>> = {
  http: REQUEST,
  http2: REQUEST,
  tls: ["host"],
  quic: ["host", "version"],
  dns: ["host", "qtype", "rcode"],
};

/** Something that is in a capture. */
export interface Fact {
  readonly kind: Kind;
  /** As FIELDS[kind]: for each field the values that are right, the expected one first. */
  readonly values: readonly (readonly Value[])[];
  /** An event for a fact that is not required is right, and so is none. */
  readonly required: boolean;
  readonly tags: readonly string[];
  /** Number of the packet that completes it; null where not told. */
  readonly frame: number | null;
}

/** Something that webstat found. */
export interface Found {
  readonly kind: Kind;
  /** As FIELDS[kind]. */
  readonly values: readonly Value[];
  /** Whether it was read by secrets that the capture holds. */
  readonly isDecrypted: boolean;
}

export interface ExpectedCapture {
  readonly file: string;
  readonly facts: readonly Fact[];
}

type Json = Readonly<Record<string, unknown>>;

/** The captures that expected.jsonl describes; throws UserError where a line is none. */
export function parseExpected(jsonl: string): ExpectedCapture[] {
  return jsonl.split("\n").filter((line) => line.trim() !== "").map((line, i) => {
    const capture = parseObject(line);
    const facts = capture?.["facts"];
    if (capture === null || typeof capture["file"] !== "string" || !isObject(facts)) {
      throw new UserError(`line ${i + 1} of expected.jsonl describes no capture`);
    }
    return { file: capture["file"], facts: KINDS.flatMap((kind) => factsOf(kind, facts[kind])) };
  });
}

export interface ParsedEvents {
  readonly found: readonly Found[];
  /** What is wrong with the first line that is no event; null where all are. */
  readonly problem: string | null;
}

/** Reads NDJSON as `--events` writes it. */
export function parseEvents(ndjson: string): ParsedEvents {
  const found: Found[] = [];
  const lines = ndjson.split("\n");
  if (lines.pop() !== "") return { found, problem: "the last line of the events is cut off" };
  for (const [i, line] of lines.entries()) {
    const event = parseObject(line);
    const one = event === null ? null : toFound(event);
    if (one === null) return { found, problem: `line ${i + 1} is no event: ${line.slice(0, 80)}` };
    found.push(one);
  }
  return { found, problem: null };
}

/** One line for people: the fields in order, nothing in it that a terminal would obey. */
export function describe(values: readonly Value[]): string {
  return values.map((value) => {
    if (value === null) return "-";
    const quoted = JSON.stringify(value).replaceAll(/[\u007f-\u009f]/g, "?");
    return typeof value === "string" && quoted === `"${value}"` && /^\S+$/.test(value)
      ? value
      : quoted;
  }).join(" ");
}

/** The expected values of a fact, alternatives left aside. */
export const expectedValues = (fact: Fact): Value[] => fact.values.map((right) => right[0] ?? null);

function factsOf(kind: Kind, entries: unknown): Fact[] {
  if (!Array.isArray(entries)) return [];
  return entries.filter(isObject).map((entry) => ({
    kind,
    values: FIELDS[kind].map((
      field,
    ) => [toValue(entry[field]), ...toValues(entry[`${field}_alt`])]),
    required: entry["opt"] === undefined,
    tags: toValues(entry["tags"]).map(String),
    frame: typeof entry["frame"] === "number" ? entry["frame"] : null,
  }));
}

function toFound(event: Json): Found | null {
  const kind = kindOf(event);
  if (kind === null) return null;
  const values = FIELDS[kind].map((field) =>
    toValue(event[kind === "quic" && field === "version" ? "quic_version" : field])
  );
  return { kind, values, isDecrypted: kind.startsWith("http") && typeof event["tls"] === "string" };
}

/** An HTTP/2 request is an event of kind http with version "2". */
function kindOf(event: Json): Kind | null {
  const { kind, version } = event;
  if (kind === "http" && version === "2") return "http2";
  return KINDS.find((known) => known === kind && known !== "http2") ?? null;
}

function parseObject(line: string): Json | null {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const toValue = (value: unknown): Value =>
  typeof value === "string" || typeof value === "number" ? value : null;

/** A list as it is, a single value as a list of one, nothing as an empty one. */
function toValues(value: unknown): Value[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value.map(toValue) : [toValue(value)];
}
