// What a live source and the thread that copies its packets say to each other.

import type { Waiting } from "./backlog.ts";
import type { CaptureInterface, Drops } from "./batch.ts";
import type { HandleOptions } from "./open_handle.ts";
import type { Sharing } from "./sharing.ts";
import type { InterfaceProblem } from "./upkeep.ts";

export interface OpenedHandle {
  readonly name: string;
  readonly address: bigint;
  /** The system's index of the interface; 0 if it has none. */
  readonly systemIndex: number;
}

/** To the copier. */
export type CopierCommand =
  | {
    readonly type: "start";
    /** Capture handles, which are the copier's from now on. */
    readonly handles: readonly OpenedHandle[];
    /** How to open interfaces again. */
    readonly options: Omit<HandleOptions, "warn">;
    /** Whom the interfaces are shared with; null for nobody. */
    readonly sharing: Sharing | null;
    /** Memory for packets that wait, in bytes. */
    readonly size: number;
    /** Shared cells, counted up (modulo 2^32) by the reader: CELL says what they count. */
    readonly cells: Int32Array;
    /** The end of a pipe that has a byte for each command. */
    readonly calls: number;
  }
  /** `time`: microseconds since 1970. */
  | { readonly type: "stop"; readonly time: number }
  /** Nothing is read any more. */
  | { readonly type: "close" };

/** Cells that reader and copier share: how many `packets` the reader is done with, how many commands it sent. */
export const CELL = { taken: 0, commands: 1 } as const;

/** From the copier. */
export type CopierReport =
  /** Where packets lie, all the time; and which thread of this process it is. */
  | {
    readonly type: "opened";
    readonly address: bigint;
    readonly size: number;
    readonly thread: number;
  }
  | { readonly type: "packets"; readonly packets: Waiting; readonly drops: readonly Drops[] }
  | { readonly type: "drops"; readonly drops: readonly Drops[] }
  | { readonly type: "warning"; readonly message: string }
  /** An interface that is back with another link type: packets have its own index from now on. */
  | { readonly type: "interface"; readonly interface: CaptureInterface }
  /** All interfaces that give no packets now. */
  | { readonly type: "problems"; readonly problems: readonly InterfaceProblem[] }
  /** The last message; `failure` is one line for the user. */
  | {
    readonly type: "ended";
    readonly drops: readonly Drops[];
    readonly failure: string | null;
  };
