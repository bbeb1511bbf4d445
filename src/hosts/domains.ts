// Registrable domains by the Public Suffix List. Imported when first needed, as the list is long.

import { getDomain } from "tldts";

/**
 * "news.bbc.co.uk" -> "bbc.co.uk". An address, a public suffix and a name that is no domain name
 * are returned as they are.
 */
export function domainOf(host: string): string {
  // Names from the wire need not be valid host names: only what follows their last dots matters.
  return getDomain(host, { extractHostname: false, validateHostname: false }) ?? host;
}
