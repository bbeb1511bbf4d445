// A line of the screen, as spans of text with a role.

import { widthOf } from "../../text_width.ts";

/** The meaning of a text; the theme decides how it looks. */
export type Role =
  | "title"
  | "value"
  | "faint"
  | "exported"
  | "bad"
  | "link"
  | "selected"
  | "key"
  | "chart";

export interface Span {
  readonly text: string;
  /** Plain text if not given. */
  readonly role?: Role;
}

export type Line = readonly Span[];

export function span(text: string, role?: Role): Span {
  return role === undefined ? { text } : { text, role };
}

export function lineWidth(line: Line): number {
  return line.reduce((width, { text }) => width + widthOf(text), 0);
}

export function lineText(line: Line): string {
  return line.map(({ text }) => text).join("");
}

/** The same line with as few spans as possible, as each costs time when it is drawn. */
export function joined(line: Line): Line {
  const spans: Span[] = [];
  for (const each of line) {
    const last = spans.at(-1);
    if (last === undefined || last.role !== each.role) spans.push(each);
    else spans[spans.length - 1] = { ...last, text: last.text + each.text };
  }
  return spans;
}

export function isSameLine(a: Line, b: Line): boolean {
  return a === b || a.length === b.length &&
      a.every(({ text, role }, i) => text === b[i]!.text && role === b[i]!.role);
}

/** A part of a line; without room for all, the highest priority is left out first, 0 never. */
export interface LinePart {
  readonly spans: Line;
  readonly priority: number;
}

const GAP: Span = { text: "  " };

/** The parts that fit into `width` cells, with blanks between them. */
export function joinParts(parts: readonly LinePart[], width: number): Line {
  let kept = parts.filter(({ spans }) => spans.length > 0);
  for (;;) {
    const line = kept.flatMap(({ spans }, i) => i === 0 ? spans : [GAP, ...spans]);
    const least = Math.max(0, ...kept.map(({ priority }) => priority));
    if (lineWidth(line) <= width || least === 0) return line;
    kept = kept.filter(({ priority }) => priority !== least);
  }
}
