// Messages on the last line of the screen.

import type { Notice, ScreenState } from "./state.ts";

/** Milliseconds that a notice stays; a key removes it at once. */
const NOTICE_DURATION = 6000;

/** Whether a notice is still shown at `now`; not if the clock was set back meanwhile. */
export function isCurrent({ until }: Notice, now: number): boolean {
  return until === Infinity || until > now && until <= now + NOTICE_DURATION;
}

export function notify(state: ScreenState, text: string, bad: boolean): ScreenState {
  return { ...state, notice: { text, bad, until: state.now + NOTICE_DURATION } };
}
