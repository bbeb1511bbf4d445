// Registrable domains by the Public Suffix List. Imported when first needed, as the list is long.

import { getDomain } from "tldts";

export interface Domains {
  /** "news.bbc.co.uk" -> "bbc.co.uk"; null for an address, a public suffix and a name of one label. */
  registrableDomain(this: void, host: string): string | null;
  /** As `registrableDomain`, or the host itself. */
  domainOf(this: void, host: string): string;
}

/**
 * `privateSuffixes`: whether domains are also what is registered with those who give names away below
 * their own ("user.github.io"): the private part of the list.
 */
export function domainsBy(privateSuffixes: boolean): Domains {
  // Names from the wire need not be valid host names: only what follows their last dots matters.
  const options = {
    extractHostname: false,
    validateHostname: false,
    allowPrivateDomains: privateSuffixes,
  };
  const registrableDomain = (host: string) => getDomain(host, options);
  return { registrableDomain, domainOf: (host) => registrableDomain(host) ?? host };
}

export const { registrableDomain, domainOf } = domainsBy(false);
