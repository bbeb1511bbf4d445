// Counts over many captures: recall and precision, kind by kind.

import { type Fact, type Kind, KINDS } from "./facts.ts";
import type { Matching } from "./match.ts";

/** Tags of facts that travel inside another network or link protocol. */
export const TUNNELS: readonly string[] = [
  "ayiya",
  "capwap",
  "erspan",
  "etherip",
  "geneve",
  "gre",
  "gtp",
  "ipip",
  "l2tp",
  "mpls",
  "nvgre",
  "pppoes",
  "teredo",
  "vxlan",
];

export interface Row {
  readonly kind: Kind;
  /** Required facts, those of them that were found, and those that were not. */
  readonly expected: number;
  readonly found: number;
  readonly missing: number;
  /** Events, and those of them that no fact stands behind. */
  readonly events: number;
  readonly extra: number;
  /** 1 where there was nothing to find. */
  readonly recall: number;
  readonly precision: number;
}

/**
 * One row a kind. Facts with one of `withoutTags` do not count, nor do the events that belong to
 * them; an event that belongs to no fact always counts.
 */
export function tally(matchings: readonly Matching[], withoutTags: readonly string[]): Row[] {
  const counts = (fact: Fact) => !fact.tags.some((tag) => withoutTags.includes(tag));
  return KINDS.map((kind) => {
    const matched = matchings.flatMap((m) => m.matched).filter(({ fact }) => counts(fact));
    const differing = matchings.flatMap((m) => m.differing).filter(({ fact }) => counts(fact));
    const missing = matchings.flatMap((m) => m.missing).filter(counts);
    const extra = matchings.flatMap((m) => m.extra);
    const required = ({ fact }: { fact: Fact }) => fact.required;
    return rowOf(kind, {
      found: matched.filter(required).map(({ fact }) => fact),
      missing: [...missing, ...differing.filter(required).map(({ fact }) => fact)],
      right: matched.map(({ found }) => found),
      extra: [...extra, ...differing.map(({ found }) => found)],
    });
  });
}

type OfSomeKind = readonly { readonly kind: Kind }[];

function rowOf(
  kind: Kind,
  all: Record<"found" | "missing" | "right" | "extra", OfSomeKind>,
): Row {
  const count = (things: OfSomeKind) => things.filter((thing) => thing.kind === kind).length;
  const [found, missing] = [count(all.found), count(all.missing)];
  const [right, extra] = [count(all.right), count(all.extra)];
  return {
    kind,
    expected: found + missing,
    found,
    missing,
    events: right + extra,
    extra,
    recall: ratio(found, found + missing),
    precision: ratio(right, right + extra),
  };
}

const ratio = (part: number, whole: number): number => whole === 0 ? 1 : part / whole;
