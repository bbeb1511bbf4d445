// Keeps a flood of datagrams from costing more than a little: their events are switched off for a while if
// there are too many, as a program that sends to many places makes one for each datagram.

import type { RawFile } from "../../ffi/raw_file.ts";

export const ON = new TextEncoder().encode("1");
const OFF = new TextEncoder().encode("0");

/** Events that are read at once; more are a flood. Reading so many takes about 10 ms. */
const MAX_AT_ONCE = 2000;
/** Milliseconds until they are asked for again. */
const PAUSE = 2000;

export class Throttle {
  /** The files that switch events on and off. */
  readonly #switches: RawFile[] = [];
  #pausedUntil = 0;

  /** Events that are on. */
  add(enable: RawFile): void {
    this.#switches.push(enable);
  }

  /** `count`: how many events came since the last call. Returns whether some are switched off for that. */
  isTooMuch(count: number): boolean {
    const now = performance.now();
    if (this.#pausedUntil > 0) {
      if (now >= this.#pausedUntil) this.#resume();
      return false;
    }
    if (count <= MAX_AT_ONCE) return false;
    this.#pausedUntil = now + PAUSE;
    this.#write(OFF);
    return true;
  }

  #resume(): void {
    this.#pausedUntil = 0;
    this.#write(ON);
  }

  #write(text: Uint8Array<ArrayBuffer>): void {
    for (const each of this.#switches) each.writeSync(text);
  }

  close(): void {
    for (const each of this.#switches) each.close();
  }
}
