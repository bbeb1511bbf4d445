// The hosts store: one Host a name, at most so many; when it is full, the least useful is folded into
// ~other with all that it counted, so that sums over all hosts always hold.

import type { MemoryLedger } from "../memory_ledger.ts";
import { Host } from "./host.ts";
import { hostLabel } from "./label_values.ts";
import { HostPacker, type PackedHosts } from "./packed_hosts.ts";
import { OTHER_HOST } from "./label_values.ts";

/** A host that may be folded, and what it had when that was decided. */
interface Candidate {
  readonly host: Host;
  readonly hits: number;
}

/** Hosts may take this part of the memory. */
const MEMORY_SHARE = 1 / 4;
/** How fast their number may grow again, each time that they are charged. */
const REGROWTH = 1.1;
/** After folding, so much of their part is in use. */
const FOLD_TO = 0.9;

export class Hosts {
  readonly #max: number;
  /** By label: names of the wire that look alike are one host, as they would be one series. */
  readonly #hosts = new Map<string, Host>();
  readonly #other = new Host(OTHER_HOST);
  /** The least useful last. */
  #candidates: Candidate[] = [];
  /** Whether anything may be counted in ~other. */
  #otherUsed: boolean;
  readonly #packer: HostPacker;
  folded = 0;
  /** Fewer than #max while they take too much memory. */
  #most: number;

  /** `mergeable`: whether what is packed is to be added to what others pack. */
  constructor(max: number, mergeable = false) {
    this.#packer = new HostPacker(mergeable);
    this.#max = this.#most = Math.max(0, max);
    this.#otherUsed = this.#max === 0;
  }

  get size(): number {
    return this.#hosts.size;
  }

  /** The host of a name, made where there is none yet: or ~other, where none is kept at all. */
  get(name: string): Host {
    return this.#hosts.get(name) ?? this.#labelled(hostLabel(name));
  }

  #labelled(label: string): Host {
    const known = this.#hosts.get(label);
    if (known !== undefined) return known;
    if (this.#max === 0) return this.#other;
    if (this.#hosts.size >= this.#most) this.#foldLeastUseful();
    const host = new Host(label);
    this.#hosts.set(label, host);
    return host;
  }

  #foldLeastUseful(): void {
    for (;;) {
      const candidate = this.#candidates.pop();
      if (candidate === undefined) {
        this.#findCandidates();
        continue;
      }
      const { host, hits } = candidate;
      // It has become more useful meanwhile.
      if (host.totalHits !== hits) continue;
      return this.#fold(host);
    }
  }

  /** An eighth of all, so that sorting is rare. Few hits are of little use, and old ones of less. */
  #findCandidates(): void {
    const all = Array.from(this.#hosts.values(), (host) => ({ host, hits: host.totalHits }));
    all.sort((a, b) => b.hits - a.hits || b.host.lastSeen - a.host.lastSeen);
    this.#candidates = all.slice(-Math.ceil(all.length / 8));
  }

  #fold(host: Host): void {
    this.#moveToOther(host);
    this.folded++;
  }

  #moveToOther(host: Host): void {
    this.#hosts.delete(host.name);
    this.#other.absorb(host);
    this.#otherUsed = true;
  }

  /**
   * Charges the ledger for all hosts; `more` is what something else takes for each of them. If they take
   * too large a part of the memory, the least useful are folded, and fewer are kept for a while.
   */
  charge(ledger: MemoryLedger, more: (host: Host) => number): void {
    let held = 0;
    for (const host of this) held += host.held + more(host);
    const share = ledger.limit * MEMORY_SHARE;
    this.#most = held <= share
      ? Math.min(this.#max, this.#most * REGROWTH)
      : Math.max(1, Math.floor(this.#hosts.size * FOLD_TO * share / held));
    for (let excess = this.#hosts.size - this.#most; excess > 0; excess--) {
      this.#foldLeastUseful();
      ledger.countEvicted("hosts", "memory");
    }
    ledger.set("hosts", Math.min(held, share));
  }

  /** Folds the hosts that have these labels, if they are here. Whoever chose them counts them. */
  foldAll(labels: Iterable<string>): void {
    // Those to be folded here may be among them.
    this.#candidates = [];
    for (const label of labels) {
      const host = this.#hosts.get(label);
      if (host !== undefined) this.#moveToOther(host);
    }
  }

  /** Every host, and ~other once anything was counted there. */
  *[Symbol.iterator](): Iterator<Host> {
    yield* this.#hosts.values();
    if (this.#otherUsed) yield this.#other;
  }

  /** The host that has this label; null where there is none. */
  find(label: string): Host | null {
    if (label === OTHER_HOST) return this.#otherUsed ? this.#other : null;
    return this.#hosts.get(label) ?? null;
  }

  /** Counts anew from here. Hosts with open connections stay, as they will have traffic. */
  reset(): void {
    for (const host of this) host.reset();
    for (const [name, host] of this.#hosts) {
      if (!host.isConnected) this.#hosts.delete(name);
    }
    this.#otherUsed &&= this.#max === 0 || this.#other.isConnected;
    this.#candidates = [];
    this.folded = 0;
  }

  /** All hosts as they are sent to another thread. */
  packed(): PackedHosts {
    return this.#packer.pack(this);
  }
}
