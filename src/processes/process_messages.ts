// The messages between the thread that watches processes, the main thread, and those that count packets.

import type { Ownership } from "./ownership.ts";

/** An end of what connects the watch with a thread that counts packets. */
export interface WatchLine {
  /** Brings an OwnershipReport. */
  readonly port: MessagePort;
  /** Shared: how many questions the thread has asked. A message would wake the watch for each. */
  readonly asked: Int32Array<SharedArrayBuffer>;
}

/** From the main thread. */
export interface WatchCommand {
  /** Whether whole command lines are told. */
  readonly commandLines: boolean;
  /** One for each thread that counts packets. */
  readonly lines: readonly WatchLine[];
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
  /** The number of the last question that had been asked before. */
  readonly question: number;
  /** All is told that happened before that time, microseconds since 1970. */
  readonly until: number;
}
