// One of the interfaces of a live capture.

import { interfaceIndex } from "../../ffi/devices.ts";
import { interfaceName, isInterfaceUp } from "../../ffi/interface_state.ts";
import type { DropTotals } from "./drop_totals.ts";
import type { Handle } from "./handle.ts";
import { toLinkType } from "./link_type.ts";

/** How often the counters of lost packets are read: long before they can wrap at 2^32. */
const DROPS_MS = 250;
/** After so many errors in a row of an interface that is up, its handle is replaced. */
const MOST_FAILURES = 10;

/** Looks up interfaces of the system. */
export interface InterfaceStates {
  /** 0 if the system has no interface of that name; `any` is none. */
  indexOf(name: string): number;
  /** Null if there is none of that index. */
  nameOf(index: number): string | null;
  isUp(name: string): boolean;
}

const SYSTEM_STATES: InterfaceStates = {
  indexOf: interfaceIndex,
  nameOf: interfaceName,
  isUp: isInterfaceUp,
};

/** An interface that is captured, and its state. Times are those of performance.now(). */
export class Lane {
  /** As in the options, also if the interface was renamed. */
  readonly name: string;
  /** Null while it cannot be captured from. */
  handle: Handle | null = null;
  /** Index in the source's `interfaces`; another one if the link type changes. */
  index: number;
  linkType = -1;
  /** Whether it is in the queue of lanes to be read. */
  isQueued = false;
  /** Whether poll reported it as ready, and it was not read since then. */
  isPromised = false;
  /** Whether all packets from before `stop` were read. */
  isDrained = false;
  /** Errors since the last packets. */
  failures = 0;
  /** Packets before this time do not count, microseconds since 1970. */
  since = 0;
  /** Until when the kernel may still have packets, of a handle that gets no new ones. */
  endsAt = Infinity;
  /** When to try again to open it, and the time until the attempt after that. */
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

  /** Uses `handle` from now on. `systemIndex` is the system's number of the interface, 0 if it has none. */
  open(handle: Handle, systemIndex = this.#states.indexOf(this.name)): void {
    this.handle = handle;
    this.linkType = toLinkType(handle.dataLink);
    this.isPromised = false;
    this.failures = 0;
    this.endsAt = Infinity;
    this.#systemIndex = systemIndex;
    this.#totals.restart();
  }

  /** Its packets belong to interface `index` of the source from now on, which counts its own losses. */
  become(index: number, totals: DropTotals): void {
    this.index = index;
    this.#totals = totals;
  }

  close(): void {
    this.refreshDrops(performance.now(), true);
    this.handle?.close();
    this.handle = null;
  }

  /** Whether the handle must be closed: its interface is gone, or it keeps failing. */
  get isDead(): boolean {
    const isGone = this.#systemIndex > 0 && this.#states.nameOf(this.#systemIndex) === null;
    return isGone || (this.failures >= MOST_FAILURES && this.problem === null);
  }

  /** What is wrong with the interface now; null if nothing is known. */
  get problem(): string | null {
    const isOpen = this.handle !== null;
    // It may have been renamed while it was captured.
    const name = isOpen ? this.#states.nameOf(this.#systemIndex) : this.name;
    if (this.#systemIndex === 0) return null;
    if (name === null || this.#states.indexOf(name) === 0) return "the interface was removed";
    return this.#states.isUp(name) ? null : "the interface is down";
  }

  /** Reads the counters of lost packets, at most every DROPS_MS. There must be no dispatch meanwhile. */
  refreshDrops(now: number, force = false): void {
    if (!force && now - this.#dropsAt < DROPS_MS) return;
    this.#dropsAt = now;
    const dropped = this.handle?.dropped() ?? null;
    if (dropped !== null) this.#totals.update(dropped);
  }
}
