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
    .map((host) => ({ host, hits: host.totalHits, use: useOf(host) }))
    .sort((a, b) => b.use - a.use || b.host.lastSeen - a.host.lastSeen);
}

/** The items whose values are below the `count`-th least, and those that have just this value. */
function least<Item>(
  items: readonly Item[],
  count: number,
  valueOf: (item: Item) => number,
): [below: Item[], equal: Item[]] {
  const values = new Float64Array(items.length);
  for (let i = 0; i < items.length; i++) values[i] = valueOf(items[i]!);
  const limit = valueAt(values.slice(), count - 1);
  const below: Item[] = [];
  const equal: Item[] = [];
  for (let i = 0; i < items.length; i++) {
    if (values[i]! < limit) below.push(items[i]!);
    else if (values[i] === limit) equal.push(items[i]!);
  }
  return [below, equal];
}

/**
 * The value that would be at `index` if `values`, whose order is changed, were sorted: quickselect, which
 * takes a tenth of the time of sorting a thousand. Its pivots are random, so that nobody on the network can
 * choose an order that takes long.
 */
function valueAt(values: Float64Array, index: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const pivot = values[low + Math.floor(Math.random() * (high - low + 1))]!;
    let [left, right] = [low, high];
    while (left <= right) {
      while (values[left]! < pivot) left++;
      while (values[right]! > pivot) right--;
      if (left > right) break;
      const value = values[left]!;
      values[left++] = values[right]!;
      values[right--] = value;
    }
    if (index <= right) high = right;
    else if (index >= left) low = left;
    else return pivot;
  }
  return values[index]!;
}
