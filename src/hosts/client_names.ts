// The names of clients in the network, by their addresses: what reverse DNS, DHCP and multicast DNS were
// seen to say.

import { ipv6Text } from "../address.ts";
import { HOLDER_INDEX, type MemoryLedger } from "../memory_ledger.ts";
import { printable } from "../text.ts";
import { OTHER_HOST } from "./label_values.ts";

/** Beyond it the oldest goes. */
const MOST_CLIENT_NAMES = 4096;
const MAX_NAME = 63;
/** Bytes of memory that a name takes. */
const NAME_BYTES = 250;

/** Who says it: what administrators have written goes before what devices call themselves. */
const TRUST = { mdns: 0, dhcp: 1, ptr: 2 } as const;
export type ClientNameSource = keyof typeof TRUST;

/** A name, and how far it is to be trusted: more if the number is higher. */
export interface ClientName {
  readonly name: string;
  readonly trust: number;
}

/** Adds what is known of an address, unless more trusted knowledge is there. */
export function addName(
  known: Map<string, ClientName>,
  address: string,
  told: ClientName,
): void {
  if ((known.get(address)?.trust ?? -1) <= told.trust) known.set(address, told);
}

export class ClientNames {
  readonly #known = new Map<string, ClientName>();
  readonly #ledger: MemoryLedger;

  constructor(ledger: MemoryLedger) {
    this.#ledger = ledger;
  }

  note(address: string, name: string, by: ClientNameSource): void {
    const label = printable(name.replace(/\.local$/, "")).slice(0, MAX_NAME);
    if (label === "" || label === OTHER_HOST) return;
    if (!this.#known.has(address)) this.#makeRoom();
    addName(this.#known, address, { name: label, trust: TRUST[by] });
  }

  #makeRoom(): void {
    if (this.#known.size < MOST_CLIENT_NAMES) {
      this.#ledger.charge(HOLDER_INDEX.clients, NAME_BYTES);
      return;
    }
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      this.#ledger.countEvicted("clients", "full");
      return;
    }
  }

  /** A copy of all, by address. */
  all(): ReadonlyMap<string, ClientName> {
    return new Map(this.#known);
  }
}

const REVERSE4 = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\.in-addr\.arpa$/;
const REVERSE6 = /^((?:[0-9a-f]\.){32})ip6\.arpa$/;

/** The address that a reverse look-up is of: "7.0.0.10.in-addr.arpa" -> "10.0.0.7"; null if it is of none. */
export function reversedAddress(name: string): string | null {
  const four = REVERSE4.exec(name);
  if (four !== null) return four.slice(1).reverse().join(".");
  const six = REVERSE6.exec(name);
  if (six === null) return null;
  const digits = six[1]!.split(".").slice(0, 32).reverse();
  return ipv6Text(
    Uint8Array.from({ length: 16 }, (_, i) => parseInt(digits[2 * i]! + digits[2 * i + 1]!, 16)),
    0,
  );
}
