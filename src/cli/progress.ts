// Shows on a terminal how much of large files is read.

import type { Log } from "./log.ts";

/** Bytes. Smaller files are read too fast for a progress line. */
const MIN_SIZE = 100_000_000;

export class Progress {
  readonly #log: Log;
  readonly #shown: boolean;

  private constructor(log: Log, shown: boolean) {
    this.#log = log;
    this.#shown = shown;
  }

  /** Standard input has no size, and so no progress. */
  static async of(files: readonly string[], log: Log): Promise<Progress> {
    let size = 0;
    for (const file of files) size += await fileSize(file);
    return new Progress(log, size >= MIN_SIZE);
  }

  /** `done`: 0 to 1; null if it is unknown. */
  show(done: number | null, packets: number): void {
    if (!this.#shown || done === null) return;
    this.#log.status(
      `reading: ${Math.floor(done * 100)}%, ${(packets / 1e6).toFixed(1)} M packets`,
    );
  }

  clear(): void {
    this.#log.status("");
  }
}

async function fileSize(path: string): Promise<number> {
  if (path === "-") return 0;
  try {
    return (await Deno.stat(path)).size;
  } catch {
    // The worker that opens it reports why it cannot be read.
    return 0;
  }
}
