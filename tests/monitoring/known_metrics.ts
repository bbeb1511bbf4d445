// The metrics that queries name, held against those of docs/metrics.md, which a test holds against the
// code.

import { read, sectionsOf } from "../docs/markdown.ts";

const KNOWN = new Set(sectionsOf(read("docs/metrics.md"), 3).map(({ title }) => title));

/** Metrics of webstat and of its process; what rules recorded (with a colon) is not among them. */
export function metricsIn(promql: string): string[] {
  return promql.match(/(?<![\w:])(?:webstat|process)_\w+(?![\w:])/g) ?? [];
}

/** Those that webstat does not serve. */
export function unknownOf(promql: string): string[] {
  return metricsIn(promql).filter((name) =>
    !KNOWN.has(name) && !KNOWN.has(name.replace(/_(bucket|sum|count)$/, ""))
  );
}
