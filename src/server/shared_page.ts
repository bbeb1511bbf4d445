// Pages, rendered once for all that ask for the same one at the same time, and one after the other: so the
// time that each took is its own.

import { collectHeap } from "../../ffi/memory.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Milliseconds of rendering without a pause, after a quiet time. */
const BURST = 5000;
/** Bytes of pages after which the heap is collected: V8 by itself lets hundreds of megabytes gather. */
const MOST_UNCOLLECTED = 24 << 20;
/** With so many clients, there is a pause after each page, so that the next one is shared by many. */
const CROWD = 4;

export class SharedPage<Format> {
  readonly #render: (format: Format) => Promise<Bytes>;
  readonly #clients: () => number;
  readonly #share: number;
  /** The pages that are being rendered. */
  readonly #coming = new Map<Format, Promise<Bytes>>();
  /** Milliseconds that rendering took beyond its part of the time. */
  #debt = 0;
  #debtAt = performance.now();
  /** Bytes of the pages since the heap was collected. */
  #uncollected = 0;
  /** The end of the pause after the last page; as long as its rendering took. */
  #crowdMayAsk = 0;
  /** When the page that was asked for last is made. */
  #last: Promise<unknown> = Promise.resolve();

  /** `clients`: how many wait for a page or read one. Rendering may take `share` of the time. */
  constructor(
    render: (format: Format) => Promise<Bytes>,
    clients: () => number,
    share: number,
  ) {
    this.#render = render;
    this.#clients = clients;
    this.#share = share;
  }

  /** The current page. Rejects if `render` does. */
  get(format: Format): Promise<Bytes> {
    const coming = this.#coming.get(format);
    if (coming !== undefined) return coming;
    const page = this.#last.then(() => this.#make(format))
      .finally(() => this.#coming.delete(format));
    this.#last = page.catch(() => {});
    this.#coming.set(format, page);
    return page;
  }

  async #make(format: Format): Promise<Bytes> {
    const began = await this.#turn();
    try {
      if (this.#uncollected > MOST_UNCOLLECTED) this.#collect();
      const page = await this.#render(format);
      this.#uncollected += page.length;
      return page;
    } finally {
      const ended = performance.now();
      this.#debt = this.#owed() + ended - began;
      this.#crowdMayAsk = ended + (ended - began);
    }
  }

  #collect(): void {
    collectHeap();
    this.#uncollected = 0;
  }

  /** Waits until the next page may be rendered. Returns the time. */
  async #turn(): Promise<number> {
    const forCrowd = this.#clients() < CROWD ? 0 : this.#crowdMayAsk - performance.now();
    const pause = Math.max(forCrowd, (this.#owed() - BURST) / this.#share);
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    return performance.now();
  }

  #owed(): number {
    const now = performance.now();
    this.#debt = Math.max(0, this.#debt - (now - this.#debtAt) * this.#share);
    this.#debtAt = now;
    return this.#debt;
  }
}
