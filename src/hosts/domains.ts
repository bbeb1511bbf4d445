// Main domains by the Public Suffix List. Loaded when domains are first asked for: the list is long.

import { getDomain } from "tldts";

/**
 * "news.bbc.co.uk" -> "bbc.co.uk". An address, a public suffix, and a name that is no domain name
 * stand for themselves.
 */
export function domainOf(host: string): string {
  // Names from the wire need not be valid; what follows their last dots counts all the same.
  return getDomain(host, { extractHostname: false, validateHostname: false }) ?? host;
}
