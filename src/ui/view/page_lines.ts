// Pages that are shown instead of the table: a host, or the help.

import { helpLines } from "./help.ts";
import { hostLines } from "./host_page.ts";
import { pageHeight } from "../state/screen_layout.ts";
import type { Line } from "./line.ts";
import type { ScreenState } from "../state/state.ts";

/** All lines of the open page. */
function pageLines(state: ScreenState): Line[] {
  return state.page?.kind === "help" ? helpLines(state) : hostLines(state);
}

/** 0 without a page. */
export function pageLength(state: ScreenState): number {
  return state.page === null ? 0 : pageLines(state).length;
}

/** The lines on the screen. The page may have become shorter than its scroll position. */
export function visibleLines(state: ScreenState): Line[] {
  const lines = pageLines(state);
  const height = pageHeight(state.size);
  const top = Math.min(state.page?.top ?? 0, Math.max(0, lines.length - height));
  return lines.slice(top, top + height);
}
