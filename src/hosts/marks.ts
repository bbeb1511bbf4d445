// What the user picked: single hosts, every host that a pattern matches, every host of a domain. All
// of it holds for hosts that are yet to come. Marks are never changed: each function gives new ones.

import type { Matcher } from "./matcher.ts";
import { OTHER_HOST } from "./snapshot.ts";

/** The registrable domain of a host, "bbc.co.uk"; the host itself where it has none. */
export type DomainOf = (host: string) => string;

export interface Marks {
  readonly hosts: ReadonlySet<string>;
  readonly domains: ReadonlySet<string>;
  readonly patterns: readonly Matcher[];
  /** Unmarked one by one, though a pattern or a domain holds them. */
  readonly exceptions: ReadonlySet<string>;
  /** Null only where there are no domains. */
  readonly domainOf: DomainOf | null;
}

export const NO_MARKS: Marks = {
  hosts: new Set(),
  domains: new Set(),
  patterns: [],
  exceptions: new Set(),
  domainOf: null,
};

export function isMarked(marks: Marks, host: string): boolean {
  if (marks.exceptions.has(host)) return false;
  return marks.hosts.has(host) || isHeld(marks, host);
}

/** What was folded together has no name that a pattern could mean. */
function isHeld(marks: Marks, host: string): boolean {
  if (host === OTHER_HOST) return false;
  if (marks.patterns.some((pattern) => pattern.matches(host))) return true;
  return marks.domains.size > 0 && marks.domainOf !== null &&
    marks.domains.has(marks.domainOf(host));
}

export function markHosts(marks: Marks, hosts: Iterable<string>): Marks {
  const added = [...hosts];
  return {
    ...marks,
    hosts: new Set([...marks.hosts, ...added]),
    exceptions: without(marks.exceptions, added),
  };
}

export function unmarkHosts(marks: Marks, hosts: Iterable<string>): Marks {
  const removed = [...hosts];
  const held = removed.filter((host) => isHeld(marks, host));
  return {
    ...marks,
    hosts: without(marks.hosts, removed),
    exceptions: new Set([...marks.exceptions, ...held]),
  };
}

/** Marks every host that the pattern matches, also those that were unmarked before. */
export function markPattern(marks: Marks, pattern: Matcher): Marks {
  const others = marks.patterns.filter(({ text }) => text !== pattern.text);
  return {
    ...marks,
    patterns: [...others, pattern],
    exceptions: keep(marks.exceptions, (host) => !pattern.matches(host)),
  };
}

export function markDomain(marks: Marks, domain: string, domainOf: DomainOf): Marks {
  return {
    ...marks,
    domainOf,
    domains: new Set([...marks.domains, domain]),
    exceptions: keep(marks.exceptions, (host) => domainOf(host) !== domain),
  };
}

/** Unmarks a domain and `hosts`, those of its hosts that are known. */
export function unmarkDomain(marks: Marks, domain: string, hosts: Iterable<string>): Marks {
  return unmarkHosts({ ...marks, domains: without(marks.domains, [domain]) }, hosts);
}

/** Whether nothing is marked, now or later. */
export function isNothing({ hosts, domains, patterns }: Marks): boolean {
  return hosts.size === 0 && domains.size === 0 && patterns.length === 0;
}

function without(set: ReadonlySet<string>, items: Iterable<string>): ReadonlySet<string> {
  const rest = new Set(set);
  for (const item of items) rest.delete(item);
  return rest;
}

function keep(set: ReadonlySet<string>, wanted: (item: string) => boolean): ReadonlySet<string> {
  return new Set([...set].filter(wanted));
}
