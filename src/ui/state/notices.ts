// What the user is told in passing.

import type { ScreenState } from "./state.ts";

/** Milliseconds that a notice stays, unless a key is pressed. */
const PATIENCE = 6000;

export function notify(state: ScreenState, text: string, bad: boolean): ScreenState {
  return { ...state, notice: { text, bad, until: state.now + PATIENCE } };
}
