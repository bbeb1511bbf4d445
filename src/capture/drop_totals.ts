// Sums of dropped packets that do not start again at 2^32, as libpcap's counters do.

import type { Drops } from "./batch.ts";

/** Totals of one interface's drops. */
export class DropTotals {
  readonly #total: Drops = { kernel: 0, interface: 0 };
  readonly #last: Drops = { kernel: 0, interface: 0 };

  /** Takes libpcap's counts, each modulo 2^32; to be called before a count can go round twice. */
  update(now: Drops): void {
    this.#total.kernel += (now.kernel - this.#last.kernel) >>> 0;
    this.#total.interface += (now.interface - this.#last.interface) >>> 0;
    this.#last.kernel = now.kernel;
    this.#last.interface = now.interface;
  }

  /** The next counts are of a handle that begins at 0. */
  restart(): void {
    this.#last.kernel = this.#last.interface = 0;
  }

  get total(): Drops {
    return { ...this.#total };
  }
}
