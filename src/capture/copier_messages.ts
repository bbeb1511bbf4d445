// What a live source and the thread that copies its packets say to each other.

import type { Waiting } from "./backlog.ts";
import type { Drops } from "./batch.ts";
import type { NetInterface } from "./interfaces.ts";

/** To the copier. */
export type CopierCommand =
  | {
    readonly type: "start";
    /** Capture handles, which are the copier's from now on. */
    readonly handles: readonly { readonly name: string; readonly address: bigint }[];
    /** What the system has. */
    readonly listed: readonly NetInterface[];
    /** Memory for packets that wait, in bytes. */
    readonly size: number;
    /** The kernel's, of each handle. */
    readonly bufferSize: number;
    /** Shared: one cell, counted up (modulo 2^32) by the reader for each `packets` it is done with. */
    readonly taken: Int32Array;
  }
  /** `time`: microseconds since 1970. */
  | { readonly type: "stop"; readonly time: number }
  /** Nothing is read any more. */
  | { readonly type: "close" };

/** From the copier. */
export type CopierReport =
  /** Where packets lie, all the time. */
  | { readonly type: "memory"; readonly address: bigint; readonly size: number }
  | { readonly type: "packets"; readonly packets: Waiting; readonly drops: readonly Drops[] }
  | { readonly type: "drops"; readonly drops: readonly Drops[] }
  | { readonly type: "warning"; readonly message: string }
  /** The last message; `failure` is one line for the user. */
  | {
    readonly type: "ended";
    readonly drops: readonly Drops[];
    readonly failure: string | null;
  };
