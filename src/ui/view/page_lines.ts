// Pages that take the place of the table: a host, or the keys.

import { helpLines } from "./help.ts";
import { hostLines } from "./host_page.ts";
import { pageHeight } from "../state/screen_layout.ts";
import type { Line } from "./line.ts";
import type { ScreenState } from "../state/state.ts";

/** All lines of the page that is open. */
function pageLines(state: ScreenState): Line[] {
  return state.page?.kind === "help" ? helpLines(state) : hostLines(state);
}

export function pageLength(state: ScreenState): number {
  return state.page === null ? 0 : pageLines(state).length;
}

/** Those of its lines that can be seen. It may have become shorter than where the user is. */
export function visibleLines(state: ScreenState): Line[] {
  const lines = pageLines(state);
  const height = pageHeight(state.size);
  const top = Math.min(state.page?.top ?? 0, Math.max(0, lines.length - height));
  return lines.slice(top, top + height);
}
