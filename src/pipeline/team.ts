// What the workers of one capture share: memory, and the order of the files.

import { isSpecial } from "../../ffi/raw_file.ts";
import { type FileQueue, fileQueue } from "../capture/file_queue.ts";
import { type SharingMemory, sharingMemory } from "../capture/sharing.ts";
import { type PipeMemory, pipeMemory } from "../keylog/shared_pipe.ts";
import { packetsLeft } from "./packet_limit.ts";
import type { PipelineOptions } from "./pipeline_options.ts";

/** What one worker gets. */
export interface Team {
  readonly workers: number;
  /** The index of this worker. */
  readonly worker: number;
  readonly files: FileQueue;
  readonly interfaces: SharingMemory;
  /** Of each key log. */
  readonly keyPipes: readonly PipeMemory[];
  /** Packets that may still be counted; null for no limit. */
  readonly packetsLeft: BigInt64Array | null;
}

/** What each of `workers` workers gets. */
export function formTeam(options: PipelineOptions, workers: number): Team[] {
  const { count, files, interfaces, keyLogs } = options;
  const shared = {
    workers,
    files: fileQueue(files.map(sizeOf)),
    interfaces: sharingMemory(interfaces.length),
    keyPipes: keyLogs.map(() => pipeMemory(workers)),
    packetsLeft: count === null ? null : packetsLeft(count),
  };
  return Array.from({ length: workers }, (_, worker) => ({ ...shared, worker }));
}

/** Larger files are begun first; pipes first of all, as they may take longest. */
function sizeOf(path: string): number {
  if (path === "-" || isSpecial(path)) return Infinity;
  try {
    const { isFile, size } = Deno.statSync(path);
    return isFile ? size : Infinity;
  } catch {
    // The worker that opens it reports why it cannot be read.
    return 0;
  }
}
