// The hosts store: one Host a name, up to a limit. When it is full, the host of the fewest hits is
// folded, those first that were only asked for in DNS: ~other takes over all that it counted, so that
// sums over all hosts stay right.

import type { MemoryLedger } from "../memory_ledger.ts";
import { isDnsOnly } from "./dns_only.ts";
import { DEFAULT_SCALE, type DurationScale } from "./duration_scale.ts";
import { Host } from "./host.ts";
import { type Candidate, leastUseful } from "./least_useful.ts";
import { hostLabel } from "./label_values.ts";
import { HostPacker, type PackedHosts } from "./packed_hosts.ts";
import { OTHER_HOST } from "./label_values.ts";

/** Hosts may take this part of the memory. */
const MEMORY_SHARE = 1 / 4;
/** How fast their number may grow again, each time that they are charged. */
const REGROWTH = 1.1;
/** After folding, so much of their part is in use. */
const FOLD_TO = 0.9;
/** So many times more hosts are kept if snapshots are merged, so that there is room for new ones. */
const MERGEABLE_ROOM = 2;

/** How hosts are counted and told. */
interface Told {
  /** Whether its snapshots will be merged with those of other stores; false by default. */
  readonly mergeable?: boolean | undefined;
  /** Whether hosts are packed that were only asked for in DNS; true by default. */
  readonly dnsOnly?: boolean | undefined;
  /** Whether routes are packed, if any were counted; true by default. */
  readonly routes?: boolean | undefined;
  /** That on which durations are counted. */
  readonly scale?: DurationScale;
}

export class Hosts {
  readonly #max: number;
  /**
   * By label: names from the wire that have the same label are one host, as they are one series.
   */
  readonly #hosts = new Map<string, Host>();
  readonly #scale: DurationScale;
  readonly #other: Host;
  /** Those to be folded first are last. */
  #candidates: Candidate[] = [];
  /**
   * Names of hosts that snapshots have. If snapshots are merged, these hosts are folded only if there are no
   * others: another store may have counted more of them, and the sum must not get smaller.
   */
  #shown = new Set<string>();
  readonly #mergeable: boolean;
  /** Whether anything may be counted in ~other. */
  #otherUsed: boolean;
  readonly #packer: HostPacker;
  readonly #packsDnsOnly: boolean;
  folded = 0;
  /** Fewer than #max while they take too much memory. */
  #most: number;

  constructor(
    max: number,
    { mergeable = false, dnsOnly = true, routes = true, scale = DEFAULT_SCALE }: Told = {},
  ) {
    this.#scale = scale;
    this.#other = new Host(OTHER_HOST, scale);
    this.#packer = new HostPacker(scale, routes);
    // Another store may know more of a host.
    this.#packsDnsOnly = dnsOnly || mergeable;
    this.#mergeable = mergeable;
    this.#max = this.#most = Math.max(0, max) * (mergeable ? MERGEABLE_ROOM : 1);
    this.#otherUsed = this.#max === 0;
  }

  get size(): number {
    return this.#hosts.size;
  }

  /** The host of a name, made if it is new; ~other if the limit is 0. */
  get(name: string): Host {
    return this.#hosts.get(name) ?? this.#labelled(hostLabel(name));
  }

  /** The host of a name, if it has one of its own; else null. */
  kept(name: string): Host | null {
    return this.#hosts.get(name) ?? this.#hosts.get(hostLabel(name)) ?? null;
  }

  /** ~other, for what is not to have a name of its own. */
  get other(): Host {
    this.#otherUsed = true;
    return this.#other;
  }

  #labelled(label: string): Host {
    const known = this.#hosts.get(label);
    if (known !== undefined) return known;
    if (this.#max === 0) return this.#other;
    if (this.#hosts.size >= this.#most) this.#foldLeastUseful();
    const host = new Host(label, this.#scale);
    this.#hosts.set(label, host);
    return host;
  }

  #foldLeastUseful(): void {
    for (;;) {
      const candidate = this.#candidates.pop();
      if (candidate === undefined) {
        // An eighth of all, so that they are seldom looked for.
        this.#findCandidates();
        continue;
      }
      const { host, hits } = candidate;
      // It has been hit since it was chosen.
      if (host.totalHits !== hits) continue;
      return this.#fold(host);
    }
  }

  /** An eighth of all, so that they are seldom looked for. */
  #findCandidates(): void {
    const all = [...this.#hosts.values()];
    const others = this.#shown.size === 0 ? all : all.filter(({ name }) => !this.#shown.has(name));
    const from = others.length > 0 ? others : all;
    this.#candidates = leastUseful(from, Math.min(from.length, Math.ceil(all.length / 8)));
  }

  #fold(host: Host): void {
    this.#moveToOther(host);
    this.folded++;
  }

  #moveToOther(host: Host): void {
    this.#hosts.delete(host.name);
    this.#shown.delete(host.name);
    this.#other.absorb(host);
    this.#otherUsed = true;
  }

  /**
   * Charges the ledger for all hosts; `more` is what something else takes for each of them. If they
   * take too large a part of the memory, the least useful are folded, and fewer are kept for a
   * while.
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

  /**
   * Folds the hosts of these labels, if there are such. `folded` is not increased: the caller
   * counts.
   */
  foldAll(labels: Iterable<string>): void {
    // They may be among the candidates.
    this.#candidates = [];
    for (const label of labels) {
      const host = this.#hosts.get(label);
      if (host !== undefined) this.#moveToOther(host);
    }
  }

  /** These are the hosts of all stores together: none of them is folded here, also if it is new here. */
  keep(labels: ReadonlySet<string>): void {
    this.#shown = new Set(labels);
    this.#candidates = [];
  }

  /** Every host, and ~other once anything was counted there. */
  *[Symbol.iterator](): Iterator<Host> {
    yield* this.#hosts.values();
    if (this.#otherUsed) yield this.#other;
  }

  /** The host that has this label; null if there is none. */
  find(label: string): Host | null {
    if (label === OTHER_HOST) return this.#otherUsed ? this.#other : null;
    return this.#hosts.get(label) ?? null;
  }

  /** Sets all counters to 0. Hosts with open connections stay, as they will have traffic. */
  reset(): void {
    for (const host of this) host.reset();
    for (const [name, host] of this.#hosts) {
      if (!host.isConnected) this.#hosts.delete(name);
    }
    this.#otherUsed &&= this.#max === 0 || this.#other.isConnected;
    this.#candidates = [];
    this.folded = 0;
  }

  /** All hosts that are told, packed for another thread. */
  packed(): PackedHosts {
    if (this.#mergeable) {
      for (const name of this.#hosts.keys()) this.#shown.add(name);
      this.#candidates = [];
    }
    return this.#packer.pack(this.#packsDnsOnly ? this : this.#contacted());
  }

  *#contacted(): Iterable<Host> {
    for (const host of this) {
      if (host === this.#other || !isDnsOnly(host)) yield host;
    }
  }
}
