// Prometheus' text format, version 0.0.4, and OpenMetrics 1.0, written straight from a snapshot.
//
// It does not go through prom-client. A page of 1000 hosts has 80,000 lines, for which its registry
// took 250-700 ms, as it makes an object, an array and several strings for each. The tests compare
// both for the same samples.

import { bucketCounts } from "../hosts/duration_snapshot.ts";
import type { DurationSnapshot, Snapshot } from "../hosts/snapshot.ts";
import type { View } from "../hosts/columns.ts";
import type { Family, Labels } from "./family.ts";

/** What differs between the two formats. */
interface Dialect {
  /** The lines before the samples of a family. */
  head(family: Family): string;
  /** The line that says since when a sample is counted (microseconds since 1970); "" for none. */
  created(family: Family, labels: Labels, pairs: string, since: number): string;
  /** The last line. */
  readonly end: string;
}

const TEXT: Dialect = {
  head: ({ name, help, type }) =>
    `# HELP ${name} ${escapeHelp(help)}\n` +
    `# TYPE ${name} ${type}\n`,
  created: () => "",
  end: "",
};

const OPEN_METRICS: Dialect = {
  head({ name, help, type }) {
    const family = name.replace(/_total$|_info$/, "");
    const unit = /_(seconds|bytes)$/.exec(family)?.[1];
    return `# TYPE ${family} ${name.endsWith("_info") ? "info" : type}\n` +
      (unit === undefined ? "" : `# UNIT ${family} ${unit}\n`) +
      `# HELP ${family} ${escapeHelp(help).replaceAll('"', '\\"')}\n`;
  },
  created({ name, type }, labels, pairs, since) {
    if (!hasCreated(type, labels)) return "";
    return line(name.replace(/_total$/, "") + "_created", pairs, since / 1e6);
  },
  end: "# EOF\n",
};

/**
 * Whether OpenMetrics tells since when it is counted. Not of hosts: Prometheus stores each such line as
 * a series, and each host would have 13 more.
 */
export const hasCreated = (type: Family["type"], labels: Labels): boolean =>
  type !== "gauge" && !("host" in labels);

/** Characters. V8 keeps a concatenated text as a tree, which is slow to read once it is large. */
const CHUNK = 65_536;

/** The text format: all samples of the families, in chunks of whole lines. */
export const textPage = (
  families: Iterable<Family>,
  snapshot: Snapshot,
  view: View,
): Iterable<string> => page(TEXT, families, snapshot, view);

/** OpenMetrics, with units, and with `_created` where it is not of a host. */
export const openMetricsPage = (
  families: Iterable<Family>,
  snapshot: Snapshot,
  view: View,
): Iterable<string> => page(OPEN_METRICS, families, snapshot, view);

function* page(
  dialect: Dialect,
  families: Iterable<Family>,
  snapshot: Snapshot,
  view: View,
): Iterable<string> {
  let text = "";
  for (const family of families) {
    text += dialect.head(family);
    for (const lines of samples(dialect, family, snapshot, view)) {
      text += lines;
      if (text.length < CHUNK) continue;
      yield text;
      text = "";
    }
  }
  yield text + dialect.end;
}

/** The lines of each set of labels. */
function* samples(
  { created }: Dialect,
  family: Family,
  snapshot: Snapshot,
  view: View,
): Iterable<string> {
  const { name } = family;
  for (const [labels, value, since = snapshot.since] of family.values(snapshot, view)) {
    const pairs = labelPairs(labels);
    yield (typeof value === "number" ? line(name, pairs, value) : histogram(name, pairs, value)) +
      created(family, labels, pairs, since);
  }
}

function histogram(name: string, pairs: string, durations: DurationSnapshot): string {
  const bucket = name + "_bucket{" + pairs + (pairs === "" ? "" : ",") + 'le="';
  const { boundTexts } = durations.scale;
  const counts = bucketCounts(durations);
  let text = "";
  let cumulative = 0;
  for (let i = 0; i < counts.length; i++) {
    cumulative += counts[i]!;
    text += bucket + boundTexts[i] + '"} ' + cumulative + "\n";
  }
  return text + line(name + "_sum", pairs, durations.sum) +
    line(name + "_count", pairs, durations.count);
}

const line = (name: string, pairs: string, value: number): string =>
  name + (pairs === "" ? " " : "{" + pairs + "} ") + numberText(value) + "\n";

const numberText = (value: number): string =>
  value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : String(value);

function labelPairs(labels: Labels): string {
  let text = "";
  for (const name in labels) {
    text += (text === "" ? "" : ",") + name + '="' + escapeLabel(labels[name]!) + '"';
  }
  return text;
}

/** Every label value goes through here. A carriage return is legal, but becomes \n all the same. */
function escapeLabel(text: string): string {
  if (!/[\\"\n\r\ud800-\udfff]/.test(text)) return text;
  return text.toWellFormed().replace(/[\\"]/g, "\\$&").replace(/\r?\n|\r/g, "\\n");
}

function escapeHelp(text: string): string {
  return text.replace(/\\/g, "\\\\").replace(/\n/g, "\\n");
}
