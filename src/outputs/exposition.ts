// Prometheus' text format, version 0.0.4, written straight from a snapshot.
//
// It does not go through prom-client. A page of 1000 hosts has 100,000 lines, for which its registry
// took 250-700 ms, as it makes an object, an array and several strings for each; here the page takes
// 60-100 ms. The tests compare both for the same samples.

import { bucketCounts } from "../hosts/duration_snapshot.ts";
import type { DurationSnapshot, Snapshot } from "../hosts/snapshot.ts";
import type { View } from "../hosts/columns.ts";
import type { Family, Labels } from "./family.ts";

export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Characters. V8 keeps a concatenated text as a tree, which is slow to read once it is large. */
const CHUNK = 65_536;

/** All samples of the families, after their HELP and TYPE lines, in chunks of whole lines. */
export function* exposition(
  families: Iterable<Family>,
  snapshot: Snapshot,
  view: View,
): Iterable<string> {
  let text = "";
  for (const family of families) {
    text += `# HELP ${family.name} ${escapeHelp(family.help)}\n`;
    text += `# TYPE ${family.name} ${family.type}\n`;
    for (const lines of samples(family, snapshot, view)) {
      text += lines;
      if (text.length < CHUNK) continue;
      yield text;
      text = "";
    }
  }
  yield text;
}

/** The lines of each set of labels. */
function* samples(family: Family, snapshot: Snapshot, view: View): Iterable<string> {
  if (family.type === "histogram") {
    for (const [labels, durations] of family.values(snapshot, view)) {
      yield histogram(family.name, labels, durations);
    }
  } else {
    for (const [labels, value] of family.values(snapshot, view)) {
      const pairs = labelPairs(labels);
      yield family.name + (pairs === "" ? "" : "{" + pairs + "}") + number(value);
    }
  }
}

/**
 * Upper bounds as the label `le` has them: as OpenMetrics writes floating-point numbers ("1.0"), so
 * that they are the same in every format.
 */
export const bucketLabels = (bounds: readonly number[]): readonly string[] =>
  [...bounds, Infinity].map(floatText);

/** A number that can be told from an integer: "1.0", "0.5", "1e-06", "+Inf". */
function floatText(value: number): string {
  if (value === Infinity) return "+Inf";
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function histogram(name: string, of: Labels, durations: DurationSnapshot): string {
  const pairs = labelPairs(of);
  const bucket = name + "_bucket{" + pairs;
  let text = "";
  let cumulative = 0;
  const labels = bucketLabels(durations.scale.bounds);
  for (const [i, count] of bucketCounts(durations).entries()) {
    cumulative += count;
    text += bucket + ',le="' + labels[i] + '"}' + number(cumulative);
  }
  return text + name + "_sum{" + pairs + "}" + number(durations.sum) +
    name + "_count{" + pairs + "}" + number(cumulative);
}

function number(value: number): string {
  if (value === Infinity) return " +Inf\n";
  if (value === -Infinity) return " -Inf\n";
  return " " + value + "\n";
}

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
