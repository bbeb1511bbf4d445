// The names under which hosts are counted and reported: with --by domain and --privacy their
// registrable domains, and none for the hosts of --exclude.

import type { Domains } from "../hosts/domains.ts";
import { matcher } from "../hosts/matcher.ts";
import type { PipelineOptions } from "./pipeline_options.ts";

/** Names whose result is cached. */
const MAX_CACHED = 8192;
const MAX_CACHED_LENGTH = 255;

/** The fields of a transaction that --privacy removes. */
interface Told {
  host: string;
  target?: string;
  userAgent?: string | null;
  answers?: readonly string[];
}

export interface NamingRules {
  /** Gives the domain of a name, or null if it has none; null to keep whole names. */
  readonly domainOf: ((name: string) => string | null) | null;
  /** Whether nothing but those domains may be kept or reported. */
  readonly isPrivate: boolean;
  /** Patterns as those of --export, for whole names. */
  readonly exclude: readonly string[];
}

export class Naming {
  /** Whether addresses may not be kept or reported. */
  readonly hidesAddresses: boolean;
  readonly #domainOf: ((name: string) => string | null) | null;
  readonly #isExcluded: (name: string) => boolean;
  readonly #cache = new Map<string, string | null>();

  constructor({ domainOf, isPrivate, exclude }: NamingRules) {
    this.hidesAddresses = isPrivate;
    this.#domainOf = domainOf;
    const matchers = exclude.map(matcher);
    this.#isExcluded = (name) => matchers.some((each) => each.matches(name));
  }

  /** The name to count under; "" for ~other, null if the host is excluded. */
  of(name: string): string | null {
    const known = this.#cache.get(name);
    if (known !== undefined) return known;
    const shown = this.#isExcluded(name) ? null : this.#shown(name);
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
    if (name.length <= MAX_CACHED_LENGTH) this.#cache.set(name, shown);
    return shown;
  }

  /** Removes what may not be reported of a transaction. False if nothing may. */
  strip(transaction: Told): boolean {
    const shown = this.of(transaction.host);
    if (shown === null) return false;
    if (!this.hidesAddresses) return true;
    transaction.host = shown;
    if (transaction.target !== undefined) transaction.target = "";
    if (transaction.userAgent !== undefined) transaction.userAgent = null;
    if (transaction.answers !== undefined) transaction.answers = [];
    return true;
  }

  #shown(name: string): string {
    if (this.#domainOf === null) return name;
    return this.#domainOf(name) ?? (this.hidesAddresses ? "" : name);
  }
}

/** Null if all names are kept as they are. */
export async function loadNaming(
  { by, privacy: isPrivate, exclude, privateSuffixes }: Pick<
    PipelineOptions,
    "by" | "privacy" | "exclude" | "privateSuffixes"
  >,
): Promise<Naming | null> {
  if (!isPrivate && by === "host") {
    return exclude.length === 0 ? null : new Naming({ domainOf: null, isPrivate, exclude });
  }
  const { domainsBy } = await import("../hosts/domains.ts");
  const { domainLabel } = domainsBy(privateSuffixes);
  return new Naming({ domainOf: domainLabel, isPrivate, exclude });
}

/** Gives the main domain of a name, for events; null without events. */
export async function loadDomains(
  { events, privateSuffixes }: Pick<PipelineOptions, "events" | "privateSuffixes">,
): Promise<Domains["registrableDomain"] | null> {
  if (!events) return null;
  const { domainsBy } = await import("../hosts/domains.ts");
  return domainsBy(privateSuffixes).registrableDomain;
}
