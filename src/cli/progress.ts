// How far reading is, on a terminal, where that takes long enough to wonder.

import type { Log } from "./log.ts";

/** Files of less than this are read before one could read the line. */
const WORTH_TELLING = 100_000_000;

export class Progress {
  readonly #log: Log;
  readonly #shown: boolean;

  private constructor(log: Log, shown: boolean) {
    this.#log = log;
    this.#shown = shown;
  }

  /** For reading `files`; standard input has no size, and no progress. */
  static async of(files: readonly string[], log: Log): Promise<Progress> {
    let size = 0;
    for (const file of files) size += await fileSize(file);
    return new Progress(log, size >= WORTH_TELLING);
  }

  /** `done` goes from 0 to 1; null where it is not known. */
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
    // Whoever opens it will say why it cannot be read.
    return 0;
  }
}
