// Wakes a thread that waits in poll().

import { RawFile } from "./raw_file.ts";
import { openPipe } from "./sockets.ts";

/** A pipe: whoever waits for its reading end is woken by a byte. */
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

/** Wakes whoever waits; never waits itself, as long as no 64 KiB of calls are left unheard. */
export function wake({ writing }: WakePipe): void {
  RawFile.of(writing).writeSync(BYTES.subarray(0, 1));
}

/** Takes the calls that were there when poll() called the pipe ready. */
export function hearCalls(reading: number): void {
  RawFile.of(reading).readSync(BYTES);
}
