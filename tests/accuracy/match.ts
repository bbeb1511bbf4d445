// Pairs the facts of one capture with webstat's events, one to one. As many required facts as
// possible are paired, then as many optional ones; an alternative never takes an event that another
// fact needs, for the pairing is a maximum one.

import { expectedValues, type Fact, FIELDS, type Found, type Value } from "./facts.ts";

export interface Pair {
  readonly fact: Fact;
  readonly found: Found;
}

/** A fact and an event that are most likely the same thing, seen differently. */
export interface Difference extends Pair {
  /** The names of the fields whose values are not right. */
  readonly fields: readonly string[];
}

export interface Matching {
  readonly matched: readonly Pair[];
  readonly differing: readonly Difference[];
  /** Required facts without an event, those in `differing` aside. */
  readonly missing: readonly Fact[];
  /** Events without a fact, those in `differing` aside, and those that only who has the secrets can read. */
  readonly extra: readonly Found[];
}

export function match(facts: readonly Fact[], events: readonly Found[]): Matching {
  const inOrder = [
    ...facts.filter(({ required }) => required),
    ...facts.filter((f) => !f.required),
  ];
  const partner = pairUp(inOrder.map(candidates(events)), events.length);
  const factOf = new Map<number, number>();
  partner.forEach((fact, event) => fact >= 0 && factOf.set(fact, event));

  const matched = [...factOf].map(([fact, event]) => ({
    fact: inOrder[fact]!,
    found: events[event]!,
  }));
  const unmatched = inOrder.filter((_, fact) => !factOf.has(fact));
  const over = events.filter((_, event) => partner[event]! < 0);
  const differing = findDifferences(unmatched, over);
  const explained = new Set<Fact | Found>(differing.flatMap(({ fact, found }) => [fact, found]));
  return {
    matched,
    differing,
    missing: unmatched.filter((fact) => fact.required && !explained.has(fact)),
    extra: over.filter((found) => !explained.has(found) && !found.isDecrypted),
  };
}

/** For a fact, the events that are right for it, those with just the expected values first. */
function candidates(events: readonly Found[]): (fact: Fact) => number[] {
  const byValues = Map.groupBy(events.keys(), (i) => keyOf(events[i]!.kind, events[i]!.values));
  return (fact) =>
    combinations(fact.values).flatMap((values) => byValues.get(keyOf(fact.kind, values)) ?? []);
}

const keyOf = (kind: string, values: readonly Value[]): string => JSON.stringify([kind, ...values]);

/** Every choice of one value a field, the first of each field foremost. */
function combinations(values: readonly (readonly Value[])[]): Value[][] {
  return values.reduce<Value[][]>(
    (choices, right) =>
      choices.flatMap((chosen) => [...new Set(right)].map((value) => [...chosen, value])),
    [[]],
  );
}

/**
 * Maximum bipartite matching by augmenting paths. A fact once matched stays so, which is why those
 * that come first win. Returns for each event the fact that has it, -1 for none.
 */
function pairUp(candidatesOf: readonly (readonly number[])[], eventCount: number): number[] {
  const partner = Array<number>(eventCount).fill(-1);
  const place = (fact: number, tried: Set<number>): boolean => {
    const choices = candidatesOf[fact]!;
    const free = choices.find((event) => partner[event]! < 0);
    if (free !== undefined) {
      partner[free] = fact;
      return true;
    }
    for (const event of choices) {
      if (tried.has(event)) continue;
      tried.add(event);
      if (!place(partner[event]!, tried)) continue;
      partner[event] = fact;
      return true;
    }
    return false;
  };
  candidatesOf.forEach((_, fact) => place(fact, new Set()));
  return partner;
}

/** Pairs what is left over where at least half of the fields agree, the closest first. */
function findDifferences(facts: readonly Fact[], events: readonly Found[]): Difference[] {
  const close = facts.flatMap((fact) =>
    events.filter(({ kind }) => kind === fact.kind)
      .map((found) => ({ fact, found, fields: differingFields(fact, found) }))
      .filter(({ fields }) => fields.length <= fact.values.length / 2)
  );
  close.sort((a, b) => a.fields.length - b.fields.length);
  const taken = new Set<Fact | Found>();
  return close.filter(({ fact, found }) => {
    if (taken.has(fact) || taken.has(found)) return false;
    taken.add(fact).add(found);
    return true;
  });
}

const differingFields = (fact: Fact, found: Found): string[] =>
  FIELDS[fact.kind].filter((_, i) => !fact.values[i]!.includes(found.values[i]!));

/** "status 200, not 404" for each field that differs. */
export function describeDifference({ fact, found, fields }: Difference): string {
  const names = FIELDS[fact.kind];
  const expected = expectedValues(fact);
  return fields.map((field) => {
    const i = names.indexOf(field);
    return `${field} ${JSON.stringify(found.values[i])}, not ${JSON.stringify(expected[i])}`;
  }).join("; ");
}
