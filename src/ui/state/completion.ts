// Completes the last word of the filter: names of columns, then what stands in them.

import { FILTER_KEYS, type FilterFacts, valuesOf } from "./host_filter.ts";
import type { HostSnapshot } from "../../hosts/snapshot.ts";

export interface Completion {
  /** The text with as much added as all candidates have in common. */
  readonly text: string;
  /** What the last word may become, at most MOST_SHOWN of it. */
  readonly candidates: readonly string[];
}

const MOST_SHOWN = 8;

/** `hosts`: those whose values are offered, the most frequent first. */
export function complete(
  text: string,
  hosts: readonly HostSnapshot[],
  facts: FilterFacts,
): Completion {
  const [, before = "", word = ""] = /^(.*?)(\S*)$/s.exec(text)!;
  const colon = word.indexOf(":");
  const all = colon < 0
    ? FILTER_KEYS.map((key) => `${key}:`)
    : wordsOf(word.slice(0, colon).toLowerCase(), hosts, facts);
  const wanted = word.toLowerCase();
  const candidates = all.filter((each) => each.toLowerCase().startsWith(wanted));
  return {
    text: before + (candidates.length === 0 ? word : commonStart(candidates)),
    candidates: candidates.slice(0, MOST_SHOWN),
  };
}

function wordsOf(key: string, hosts: readonly HostSnapshot[], facts: FilterFacts): string[] {
  if (!FILTER_KEYS.includes(key)) return [];
  const counts = new Map<string, number>();
  for (const host of hosts) {
    for (const value of valuesOf(key, host, facts)) {
      // A value with a blank would be two words.
      const [first = ""] = value.split(" ");
      if (first !== "") counts.set(first, (counts.get(first) ?? 0) + 1);
    }
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([value]) => `${key}:${value}`);
}

function commonStart(texts: readonly string[]): string {
  const [first = "", ...others] = texts;
  let length = first.length;
  for (const other of others) {
    let same = 0;
    while (same < length && first[same]!.toLowerCase() === other[same]?.toLowerCase()) same++;
    length = same;
  }
  return first.slice(0, length);
}
