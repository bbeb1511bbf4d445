// Under which names hosts are counted and told, if not under their own: --privacy keeps of a name only
// its registrable domain, --exclude keeps some hosts out.

import { matcher } from "../hosts/matcher.ts";

/** Names are looked up once, as long as there are not too many. */
const MAX_CACHED = 8192;
const MAX_CACHED_LENGTH = 255;

/** Names of addresses (RFC 1035 section 3.5, RFC 3596 section 2.5): their domains have parts of these. */
const REVERSE = /(?:^|\.)((?:in-addr|ip6)\.arpa)$/;

/** What of a transaction can tell more than its host. */
interface Told {
  host: string;
  target?: string;
  userAgent?: string | null;
  answers?: string[];
}

export class Naming {
  /** Whether no address may be kept or told. */
  readonly hidesAddresses: boolean;
  readonly #domainOf: ((name: string) => string | null) | null;
  readonly #isExcluded: (name: string) => boolean;
  readonly #cache = new Map<string, string | null>();

  /**
   * `domainOf`: the registrable domain of a name, null if it has none; null to keep whole names.
   * `exclude`: as --export has its patterns.
   */
  constructor(domainOf: ((name: string) => string | null) | null, exclude: readonly string[]) {
    this.hidesAddresses = domainOf !== null;
    this.#domainOf = domainOf;
    const matchers = exclude.map(matcher);
    this.#isExcluded = (name) => matchers.some((each) => each.matches(name));
  }

  /** What a name is counted under: "" together with others, null if it is excluded. */
  of(name: string): string | null {
    const known = this.#cache.get(name);
    if (known !== undefined) return known;
    const shown = this.#isExcluded(name) ? null : this.#shown(name);
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
    if (name.length <= MAX_CACHED_LENGTH) this.#cache.set(name, shown);
    return shown;
  }

  /** Takes out of a transaction what is not to be told. False if it is not to be told at all. */
  strip(transaction: Told): boolean {
    const shown = this.of(transaction.host);
    if (shown === null) return false;
    transaction.host = shown;
    if (!this.hidesAddresses) return true;
    if (transaction.target !== undefined) transaction.target = "";
    if (transaction.userAgent !== undefined) transaction.userAgent = null;
    if (transaction.answers !== undefined) transaction.answers = [];
    return true;
  }

  #shown(name: string): string {
    if (this.#domainOf === null) return name;
    return REVERSE.exec(name)?.[1] ?? this.#domainOf(name) ?? "";
  }
}

/** Null if all names are to be kept as they are. */
export async function loadNaming(
  { privacy, exclude }: { readonly privacy: boolean; readonly exclude: readonly string[] },
): Promise<Naming | null> {
  if (!privacy) return exclude.length === 0 ? null : new Naming(null, exclude);
  const { registrableDomain } = await import("../hosts/domains.ts");
  return new Naming(registrableDomain, exclude);
}
