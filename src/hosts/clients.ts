// Who in the network talks to which host (--clients), for the outputs.

import { addName, type ClientName } from "./client_names.ts";
import { mergePairs, type PackedPairs, type PairRow, PairTable, readPairs } from "./pair_table.ts";

export interface Clients {
  /** Their keys are the clients' addresses. */
  readonly pairs: readonly PairRow[];
  /** By address. */
  readonly names: ReadonlyMap<string, ClientName>;
}

export interface PackedClients {
  readonly pairs: PackedPairs;
  readonly names: ReadonlyMap<string, ClientName>;
}

export const readClients = ({ pairs, names }: PackedClients): Clients => ({
  pairs: readPairs(pairs),
  names,
});

/** The sums of what several workers have counted; of their names for an address the most trusted one. */
export function mergeClients(all: readonly Clients[]): Clients {
  const merged = new Map<string, ClientName>();
  for (const { names } of all) for (const [address, name] of names) addName(merged, address, name);
  return { pairs: mergePairs(all.map(({ pairs }) => pairs)), names: merged };
}

/** By name where one is known: several addresses of one device are one client then. */
export function namedClients({ pairs, names }: Clients): readonly PairRow[] {
  if (names.size === 0) return pairs;
  const merged = new PairTable(Infinity);
  for (const row of pairs) merged.of(names.get(row.key)?.name ?? row.key, row.host).add(row);
  return [...merged];
}
