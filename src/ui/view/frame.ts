// A whole screen as lines.

import { footerLine } from "./footer.ts";
import { headerLines } from "./header.ts";
import type { Size } from "../state/screen_layout.ts";
import { isSameLine, type Line } from "./line.ts";
import { visibleLines } from "./page_lines.ts";
import type { ScreenState } from "../state/state.ts";
import { rowLines, titleLine } from "./table_lines.ts";

export interface Frame {
  readonly size: Size;
  readonly header: readonly Line[];
  /** The visible lines of the table or of a page. */
  readonly body: readonly Line[];
  readonly footer: Line;
}

export function frameOf(state: ScreenState): Frame {
  return {
    size: state.size,
    header: headerLines(state),
    body: state.page === null ? [titleLine(state), ...rowLines(state)] : visibleLines(state),
    footer: footerLine(state),
  };
}

/** Whether both look the same, so that nothing has to be drawn. */
export function isSameFrame(a: Frame, b: Frame): boolean {
  return a.size.columns === b.size.columns && a.size.rows === b.size.rows &&
    isSameText(a.header, b.header) && isSameText(a.body, b.body) && isSameLine(a.footer, b.footer);
}

function isSameText(a: readonly Line[], b: readonly Line[]): boolean {
  return a.length === b.length && a.every((line, i) => isSameLine(line, b[i]!));
}
