// Why a difference between the captures' facts and webstat's events is there. Each entry was looked
// into, packet by packet; a difference that none explains is printed as "cause unknown".

import type { Kind } from "./facts.ts";

/** Explains the differences for which all that it gives holds. */
export interface Cause {
  readonly capture?: string;
  readonly kind?: Kind;
  /** A tag of the fact. */
  readonly tag?: string;
  /** Part of the line that describes the fact or the event. */
  readonly key?: string;
  readonly cause: string;
}

export const CAUSES: readonly Cause[] = [];
