// What the traffic makes webstat keep, in bytes. Anybody on the network can make it keep more, so all of
// it is charged here, at what it truly takes (objects and their slots, not only payload), and has a limit.

import { sum } from "./sums.ts";

/** Who keeps something; the `what` label of webstat_memory_bytes and webstat_evicted_total. */
export const HOLDERS = [
  /** Records of connections, and the objects that read them. */
  "flows",
  /** Bytes of a message that has not come whole yet. */
  "messages",
  /** TCP segments that came before their turn. */
  "segments",
  "http1",
  "http2",
  "tls",
  "quic",
  "dns",
  /** Names that clients have asked for, for connections that say none; with several workers, what waits for them. */
  "names",
  /** Names of clients (`--clients`). */
  "clients",
  /** Secrets from key logs. */
  "keys",
  /** IP and 802.11 packets of which not all fragments have come. */
  "fragments",
  "hosts",
  /** What is counted of hosts by route. */
  "routes",
  /** What is counted of programs and hosts, of clients and hosts. */
  "pairs",
  /** Whose connections are (`--process`). */
  "processes",
] as const;
export type Holder = typeof HOLDERS[number];

/** Why something was given up: all of the memory is used, or the holder's own limit is reached. */
export type EvictionReason = "memory" | "full";

export const HOLDER_INDEX = Object.fromEntries(HOLDERS.map((name, i) => [name, i])) as Readonly<
  Record<Holder, number>
>;

/** Below this part of the limit nothing is hurried. */
const RELAXED = 3 / 4;
/** Evictions go on until this part of the limit is free again, so that they come in runs. */
const SLACK = 1 / 32;
/**
 * V8 lets a heap grow to several times of what is alive before it collects it; under a flood that is as
 * much again as the limit. So much garbage is let be, as part of the limit and in bytes.
 */
const GARBAGE_SHARE = 1 / 4;
const MIN_GARBAGE = 16 << 20;

export class MemoryLedger {
  /** Bytes that may be kept. */
  readonly limit: number;
  /** Bytes that are kept. */
  total = 0;
  #discarded = 0;
  readonly #held = new Float64Array(HOLDERS.length);
  readonly #evicted = new Map<string, { what: Holder; reason: EvictionReason; count: number }>();

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Adds to what a holder keeps; a negative number for what it no longer does. */
  charge(holder: number, bytes: number): void {
    this.#held[holder]! += bytes;
    this.total += bytes;
  }

  /** For a holder that counts for itself: all that it keeps now. */
  set(holder: Holder, bytes: number): void {
    const index = HOLDER_INDEX[holder];
    this.charge(index, bytes - this.#held[index]!);
  }

  /** Bytes that a holder keeps. */
  held(holder: Holder): number {
    return this.#held[HOLDER_INDEX[holder]]!;
  }

  /** Whether something has to go. */
  get isOver(): boolean {
    return this.total > this.limit;
  }

  /** Whether enough has gone. */
  get isRelieved(): boolean {
    return this.total <= this.limit * (1 - SLACK);
  }

  /** Whether time-outs are to be shorter, so that less has to go. */
  get isTight(): boolean {
    return this.total > this.limit * RELAXED;
  }

  /** Notes bytes of memory that are garbage now, as what they were kept for was given up. */
  discard(bytes: number): void {
    this.#discarded += bytes;
  }

  /** Whether there is so much of it that the heap is to be collected; begins to count anew if so. */
  takeGarbage(): boolean {
    if (this.#discarded < Math.max(MIN_GARBAGE, this.limit * GARBAGE_SHARE)) return false;
    this.#discarded = 0;
    return true;
  }

  /** How often something had to go because all of the memory was used. */
  get shortages(): number {
    return sum(this.evicted.filter(({ reason }) => reason === "memory").map(({ count }) => count));
  }

  countEvicted(what: Holder, reason: EvictionReason): void {
    const key = `${what} ${reason}`;
    const row = this.#evicted.get(key);
    if (row === undefined) this.#evicted.set(key, { what, reason, count: 1 });
    else row.count++;
  }

  /** How often something was given up, by holder and reason. */
  get evicted(): readonly {
    readonly what: Holder;
    readonly reason: EvictionReason;
    readonly count: number;
  }[] {
    return [...this.#evicted.values()];
  }

  /** Sets the counts of evictions to 0; what is kept stays. */
  resetCounters(): void {
    this.#evicted.clear();
  }
}
