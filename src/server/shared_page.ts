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

/** Pages have this part of the time, */
const SHARE = 0.5;
/** and so many milliseconds at once after a while. */
const BURST = 5000;
/** So many clients are a crowd: until it has gathered, no page is made for a part of it. */
const CROWD = 4;

export class SharedPage {
  readonly #render: () => Promise<Uint8Array<ArrayBuffer>>;
  readonly #clients: () => number;
  /** The page that is being made. */
  #coming: Promise<Page> | null = null;
  /** Milliseconds that pages took, less their part of the time since. */
  #debt = 0;
  #debtAt = performance.now();
  /** As long after the last page as it took. */
  #crowdMayAsk = 0;

  /** `clients`: how many wait for a page, or read one. */
  constructor(render: () => Promise<Uint8Array<ArrayBuffer>>, clients: () => number) {
    this.#render = render;
    this.#clients = clients;
  }

  /** A page as of now. Rejects as `render` does. */
  get(): Promise<Page> {
    return this.#coming ??= this.#make().finally(() => this.#coming = null);
  }

  async #make(): Promise<Page> {
    const began = await this.#turn();
    try {
      return new Page(await this.#render());
    } finally {
      const ended = performance.now();
      this.#debt = this.#owed() + ended - began;
      this.#crowdMayAsk = ended + (ended - began);
    }
  }

  /** Waits until the next page may be made. Returns the time. */
  async #turn(): Promise<number> {
    const forCrowd = this.#clients() < CROWD ? 0 : this.#crowdMayAsk - performance.now();
    const pause = Math.max(forCrowd, (this.#owed() - BURST) / SHARE);
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    return performance.now();
  }

  #owed(): number {
    const now = performance.now();
    this.#debt = Math.max(0, this.#debt - (now - this.#debtAt) * SHARE);
    this.#debtAt = now;
    return this.#debt;
  }
}
