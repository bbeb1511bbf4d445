// Registrable domains by the Public Suffix List. Imported when first needed, as the list is long.

import { getDomain } from "tldts";

/** Names of reverse look-ups (RFC 1035 section 3.5, RFC 3596 section 2.5), which contain addresses. */
const REVERSE = /(?:^|\.)((?:in-addr|ip6)\.arpa)$/;

export interface Domains {
  /** "news.bbc.co.uk" -> "bbc.co.uk"; null for an address, a public suffix and a name of one label. */
  registrableDomain(this: void, host: string): string | null;
  /** What a name is counted under by domain: "in-addr.arpa" for reverse look-ups; null for what has none. */
  domainLabel(this: void, host: string): string | null;
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
  return {
    registrableDomain,
    domainLabel: (host) => REVERSE.exec(host)?.[1] ?? registrableDomain(host),
    domainOf: (host) => registrableDomain(host) ?? host,
  };
}

export const { registrableDomain, domainOf } = domainsBy(false);
