// The help: all keys, and the symbols and columns of the table.

import { TABLE_KEYS } from "../state/keys.ts";
import { type Line, span } from "./line.ts";
import type { ScreenState } from "../state/state.ts";
import { fit, widthOf, wrapped } from "../../text_width.ts";

const SYMBOLS: readonly (readonly [string, string])[] = [
  ["●", "exported to /metrics"],
  ["◐", "some hosts of the domain are exported"],
  ["#", "number of the host or domain, independent of the order"],
  ["rate", "hits a second"],
  ["p50 p95", "median, 95th percentile: from request to first response byte"],
];

export function helpLines({ size }: ScreenState): Line[] {
  const width = Math.max(...TABLE_KEYS.map(({ label }) => widthOf(label)));
  const entry = (label: string, text: string): Line[] =>
    wrapped(text, size.columns - width - 3).map((line, i) => [
      span(` ${fit(i === 0 ? label : "", width)}`, "value"),
      span(`  ${line}`),
    ]);
  return [
    ...TABLE_KEYS.flatMap(({ label, help }) => entry(label, help)),
    [],
    ...SYMBOLS.flatMap(([label, text]) => entry(label, text)),
  ];
}
