// Messages on the last line of the screen.

import type { ScreenState } from "./state.ts";

/** Milliseconds that a notice stays; a key removes it at once. */
const NOTICE_DURATION = 6000;

export function notify(state: ScreenState, text: string, bad: boolean): ScreenState {
  return { ...state, notice: { text, bad, until: state.now + NOTICE_DURATION } };
}
