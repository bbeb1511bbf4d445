// Messages between a live source and the thread that copies its packets.

import type { Waiting } from "./backlog.ts";
import type { CaptureInterface, Drops } from "./batch.ts";
import type { HandleOptions, HandlePlace } from "./handle.ts";
import type { Sharing } from "./sharing.ts";
import type { InterfaceProblem } from "./upkeep.ts";

export interface OpenedHandle {
  readonly name: string;
  readonly place: HandlePlace;
  /** The system's index of the interface; 0 if it has none. */
  readonly systemIndex: number;
}

/** To the copier. */
export type CopierCommand =
  | {
    readonly type: "start";
    /** Capture handles; the copier closes them. */
    readonly handles: readonly OpenedHandle[];
    /** How to open interfaces again. */
    readonly options: Omit<HandleOptions, "warn">;
    /** The workers that share the interfaces; null if there is only one. */
    readonly sharing: Sharing | null;
    /** Memory for packets that wait, in bytes. */
    readonly size: number;
    /** Shared counters (modulo 2^32) that the source increments: see CELL. */
    readonly cells: Int32Array;
    /** A pipe that gets a byte with each command, to end a wait. */
    readonly wakePipe: number;
  }
  /** `time`: microseconds since 1970. */
  | { readonly type: "stop"; readonly time: number }
  /** No more packets will be read. */
  | { readonly type: "close" };

/** The shared counters: blocks of packets that were read, and commands that were sent. */
export const CELL = { taken: 0, commands: 1 } as const;

/** From the copier. */
export type CopierReport =
  /** The memory with the packets, and the id of this thread. */
  | {
    readonly type: "opened";
    readonly address: bigint;
    readonly size: number;
    readonly thread: number;
  }
  | { readonly type: "packets"; readonly packets: Waiting; readonly drops: readonly Drops[] }
  | { readonly type: "drops"; readonly drops: readonly Drops[] }
  | { readonly type: "warning"; readonly message: string }
  /** An interface came back with another link type: its packets have this index from now on. */
  | { readonly type: "interface"; readonly interface: CaptureInterface }
  /** All interfaces that cannot be captured from now. */
  | { readonly type: "problems"; readonly problems: readonly InterfaceProblem[] }
  /** The last message; `failure` is one line for the user. */
  | {
    readonly type: "ended";
    readonly drops: readonly Drops[];
    readonly failure: string | null;
  };
