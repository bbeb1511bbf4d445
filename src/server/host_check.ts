// Refuses requests for host names that are not expected. A malicious web site can let its own name
// resolve to this machine (DNS rebinding); a browser here would then let it read /metrics.

import { isIP } from "node:net";
import { answer, type Handler } from "./web_messages.ts";

/** `handler` for addresses, localhost and `names` (lower case); 421 for all other hosts. */
export function onlyFor(names: readonly string[], handler: Handler): Handler {
  const known = new Set(["localhost", ...names]);
  const refused = answer(
    421,
    "Unknown host name: use an address, or add the name with --allow-host.\n",
  );
  return (request) => {
    const { host } = request;
    // HTTP/1.0 allows a request without a host; browsers always send one.
    const isKnown = host === null || isIP(host) !== 0 || known.has(host);
    return isKnown ? handler(request) : refused;
  };
}
