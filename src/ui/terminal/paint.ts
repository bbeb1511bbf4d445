// Lines with escape sequences for the terminal. No text reaches the terminal but through here,
// where control characters are escaped.

import { printable } from "../../text.ts";
import type { Line, Span } from "../view/line.ts";
import type { Theme } from "./theme.ts";
import type { Tickets } from "./tickets.ts";

/** Turns lines into tickets for Ink. */
export class Painter {
  readonly #theme: Theme;
  readonly #tickets: Tickets;
  /** Most lines are the same as in the previous frame. */
  readonly #painted = new WeakMap<Line, string>();

  constructor(theme: Theme, tickets: Tickets) {
    this.#theme = theme;
    this.#tickets = tickets;
  }

  /** The ticket that Ink draws for a line. */
  ticket(line: Line): string {
    let painted = this.#painted.get(line);
    if (painted === undefined) this.#painted.set(line, painted = paint(line, this.#theme));
    return this.#tickets.ticket(painted);
  }
}

function paint(line: Line, theme: Theme): string {
  let painted = "";
  for (const span of line) painted += paintSpan(span, theme);
  return painted;
}

function paintSpan({ text, role }: Span, theme: Theme): string {
  const look = role === undefined ? "" : theme[role];
  return look === "" ? printable(text) : `\x1b[${look}m${printable(text)}\x1b[0m`;
}
