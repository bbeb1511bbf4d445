// The DNS server of a command in a network namespace of its own. One on the machine's loopback, such as
// that of systemd-resolved, is out of reach there: pasta then forwards what is sent to another address.

import { UserError } from "../errors.ts";

/** Link-local, so that no server of the network has it. */
export const FORWARDED_RESOLVER = "169.254.53.53";

/** What /etc/resolv.conf has to be in the namespace; null if it may stay as it is. */
export function namespaceResolver(machines: string): string | null {
  const lines = machines.split("\n");
  const servers = lines.map((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? null);
  const first = servers.find((server) => server !== null);
  if (first === undefined || !isLoopback(first)) return null;
  const others = lines.filter((_, i) => servers[i] === null);
  return [`nameserver ${FORWARDED_RESOLVER}`, ...others].join("\n");
}

function isLoopback(address: string): boolean {
  return /^127\./.test(address) || address === "::1";
}

/** /etc/resolv.conf; "" if there is none. */
export function readResolver(): string {
  try {
    return Deno.readTextFileSync("/etc/resolv.conf");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw new UserError(`cannot read /etc/resolv.conf: ${(error as Error).message}`);
  }
}
