// The messages between the thread that watches processes, the main thread, and those that count packets.

import type { Ownership } from "./ownership.ts";

/** From the main thread. */
export interface WatchCommand {
  /** Whether whole command lines are told. */
  readonly commandLines: boolean;
  /** One for each thread that counts packets. */
  readonly ports: readonly MessagePort[];
}

/** To the main thread: all is open. */
export interface WatchOpened {
  /** Why nothing can be traced; null if it is. */
  readonly refusal: string | null;
  /** Why the watch failed altogether; null if it did not. */
  readonly failure: string | null;
}

/** To a thread that counts packets. */
export interface OwnershipReport extends Ownership {
  /**
   * In the answer to its message: all is told that happened before that time (microseconds since 1970). Null
   * if it did not ask.
   */
  readonly until: number | null;
}
