// What the outputs get: a copy of everything that was counted.

import type { Clients } from "./clients.ts";
import type { CaptureCounts } from "./capture_counters.ts";
import type { DurationScale } from "./duration_scale.ts";
import type { HostNumbers, HostTables, HostVectors } from "./fields.ts";
import type { LabelledCount } from "./labelled.ts";
import type { PairRow } from "./pair_table.ts";
import type { Traffic } from "./traffic.ts";

/** How often a duration (in seconds) was counted, the shortest first. */
export type Distribution = readonly { readonly seconds: number; readonly count: number }[];

export interface DurationSnapshot {
  readonly scale: DurationScale;
  /**
   * A step of the scale, how many durations are in it, another step, and so on from index `from` to
   * `to`; in any order, and some may come several times.
   */
  readonly steps: ArrayLike<number>;
  readonly from: number;
  readonly to: number;
  /** How many durations are in each step of the scale from `lowest` on. */
  readonly lowest: number;
  readonly counts: readonly number[];
  readonly count: number;
  /** Seconds. */
  readonly sum: number;
  /** Seconds; the error is at most 5%. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface AddressCount {
  /** Text of the server's address, or "other" for all past the eighth; "" if none was seen. */
  readonly ip: string;
  /** Hits, indexed as SOURCES. */
  readonly hits: readonly number[];
}

export interface RouteSnapshot {
  /** A registered one, or "other"; "" of OTHER_ROUTE. */
  readonly method: string;
  readonly route: string;
  /** As of HOST_TABLES.requests, and "other" for all past the eighth of a route. */
  readonly codes: readonly LabelledCount<"code">[];
  /** Null if nothing was timed. */
  readonly processing: DurationSnapshot | null;
}

export interface HostSnapshot extends HostNumbers, HostVectors, HostTables {
  /** Lower case, no port, no trailing dot, nothing but printable characters. */
  readonly name: string;
  readonly addresses: readonly AddressCount[];
  /** Indexed as PHASES; null if nothing was timed. */
  readonly phases: readonly (DurationSnapshot | null)[];
  /** None without --routes. */
  readonly routes: readonly RouteSnapshot[];
}

export interface InterfaceSnapshot {
  readonly name: string;
  readonly packets: number;
  readonly bytes: number;
  /** Null if losses cannot be known (files). */
  readonly dropped: { readonly kernel: number; readonly interface: number } | null;
}

export interface Snapshot extends CaptureCounts {
  /** When counting began, or began anew after a reset: microseconds since 1970, by this machine. */
  readonly since: number;
  /** Time of the newest packet, microseconds since 1970; 0 before the first. */
  readonly time: number;
  readonly interfaces: readonly InterfaceSnapshot[];
  /** Bytes over time. Null before the first packet, and unless hosts are watched. */
  readonly traffic: Traffic | null;
  /** Unsorted; OTHER_HOST is among them once a host was folded into it. */
  readonly hosts: readonly HostSnapshot[];
  /** Pairs of programs and hosts: the key has name and unit. Null without --process. */
  readonly processes: readonly PairRow[] | null;
  /** Null without --clients. */
  readonly clients: Clients | null;
  /** How many hosts are counted one by one: even if `hosts` has only some of them. */
  readonly hostsKept: number;
}
