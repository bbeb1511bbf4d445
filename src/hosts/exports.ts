// Which hosts are exported (to /metrics, to the extraction file): single hosts, every host that a
// pattern matches, every host of a domain. All of it also holds for hosts that are seen later. An
// Exports is never changed: each function returns a new one.

import type { Matcher } from "./matcher.ts";
import { OTHER_HOST } from "./label_values.ts";

/** The registrable domain of a host, "bbc.co.uk"; the host itself if it has none. */
export type DomainOf = (host: string) => string;

export interface Exports {
  readonly hosts: ReadonlySet<string>;
  readonly domains: ReadonlySet<string>;
  readonly patterns: readonly Matcher[];
  /** Taken out one by one, though a pattern or a domain includes them. */
  readonly exceptions: ReadonlySet<string>;
  /** Null only if `domains` is empty. */
  readonly domainOf: DomainOf | null;
}

export const NO_EXPORTS: Exports = {
  hosts: new Set(),
  domains: new Set(),
  patterns: [],
  exceptions: new Set(),
  domainOf: null,
};

export function isExported(exports: Exports, host: string): boolean {
  if (exports.exceptions.has(host)) return false;
  return exports.hosts.has(host) || isIncluded(exports, host);
}

/** By a pattern or a domain. OTHER_HOST is no name that a pattern could mean. */
function isIncluded(exports: Exports, host: string): boolean {
  if (host === OTHER_HOST) return false;
  if (exports.patterns.some((pattern) => pattern.matches(host))) return true;
  return exports.domains.size > 0 && exports.domainOf !== null &&
    exports.domains.has(exports.domainOf(host));
}

export function exportHosts(exports: Exports, hosts: Iterable<string>): Exports {
  const added = [...hosts];
  return {
    ...exports,
    hosts: new Set([...exports.hosts, ...added]),
    exceptions: without(exports.exceptions, added),
  };
}

export function unexportHosts(exports: Exports, hosts: Iterable<string>): Exports {
  const removed = [...hosts];
  const included = removed.filter((host) => isIncluded(exports, host));
  return {
    ...exports,
    hosts: without(exports.hosts, removed),
    exceptions: new Set([...exports.exceptions, ...included]),
  };
}

/** Every host that the pattern matches, also those that were taken out before. */
export function exportPattern(exports: Exports, pattern: Matcher): Exports {
  const others = exports.patterns.filter(({ text }) => text !== pattern.text);
  return {
    ...exports,
    patterns: [...others, pattern],
    exceptions: keep(exports.exceptions, (host) => !pattern.matches(host)),
  };
}

export function exportDomain(exports: Exports, domain: string, domainOf: DomainOf): Exports {
  return {
    ...exports,
    domainOf,
    domains: new Set([...exports.domains, domain]),
    exceptions: keep(exports.exceptions, (host) => domainOf(host) !== domain),
  };
}

/** Takes out a domain and `hosts`, those of its hosts that are known. */
export function unexportDomain(exports: Exports, domain: string, hosts: Iterable<string>): Exports {
  return unexportHosts({ ...exports, domains: without(exports.domains, [domain]) }, hosts);
}

/** Whether nothing is exported, now or later. */
export function exportsNothing({ hosts, domains, patterns }: Exports): boolean {
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
