// One of the interfaces of a live capture.

import type { CaptureHandle } from "../../ffi/capture_handle.ts";
import { interfaceIndex } from "../../ffi/devices.ts";
import { interfaceName, isInterfaceUp } from "../../ffi/interface_state.ts";
import type { DropTotals } from "./drop_totals.ts";
import { toLinkType } from "./link_type.ts";

/** How often drops are asked for while packets keep coming: long before a count can go round. */
const DROPS_MS = 250;
/** So many errors in a row, although the interface is up, and the handle is of no more use. */
const MOST_FAILURES = 10;

/** What the system knows of interfaces. */
export interface InterfaceStates {
  /** 0 if there is none of that name, or it is no interface of the system's, as `any`. */
  indexOf(name: string): number;
  /** Null if there is none of that index. */
  nameOf(index: number): string | null;
  isUp(name: string): boolean;
}

export const SYSTEM_STATES: InterfaceStates = {
  indexOf: interfaceIndex,
  nameOf: interfaceName,
  isUp: isInterfaceUp,
};

/** An interface under capture, and what is known of how it does. Times are of performance.now(). */
export class Lane {
  /** As the user named it, whatever it is called by now. */
  readonly name: string;
  /** Null while it cannot be captured from. */
  handle: CaptureHandle | null = null;
  /** In the source's `interfaces`: it changes with the link type. */
  index: number;
  linkType = -1;
  /** Whether it waits for its turn to be read. */
  isQueued = false;
  /** Whether poll called it ready, and it was not read since. */
  isPromised = false;
  /** Whether all is read from before the capture was stopped. */
  isDrained = false;
  /** Errors since packets came last. */
  failures = 0;
  /** Packets from before are not of this capture, in microseconds since 1970. */
  since = 0;
  /** The handle gives no more packets, but for those that the kernel still has: until when. */
  endsAt = Infinity;
  /** When it is tried again to open it, and how long after that. */
  opensAt = 0;
  delay = 0;
  readonly #states: InterfaceStates;
  #systemIndex = 0;
  #totals: DropTotals;
  #dropsAt = -Infinity;

  constructor(name: string, index: number, totals: DropTotals, states = SYSTEM_STATES) {
    this.name = name;
    this.index = index;
    this.#totals = totals;
    this.#states = states;
  }

  /** Captures by `handle` from now on, from the system's interface `systemIndex`; 0 for none of its. */
  open(handle: CaptureHandle, systemIndex = this.#states.indexOf(this.name)): void {
    this.handle = handle;
    this.linkType = toLinkType(handle.dataLink);
    this.isPromised = false;
    this.failures = 0;
    this.endsAt = Infinity;
    this.#systemIndex = systemIndex;
    this.#totals.restart();
  }

  /** From now on its packets are those of interface `index` of the source, with drops of their own. */
  become(index: number, totals: DropTotals): void {
    this.index = index;
    this.#totals = totals;
  }

  close(): void {
    this.refreshDrops(performance.now(), true);
    this.handle?.close();
    this.handle = null;
  }

  /** Whether the handle is of no more use: its interface is gone, or it fails for no known reason. */
  get isDead(): boolean {
    const isGone = this.#systemIndex > 0 && this.#states.nameOf(this.#systemIndex) === null;
    return isGone || (this.failures >= MOST_FAILURES && this.problem === null);
  }

  /** What is wrong with the interface now; null if nothing is known. */
  get problem(): string | null {
    const isOpen = this.handle !== null;
    // Captured from, it may have got another name.
    const name = isOpen ? this.#states.nameOf(this.#systemIndex) : this.name;
    if (this.#systemIndex === 0) return null;
    if (name === null || this.#states.indexOf(name) === 0) return "the interface was removed";
    return this.#states.isUp(name) ? null : "the interface is down";
  }

  /** Asks the handle for drops, unless it was asked just before. No dispatch may be under way. */
  refreshDrops(now: number, force = false): void {
    if (!force && now - this.#dropsAt < DROPS_MS) return;
    this.#dropsAt = now;
    const dropped = this.handle?.dropped() ?? null;
    if (dropped !== null) this.#totals.update(dropped);
  }
}
