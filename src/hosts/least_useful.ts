// Which hosts are folded first: those that were only asked for in DNS, then those of the fewest hits; of
// these the longest unseen.

import { isDnsOnly } from "./dns_only.ts";
import type { Host } from "./host.ts";

/** A host that may be folded, and its hits when it was chosen. */
export interface Candidate {
  readonly host: Host;
  readonly hits: number;
}

/** More than DNS is asked for one name, and a number that V8 keeps without allocation. */
const CONTACTED = 2 ** 30;

/** Its hits; many more if it was not only asked for in DNS. */
function useOf(host: Host): number {
  const isAsked = host.contacts === 0 && isDnsOnly(host);
  return isAsked ? host.totalHits : host.totalHits + CONTACTED;
}

const lastSeen = (host: Host): number => host.lastSeen;

/**
 * The `count` hosts, at least 1, that are to be folded first; the very first is last. Of hosts that are
 * alike in everything, the later ones go first.
 */
export function leastUseful(hosts: readonly Host[], count: number): Candidate[] {
  const [chosen, equal] = least(hosts, count, useOf);
  const [older, last] = least(equal, count - chosen.length, lastSeen);
  chosen.push(...older);
  chosen.push(...last.slice(chosen.length - count));
  return chosen
    .sort((a, b) => useOf(b) - useOf(a) || b.lastSeen - a.lastSeen)
    .map((host) => ({ host, hits: host.totalHits }));
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
