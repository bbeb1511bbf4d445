// What the workers of one capture share: memory that all of them see.

import { isSpecial } from "../../ffi/raw_file.ts";
import { type FileQueue, fileQueue } from "../capture/file_queue.ts";
import { type SharingMemory, sharingMemory } from "../capture/sharing.ts";
import { packetsLeft } from "./packet_limit.ts";
import type { PipelineOptions } from "./pipeline_options.ts";

/** One worker's view of it. */
export interface Team {
  readonly workers: number;
  /** Which of them this is, from 0 on. */
  readonly worker: number;
  readonly files: FileQueue;
  readonly interfaces: SharingMemory;
  /** Packets that may still be counted; null for no limit. */
  readonly packetsLeft: BigInt64Array | null;
}

/** The views of `workers` workers. */
export function formTeam(options: PipelineOptions, workers: number): Team[] {
  const { count, files, interfaces } = options;
  const shared = {
    workers,
    files: fileQueue(files.map(sizeOf)),
    interfaces: sharingMemory(interfaces.length),
    packetsLeft: count === null ? null : packetsLeft(count),
  };
  return Array.from({ length: workers }, (_, worker) => ({ ...shared, worker }));
}

/** What is not a file may go on for long: it is begun first. */
function sizeOf(path: string): number {
  if (path === "-" || isSpecial(path)) return Infinity;
  try {
    const { isFile, size } = Deno.statSync(path);
    return isFile ? size : Infinity;
  } catch {
    // Whoever opens it will say why it cannot be read.
    return 0;
  }
}
