// Which names the server answers to. A page on the web may have its own name point to this machine
// (DNS rebinding): a browser here would then let it read all that is served, if its name were not
// refused.

import { isIP } from "node:net";
import { answer, type Handler } from "./web_messages.ts";

/** `handler` for addresses, localhost and `names` (lower case); 421 for all other hosts. */
export function onlyFor(names: readonly string[], handler: Handler): Handler {
  const known = new Set(["localhost", ...names]);
  const refused = answer(
    421,
    "Asked by a name that is not known here. Use an address, or name it with --allow-host.\n",
  );
  return (request) => {
    const { host } = request;
    // Only old clients name none; browsers always do.
    const isKnown = host === null || isIP(host) !== 0 || known.has(host);
    return isKnown ? handler(request) : refused;
  };
}
