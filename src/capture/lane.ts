// One of the interfaces of a live capture.

import type { CaptureHandle } from "../../ffi/capture_handle.ts";
import type { Drops } from "./batch.ts";
import { DropTotals } from "./drop_totals.ts";
import type { NetInterface } from "./interfaces.ts";

/** How often drops are asked for while packets keep coming: long before a count can go round. */
const DROPS_MS = 250;

/** An interface under capture, and what is known of how it does. Times are of performance.now(). */
export class Lane {
  readonly handle: CaptureHandle;
  readonly name: string;
  /** In the source's `interfaces`. */
  readonly index: number;
  /** Whether it waits for its turn to be read. */
  queued = false;
  /** Whether poll called it ready, and it was not read since. */
  promised = false;
  /** Whether packets came since it was last looked whether the interface is up. */
  active = false;
  /** Whether all is read from before the capture was stopped. */
  drained = false;
  /** Why it ends, and until when the kernel may still hand on packets from before. */
  ending: { readonly reason: string; readonly until: number } | null = null;
  /** Whether the system can tell if it is up: not of `any` and its like. */
  readonly #hasState: boolean;
  readonly #drops = new DropTotals();
  #dropsAt = -Infinity;

  constructor(
    name: string,
    index: number,
    handle: CaptureHandle,
    interfaces: readonly NetInterface[],
  ) {
    this.name = name;
    this.index = index;
    this.handle = handle;
    this.#hasState = interfaces.some((each) => each.name === name && each.index > 0);
  }

  /** What is wrong with the interface as the system lists `interfaces` now; null where nothing is. */
  problem(interfaces: readonly NetInterface[]): string | null {
    if (!this.#hasState) return null;
    const now = interfaces.find((each) => each.name === this.name);
    if (now === undefined) return "the interface was removed";
    return now.up ? null : "the interface went down";
  }

  /** What was lost, as of the last `refreshDrops`. */
  get drops(): Drops {
    return this.#drops.total;
  }

  /** Asks the handle for drops, unless it was asked just before. No dispatch may be under way. */
  refreshDrops(now: number, force = false): void {
    if (!force && now - this.#dropsAt < DROPS_MS) return;
    this.#dropsAt = now;
    const dropped = this.handle.dropped();
    if (dropped !== null) this.#drops.update(dropped);
  }
}
