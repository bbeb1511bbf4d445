// Makes a batch of the records that pcap_dump wrote to memory.

import type { DumpSpace } from "../../ffi/dump_space.ts";
import { RECORD } from "../../ffi/layout.ts";
import type { Batch } from "./batch.ts";

/**
 * Fills `batch` with the `count` packets of interface `index` that were dumped into `space` at `at`.
 * Returns where the last one ends.
 */
export function readRecords(
  space: Pick<DumpSpace, "bytes" | "view">,
  at: number,
  count: number,
  index: number,
  batch: Batch,
): number {
  const view = space.view;
  const end = view.byteLength;
  let i = 0;
  for (; i < count && at + RECORD.size <= end; i++) {
    const captured = view.getUint32(at + RECORD.captured, true);
    const begin = at + RECORD.size;
    if (captured > end - begin) break;
    batch.offset[i] = begin;
    batch.captured[i] = captured;
    batch.length[i] = view.getUint32(at + RECORD.length, true);
    batch.time[i] = recordTime(view, at);
    batch.interface[i] = index;
    at = begin + captured;
  }
  batch.bytes = space.bytes;
  batch.count = i;
  return at;
}

/** The capture time of the record at `at`, microseconds since 1970. */
export function recordTime(view: DataView, at: number): number {
  return view.getUint32(at + RECORD.seconds, true) * 1e6 +
    view.getUint32(at + RECORD.fraction, true);
}
