// The records that pcap_dump left in memory, as a batch.

import type { DumpBuffer } from "../../ffi/dump_buffer.ts";
import { RECORD } from "../../ffi/layout.ts";
import { type Batch, BATCH_PACKETS } from "./batch.ts";

/**
 * The most memory that one dispatch may fill. It is address space: only pages that packets were
 * written to cost memory, 3 KiB a packet or so, even where it has to be ready for 256 KiB each.
 */
const BUFFER_BYTES = 128 << 20;

/** How many packets of at most `snaplen` bytes surely fit into a buffer, and into a batch. */
export function packetsThatFit(snaplen: number): number {
  const fitting = Math.floor(BUFFER_BYTES / (RECORD.size + snaplen));
  return Math.max(1, Math.min(BATCH_PACKETS, fitting));
}

/** The buffer's size for so many packets; the file's header is written before them, once. */
export function bufferBytes(packets: number, snaplen: number): number {
  return Math.max(4096, packets * (RECORD.size + snaplen));
}

/** Makes `batch` the `count` packets that were dumped into `buffer` by interface `index`. */
export function readRecords(
  buffer: Pick<DumpBuffer, "bytes" | "view">,
  count: number,
  index: number,
  batch: Batch,
): void {
  const view = buffer.view;
  const end = view.byteLength;
  let at = 0;
  let i = 0;
  for (; i < count && at + RECORD.size <= end; i++) {
    const captured = view.getUint32(at + RECORD.captured, true);
    const begin = at + RECORD.size;
    if (captured > end - begin) break;
    batch.offset[i] = begin;
    batch.captured[i] = captured;
    batch.length[i] = view.getUint32(at + RECORD.length, true);
    batch.time[i] = view.getUint32(at + RECORD.seconds, true) * 1e6 +
      view.getUint32(at + RECORD.fraction, true);
    batch.interface[i] = index;
    at = begin + captured;
  }
  batch.bytes = buffer.bytes;
  batch.count = i;
}
