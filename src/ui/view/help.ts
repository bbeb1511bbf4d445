// All keys, and what the table means.

import { TABLE_KEYS } from "../state/keys.ts";
import { type Line, span } from "./line.ts";
import type { ScreenState } from "../state/state.ts";
import { cutTo, fit, widthOf } from "../text_width.ts";

const SYMBOLS: readonly (readonly [string, string])[] = [
  ["●", "exported to /metrics"],
  ["◐", "some hosts of the domain are"],
  ["#", "the number of a host: it stays, however rows are sorted"],
  ["rate", "hits a second"],
  ["p50 p95", "half, and 95%, of the requests got their first byte of answer in this time"],
];

export function helpLines({ size }: ScreenState): Line[] {
  const width = Math.max(...TABLE_KEYS.map(({ label }) => widthOf(label)));
  const entry = (label: string, text: string): Line => [
    span(` ${fit(label, width)}`, "value"),
    span(cutTo(`  ${text}`, size.columns - width - 1)),
  ];
  return [
    ...TABLE_KEYS.map(({ label, help }) => entry(label, help)),
    [],
    ...SYMBOLS.map(([label, text]) => entry(label, text)),
  ];
}
