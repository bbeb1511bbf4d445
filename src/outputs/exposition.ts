// Prometheus' text format, version 0.0.4, and OpenMetrics 1.0, written straight from a snapshot.
//
// It does not go through prom-client. A page of 1000 hosts has 80,000 lines, for which its registry
// took 250-700 ms, as it makes an object, an array and several strings for each. The tests compare
// both for the same samples.

import { type DurationScale, MAX_BOUNDS } from "../hosts/duration_scale.ts";
import { addToBuckets } from "../hosts/duration_snapshot.ts";
import type { DurationSnapshot, Snapshot } from "../hosts/snapshot.ts";
import type { View } from "../hosts/columns.ts";
import { type Family, hasCreated, type Labels, unitOf } from "./family.ts";
import type { SeriesTally } from "./series.ts";
import { TextBytes } from "./text_bytes.ts";

/** What differs between the two formats. */
interface Dialect {
  /** The lines before the samples of a family. */
  head(family: Family): string;
  /** Whether lines say since when its samples are counted. */
  hasCreated(family: Family): boolean;
  /** The last line. */
  readonly end: string;
}

const TEXT: Dialect = {
  head: ({ name, help, type }) =>
    `# HELP ${name} ${escapeHelp(help)}\n` +
    `# TYPE ${name} ${type}\n`,
  hasCreated: () => false,
  end: "",
};

const OPEN_METRICS: Dialect = {
  head(family) {
    const { name, help, type } = family;
    const bare = name.replace(/_total$|_info$/, "");
    const unit = unitOf(family);
    return `# TYPE ${bare} ${name.endsWith("_info") ? "info" : type}\n` +
      (unit === undefined ? "" : `# UNIT ${bare} ${unit}\n`) +
      `# HELP ${bare} ${escapeHelp(help).replaceAll('"', '\\"')}\n`;
  },
  hasCreated,
  end: "# EOF\n",
};

/** The text format: all samples of the families, in UTF-8; written to `out`, whose bytes they are. */
export const textPage = (
  families: Iterable<Family>,
  snapshot: Snapshot,
  view: View,
  tally: SeriesTally,
  out = new TextBytes(),
): Uint8Array<ArrayBuffer> => page(TEXT, families, snapshot, view, tally, out);

/** OpenMetrics, with units, and with `_created` where it is not of a host. */
export const openMetricsPage = (
  families: Iterable<Family>,
  snapshot: Snapshot,
  view: View,
  tally: SeriesTally,
  out = new TextBytes(),
): Uint8Array<ArrayBuffer> => page(OPEN_METRICS, families, snapshot, view, tally, out);

function page(
  { head, hasCreated, end }: Dialect,
  families: Iterable<Family>,
  snapshot: Snapshot,
  view: View,
  tally: SeriesTally,
  out: TextBytes,
): Uint8Array<ArrayBuffer> {
  for (const family of families) {
    const { name } = family;
    const isDated = hasCreated(family);
    out.text(head(family));
    const first = out.length;
    for (const [labels, value, since = snapshot.since] of family.values(snapshot, view)) {
      tally.add(family, value);
      if (typeof value === "number") writeLine(out, first, name, "", labels, value);
      else writeHistogram(out, first, name, labels, value);
      if (!isDated) continue;
      writeLine(out, first, name.replace(/_total$/, ""), "_created", labels, since / 1e6);
    }
  }
  out.text(end);
  return out.bytes;
}

/** `first`: see writeName. */
function writeHistogram(
  out: TextBytes,
  first: number,
  name: string,
  labels: Labels,
  durations: DurationSnapshot,
): void {
  const counts = BUCKETS.fill(0);
  addToBuckets(durations, counts);
  const ends = endsOf(durations.scale);
  // From the end of the line before, so that each copy ends the line that it follows.
  const begin = out.length - 1;
  writeName(out, first, name);
  out.text("_bucket");
  const pairs = out.length;
  const hasPairs = writePairs(out, labels);
  const pairsEnd = out.length;
  out.text(hasPairs ? '",le="' : '{le="');
  const end = out.length;
  let cumulative = 0;
  for (let i = 0; i < ends.length; i++) {
    if (i > 0) out.again(begin, end);
    out.encoded(ends[i]!);
    cumulative += counts[i]!;
    out.count(cumulative);
  }
  out.text("\n");
  writeName(out, first, name);
  out.text("_sum");
  out.again(pairs, pairsEnd);
  writeValue(out, hasPairs, durations.sum);
  writeName(out, first, name);
  out.text("_count");
  out.again(pairs, pairsEnd);
  writeValue(out, hasPairs, cumulative);
}

/** Counts of the buckets of one histogram after the other. */
const BUCKETS = new Float64Array(MAX_BOUNDS + 1);

const ENDS = new WeakMap<DurationScale, readonly Uint8Array[]>();

/** The rest of a bucket's labels, from the value of `le` on. */
function endsOf(scale: DurationScale): readonly Uint8Array[] {
  let ends = ENDS.get(scale);
  if (ends === undefined) {
    ends = scale.boundTexts.map((bound) => encode(bound + '"} '));
    ENDS.set(scale, ends);
  }
  return ends;
}

/** The line of a sample. `first`: see writeName; `suffix`: of the name. */
function writeLine(
  out: TextBytes,
  first: number,
  name: string,
  suffix: string,
  labels: Labels,
  value: number,
): void {
  writeName(out, first, name);
  out.text(suffix);
  writeValue(out, writePairs(out, labels), value);
}

/** The name of a family, which begins each of its lines; `first`: where its first line is. */
function writeName(out: TextBytes, first: number, name: string): void {
  if (out.length === first) out.text(name);
  else out.again(first, first + name.length);
}

/** The rest of a line. */
function writeValue(out: TextBytes, hasPairs: boolean, value: number): void {
  out.text(hasPairs ? '"} ' : " ");
  if (Number.isSafeInteger(value) && value >= 0) out.count(value);
  else out.text(floatText(value));
  out.text("\n");
}

const ENCODER = new TextEncoder();
const encode = (text: string): Uint8Array => ENCODER.encode(text);

const floatText = (value: number): string =>
  value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : String(value);

/**
 * The labels from their brace on, but for the quote after the last value. Returns whether there are any;
 * else nothing is written.
 */
function writePairs(out: TextBytes, labels: Labels): boolean {
  let hasAny = false;
  for (const name in labels) {
    const { first, next } = affixesOf(name);
    out.encoded(hasAny ? next : first);
    const value = labels[name]!;
    if (!out.plain(value)) out.text(escapeLabel(value));
    hasAny = true;
  }
  return hasAny;
}

/** What stands before the value of a label: of the first one, and of others. */
interface Affixes {
  readonly first: Uint8Array;
  readonly next: Uint8Array;
}

/** By the names of labels, which are webstat's own. */
const AFFIXES = new Map<string, Affixes>();

function affixesOf(name: string): Affixes {
  let affixes = AFFIXES.get(name);
  if (affixes === undefined) {
    affixes = { first: encode(`{${name}="`), next: encode(`",${name}="`) };
    AFFIXES.set(name, affixes);
  }
  return affixes;
}

/** Of a label value that is not plain. A carriage return is legal, but becomes \n all the same. */
function escapeLabel(text: string): string {
  return text.toWellFormed().replace(/[\\"]/g, "\\$&").replace(/\r?\n|\r/g, "\\n");
}

function escapeHelp(text: string): string {
  return text.replace(/\\/g, "\\\\").replace(/\n/g, "\\n");
}
