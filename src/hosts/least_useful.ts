// Which hosts are folded first: those that were only asked for in DNS, then those of the fewest hits; of
// these the longest unseen.

import { isDnsOnly } from "./dns_only.ts";
import type { Host } from "./host.ts";

/** A host that may be folded, and its hits when it was chosen. */
export interface Candidate {
  readonly host: Host;
  readonly hits: number;
  /** The hits, and CONTACTED unless it was only asked for in DNS. */
  readonly use: number;
}

/** More than any host's hits. */
const CONTACTED = 2 ** 52;

/**
 * The `count` hosts, at least 1, that are to be folded first; the very first is last. Of hosts that are
 * alike in everything, the later ones go first.
 */
export function leastUseful(hosts: Iterable<Host>, count: number): Candidate[] {
  const all: Candidate[] = [];
  for (const host of hosts) {
    const hits = host.totalHits;
    all.push({ host, hits, use: isDnsOnly(host) ? hits : hits + CONTACTED });
  }
  const [chosen, equal] = least(all, count, ({ use }) => use);
  const [older, last] = least(equal, count - chosen.length, ({ host }) => host.lastSeen);
  chosen.push(...older);
  chosen.push(...last.slice(chosen.length - count));
  return chosen.sort((a, b) => b.use - a.use || b.host.lastSeen - a.host.lastSeen);
}

/**
 * The items whose values are below the `count`-th least, and those that have just this value. Numbers are
 * sorted ten times as fast as objects.
 */
function least<Item>(
  items: readonly Item[],
  count: number,
  valueOf: (item: Item) => number,
): [below: Item[], equal: Item[]] {
  const values = new Float64Array(items.length);
  for (let i = 0; i < items.length; i++) values[i] = valueOf(items[i]!);
  const limit = values.toSorted()[count - 1]!;
  const below: Item[] = [];
  const equal: Item[] = [];
  for (let i = 0; i < items.length; i++) {
    if (values[i]! < limit) below.push(items[i]!);
    else if (values[i] === limit) equal.push(items[i]!);
  }
  return [below, equal];
}
