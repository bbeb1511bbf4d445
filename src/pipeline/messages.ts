// The messages between the main thread and the pipeline's workers.

import type { FileProblem } from "../capture/file_errors.ts";
import type { InterfaceProblem } from "../capture/upkeep.ts";
import type { Inspection } from "../hosts/history.ts";
import type { RouteKeys } from "../hosts/merge_routes.ts";
import type { PackedHosts } from "../hosts/packed_hosts.ts";
import type { PackedClients } from "../hosts/clients.ts";
import type { PackedPairs } from "../hosts/pair_table.ts";
import type { Snapshot } from "../hosts/snapshot.ts";
import type { WatchLine } from "../processes/process_messages.ts";
import type { HeardAnswer } from "./answer_relay.ts";
import type { PipelineOptions } from "./pipeline_options.ts";
import type { Team } from "./team.ts";

/** Why a pipeline failed, for the user. */
export interface PipelineFailure {
  readonly message: string;
  readonly usage: boolean;
  /** The files that could not be read, each with its message. */
  readonly problems?: readonly FileProblem[];
}

/** A snapshot as it is sent between threads. */
export type PackedSnapshot = Omit<Snapshot, "hosts" | "since" | "processes" | "clients"> & {
  readonly hosts: PackedHosts;
  readonly processes: PackedPairs | null;
  readonly clients: PackedClients | null;
};

/** From the main thread to the worker. */
export type WorkerCommand =
  /** Before the first, with --process: what connects it with the thread that watches processes. */
  | { readonly type: "processes"; readonly line: WatchLine }
  /** Always the first. `team`: what the worker shares with others; null if it is the only one. */
  | { readonly type: "start"; readonly options: PipelineOptions; readonly team: Team | null }
  /** The answer to `ready`: begin to read packets. */
  | { readonly type: "begin" }
  /** Answered by a `snapshot` with the same id. */
  | { readonly type: "snapshot"; readonly id: number }
  /** Answered by an `inspection` with the same id. Only with `watch`. */
  | { readonly type: "inspect"; readonly id: number; readonly host: string }
  /** Reset all counters. */
  | { readonly type: "reset" }
  /** DNS answers that another worker has read. */
  | { readonly type: "answers"; readonly answers: readonly HeardAnswer[] }
  /** Fold these hosts into ~other, as the workers together have too many; these are kept. */
  | {
    readonly type: "fold";
    readonly hosts: ReadonlySet<string>;
    readonly kept: ReadonlySet<string>;
  }
  /** Count these routes as `other`: the workers together have too many of a host. */
  | { readonly type: "fold-routes"; readonly routes: RouteKeys }
  /** No scrape and no screen for a while: freed memory may be returned to the system. */
  | { readonly type: "release-memory" }
  /** `bytes` bytes of events are written: the worker may send more. */
  | { readonly type: "written"; readonly bytes: number }
  /** Count the packets that are captured already, then answer `ended`. */
  | { readonly type: "stop" };

/** From the worker to the main thread. */
export type WorkerReport =
  /**
   * All is open: privileges may go, but of the threads that open interfaces again. No packet is looked
   * at before `begin`.
   */
  | {
    readonly type: "ready";
    readonly interfaces: readonly string[];
    readonly openers: readonly number[];
  }
  /** All interfaces that give no packets now; sent when that changes. */
  | { readonly type: "problems"; readonly problems: readonly InterfaceProblem[] }
  /** Sent regularly while files are read. `done` is 0 to 1; null if it is unknown. */
  | { readonly type: "progress"; readonly done: number | null; readonly packets: number }
  /** Null if no packets came since the last one, which is still valid then. */
  | { readonly type: "snapshot"; readonly id: number; readonly snapshot: PackedSnapshot | null }
  /** Null if there is no such host. */
  | { readonly type: "inspection"; readonly id: number; readonly inspection: Inspection | null }
  /** DNS answers, for the other workers. */
  | { readonly type: "answers"; readonly answers: readonly HeardAnswer[] }
  /** Whole lines of NDJSON, UTF-8. */
  | { readonly type: "events"; readonly lines: Uint8Array<ArrayBuffer> }
  /** An internal error of the worker. It should be stopped; `ended` may or may not follow. */
  | { readonly type: "crashed"; readonly message: string }
  /** One line for the user about a problem that does not end the capture. */
  | { readonly type: "warning"; readonly message: string }
  /** One line for a user who looks for faults; sent before `ready`. */
  | { readonly type: "detail"; readonly message: string }
  /**
   * The last message, except for inspections with `watch`. The snapshot has everything that was
   * counted, also if the capture failed.
   */
  | {
    readonly type: "ended";
    readonly snapshot: PackedSnapshot;
    readonly failure: PipelineFailure | null;
  };
