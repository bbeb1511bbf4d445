// Wakes a thread that waits in poll().

import { RawFile } from "./raw_file.ts";
import { openPipe } from "./sockets.ts";

/** A pipe: a byte in it wakes the thread that polls its reading end. The numbers are descriptors. */
export interface WakePipe {
  readonly reading: number;
  readonly writing: number;
}

/** Throws Error if no descriptors are left. */
export function openWakePipe(): WakePipe {
  const [reading, writing] = openPipe();
  return { reading, writing };
}

const BYTES = new Uint8Array(64);

/** Wakes the thread. It does not block, unless 64 KiB of bytes are in the pipe. */
export function wake({ writing }: WakePipe): void {
  RawFile.of(writing).writeSync(BYTES.subarray(0, 1));
}

/** Empties the pipe, once poll() has found it ready. */
export function drainWakePipe(reading: number): void {
  RawFile.of(reading).readSync(BYTES);
}
