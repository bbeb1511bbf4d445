// The page of /metrics, made once for all who ask for it at the same time.

import { gzipSync } from "node:zlib";

/** A page, and the same packed. */
export class Page {
  readonly plain: Uint8Array<ArrayBuffer>;
  #packed: Uint8Array<ArrayBuffer> | null = null;

  constructor(plain: Uint8Array<ArrayBuffer>) {
    this.plain = plain;
  }

  /** Level 1 packs this kind of text to a twentieth at 500 MB/s; the default takes four times as long. */
  get packed(): Uint8Array<ArrayBuffer> {
    return this.#packed ??= new Uint8Array(gzipSync(this.plain, { level: 1 }));
  }
}

export class SharedPage {
  readonly #render: () => Promise<Uint8Array<ArrayBuffer>>;
  /** The page that is being made. */
  #coming: Promise<Page> | null = null;
  /** When the next may be begun, by performance.now(). */
  #next = 0;

  constructor(render: () => Promise<Uint8Array<ArrayBuffer>>) {
    this.#render = render;
  }

  /** A page as of now. Rejects as `render` does. */
  get(): Promise<Page> {
    return this.#coming ??= this.#make().finally(() => this.#coming = null);
  }

  /** Waits first as long as the last one took: pages have half of this thread's time, no more. */
  async #make(): Promise<Page> {
    const pause = this.#next - performance.now();
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    const began = performance.now();
    try {
      return new Page(await this.#render());
    } finally {
      const ended = performance.now();
      this.#next = ended + (ended - began);
    }
  }
}
