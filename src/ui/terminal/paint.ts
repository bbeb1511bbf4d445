// Lines as they are sent to the terminal: the only place where texts get their looks, and the last
// guard of the terminal.

import { printable } from "../../text.ts";
import type { Line, Span } from "../view/line.ts";
import type { Theme } from "./theme.ts";
import type { Tickets } from "./tickets.ts";

/** Gives lines to Ink. */
export class Painter {
  readonly #theme: Theme;
  readonly #tickets: Tickets;
  /** Most lines are the same as a moment ago. */
  readonly #painted = new WeakMap<Line, string>();

  constructor(theme: Theme, tickets: Tickets) {
    this.#theme = theme;
    this.#tickets = tickets;
  }

  /** What Ink is given for a line. */
  ticket(line: Line): string {
    let painted = this.#painted.get(line);
    if (painted === undefined) this.#painted.set(line, painted = paint(line, this.#theme));
    return this.#tickets.ticket(painted);
  }
}

/** A line with its looks; what could act on a terminal becomes letters. */
function paint(line: Line, theme: Theme): string {
  let painted = "";
  for (const span of line) painted += paintSpan(span, theme);
  return painted;
}

function paintSpan({ text, role }: Span, theme: Theme): string {
  const look = role === undefined ? "" : theme[role];
  return look === "" ? printable(text) : `\x1b[${look}m${printable(text)}\x1b[0m`;
}
