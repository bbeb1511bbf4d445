// Reads packets of the backlog, in whichever format they lie there.

import type { DumpSpace } from "../../ffi/dump_space.ts";
import type { Waiting } from "./backlog.ts";
import type { Batch } from "./batch.ts";
import { readRecords, recordTime } from "./dump_records.ts";
import { frameTime, readFrames } from "./ring_records.ts";

/**
 * Fills `batch` with `count` packets of those that wait, from the one at `at` on, each with at most
 * `snaplen` bytes. Returns where the last one ends.
 */
export function readWaiting(
  space: Pick<DumpSpace, "bytes" | "view">,
  { format, interface: index }: Waiting,
  at: number,
  count: number,
  batch: Batch,
  snaplen: number,
): number {
  return format === "ring"
    ? readFrames(space, at, count, index, batch, snaplen)
    : readRecords(space, at, count, index, batch);
}

/** When the first packet was captured, microseconds since 1970. */
export const timeOf = (view: DataView, { format, at }: Waiting): number =>
  format === "ring" ? frameTime(view, at) : recordTime(view, at);
