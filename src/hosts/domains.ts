// Registrable domains by the Public Suffix List. Imported when first needed, as the list is long.

import { getDomain } from "tldts";

/** "news.bbc.co.uk" -> "bbc.co.uk"; null for an address, a public suffix and a name of one label. */
export function registrableDomain(host: string): string | null {
  // Names from the wire need not be valid host names: only what follows their last dots matters.
  return getDomain(host, { extractHostname: false, validateHostname: false });
}

/** As `registrableDomain`, or the host itself. */
export function domainOf(host: string): string {
  return registrableDomain(host) ?? host;
}
