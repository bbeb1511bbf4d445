// What the main thread and the pipeline's worker say to each other.

import type { FileProblem } from "../capture/file_errors.ts";
import type { Inspection } from "../hosts/history.ts";
import type { PackedHosts } from "../hosts/packed_hosts.ts";
import type { Snapshot } from "../hosts/snapshot.ts";
import type { PipelineOptions } from "./pipeline_options.ts";
import type { Team } from "./team.ts";

/** Why a pipeline failed, for the user. */
export interface Failure {
  readonly message: string;
  readonly usage: boolean;
  /** What the message is made of, where files are damaged. */
  readonly problems?: readonly FileProblem[];
}

/** A snapshot on its way between threads. */
export type PackedSnapshot = Omit<Snapshot, "hosts"> & { readonly hosts: PackedHosts };

/** From the main thread to the worker. */
export type WorkerCommand =
  /** The first one. `team`: what the worker shares with others; null if it is alone. */
  | { readonly type: "start"; readonly options: PipelineOptions; readonly team: Team | null }
  /** Answered by a `snapshot` with the same id. */
  | { readonly type: "snapshot"; readonly id: number }
  /** Answered by an `inspection` with the same id. Only with `watch`. */
  | { readonly type: "inspect"; readonly id: number; readonly host: string }
  /** Count anew from here. */
  | { readonly type: "reset" }
  /** Fold these hosts into ~other: there are too many in all workers together. */
  | { readonly type: "fold"; readonly hosts: ReadonlySet<string> }
  /** Nobody looks on for a while: memory that is held without need may go. */
  | { readonly type: "release-memory" }
  /** So many bytes of events are written: the worker may send more. */
  | { readonly type: "written"; readonly bytes: number }
  /** Drain what is captured, then say `ended`. */
  | { readonly type: "stop" };

/** From the worker to the main thread. */
export type WorkerReport =
  /** Capture is open: privileges may go, and the ready line may be printed. */
  | { readonly type: "ready"; readonly interfaces: readonly string[] }
  /** Now and then, of files. */
  | { readonly type: "progress"; readonly done: number | null; readonly packets: number }
  /** Null where nothing has come since the last one: then that still holds. */
  | { readonly type: "snapshot"; readonly id: number; readonly snapshot: PackedSnapshot | null }
  /** Null where there is no such host. */
  | { readonly type: "inspection"; readonly id: number; readonly inspection: Inspection | null }
  /** Whole lines of NDJSON, UTF-8. */
  | { readonly type: "events"; readonly lines: Uint8Array<ArrayBuffer> }
  /** A fault in the worker itself. It should be stopped; `ended` may come or not. */
  | { readonly type: "crashed"; readonly message: string }
  /** One line for the user about something that did not end the capture. */
  | { readonly type: "warning"; readonly message: string }
  /**
   * The last message, but for inspections with `watch`. `failure` is one line for the user where something went wrong; what was
   * counted until then is in the snapshot all the same.
   */
  | {
    readonly type: "ended";
    readonly snapshot: PackedSnapshot;
    readonly failure: Failure | null;
  };
