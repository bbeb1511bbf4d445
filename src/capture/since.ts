// A source without the packets that were captured before a certain time.

import type { Batch, CaptureInterface, Drops, Source } from "./batch.ts";

/** After so many milliseconds no older packet can come; and a clock that was set back does no more harm. */
const LONG_ENOUGH = 5000;

export class SinceSource implements Source {
  readonly #source: Source;
  readonly #since: number;
  readonly #checkUntil = performance.now() + LONG_ENOUGH;

  /** `since`: microseconds since 1970. */
  constructor(source: Source, since: number) {
    this.#source = source;
    this.#since = since;
  }

  get interfaces(): readonly CaptureInterface[] {
    return this.#source.interfaces;
  }

  openers(): Promise<readonly number[]> {
    return this.#source.openers();
  }

  read(): Batch | null | Promise<Batch | null> {
    const next = this.#source.read();
    if (performance.now() > this.#checkUntil) return next;
    return next instanceof Promise ? next.then((batch) => this.#cut(batch)) : this.#cut(next);
  }

  #cut(batch: Batch | null): Batch | null {
    if (batch === null) return null;
    let kept = 0;
    for (let i = 0; i < batch.count; i++) {
      if (batch.time[i]! >= this.#since) batch.move(i, kept++);
    }
    batch.count = kept;
    return batch;
  }

  drops(): Drops[] {
    return this.#source.drops();
  }

  progress(): number | null {
    return this.#source.progress();
  }

  stop(): void {
    this.#source.stop();
  }

  close(): void {
    this.#source.close();
  }
}
