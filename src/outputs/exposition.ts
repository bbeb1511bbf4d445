// Prometheus' text format, version 0.0.4, and OpenMetrics 1.0, written straight from a snapshot.
//
// It does not go through prom-client. A page of 1000 hosts has 80,000 lines, for which its registry
// took 250-700 ms, as it makes an object, an array and several strings for each. The tests compare
// both for the same samples.

import type { DurationScale } from "../hosts/duration_scale.ts";
import { bucketCounts } from "../hosts/duration_snapshot.ts";
import type { DurationSnapshot, Snapshot } from "../hosts/snapshot.ts";
import type { View } from "../hosts/columns.ts";
import { type Family, type Labels, unitOf } from "./family.ts";
import { TextBytes } from "./text_bytes.ts";

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
  head(family) {
    const { name, help, type } = family;
    const bare = name.replace(/_total$|_info$/, "");
    const unit = unitOf(family);
    return `# TYPE ${bare} ${name.endsWith("_info") ? "info" : type}\n` +
      (unit === undefined ? "" : `# UNIT ${bare} ${unit}\n`) +
      `# HELP ${bare} ${escapeHelp(help).replaceAll('"', '\\"')}\n`;
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

/** Bytes that a page takes for each host, but for few; more room than MAX_ROOM is made when needed. */
const HOST_BYTES = 10_000;
const MAX_ROOM = 32 << 20;

/** The text format: all samples of the families, in UTF-8. */
export const textPage = (
  families: Iterable<Family>,
  snapshot: Snapshot,
  view: View,
): Uint8Array<ArrayBuffer> => page(TEXT, families, snapshot, view);

/** OpenMetrics, with units, and with `_created` where it is not of a host. */
export const openMetricsPage = (
  families: Iterable<Family>,
  snapshot: Snapshot,
  view: View,
): Uint8Array<ArrayBuffer> => page(OPEN_METRICS, families, snapshot, view);

function page(
  { head, created, end }: Dialect,
  families: Iterable<Family>,
  snapshot: Snapshot,
  view: View,
): Uint8Array<ArrayBuffer> {
  const out = new TextBytes(Math.min(MAX_ROOM, (10 + snapshot.hosts.length) * HOST_BYTES));
  for (const family of families) {
    const { name } = family;
    out.text(head(family));
    for (const [labels, value, since = snapshot.since] of family.values(snapshot, view)) {
      const pairs = labelPairs(labels);
      const last = created(family, labels, pairs, since);
      if (typeof value === "number") out.text(line(name, pairs, value) + last);
      else writeHistogram(out, name, pairs, value, last);
    }
  }
  out.text(end);
  return out.bytes;
}

function writeHistogram(
  out: TextBytes,
  name: string,
  pairs: string,
  durations: DurationSnapshot,
  last: string,
): void {
  const counts = bucketCounts(durations);
  const ends = endsOf(durations.scale);
  const begin = out.length;
  out.text(name + "_bucket{" + pairs + (pairs === "" ? "" : ",") + 'le="');
  const end = out.length;
  let cumulative = 0;
  for (let i = 0; i < counts.length; i++) {
    if (i > 0) out.again(begin, end);
    out.few(ends[i]!);
    cumulative += counts[i]!;
    out.count(cumulative);
    out.few(LINE_END);
  }
  out.text(
    line(name + "_sum", pairs, durations.sum) + line(name + "_count", pairs, durations.count) +
      last,
  );
}

const LINE_END = Uint8Array.of(0x0a);

const ENDS = new WeakMap<DurationScale, readonly Uint8Array[]>();

/** The rest of a bucket's labels, from the value of `le` on. */
function endsOf(scale: DurationScale): readonly Uint8Array[] {
  let ends = ENDS.get(scale);
  if (ends === undefined) {
    ends = scale.boundTexts.map((bound) => new TextEncoder().encode(bound + '"} '));
    ENDS.set(scale, ends);
  }
  return ends;
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
