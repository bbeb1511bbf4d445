// Who in the network talks to which host (--clients), for the outputs.

import { mergePairs, type PackedPairs, type PairRow, PairTable, readPairs } from "./pair_table.ts";

export interface Clients {
  /** Their keys are the clients' addresses. */
  readonly pairs: readonly PairRow[];
  /** Names by address. */
  readonly names: ReadonlyMap<string, string>;
}

export interface PackedClients {
  readonly pairs: PackedPairs;
  readonly names: readonly (readonly [address: string, name: string])[];
}

export const readClients = ({ pairs, names }: PackedClients): Clients => ({
  pairs: readPairs(pairs),
  names: new Map(names),
});

/** The sums of what several workers have counted. */
export const mergeClients = (all: readonly Clients[]): Clients => ({
  pairs: mergePairs(all.map(({ pairs }) => pairs)),
  names: new Map(all.flatMap(({ names }) => [...names])),
});

/** By name where one is known: several addresses of one device are one client then. */
export function namedClients({ pairs, names }: Clients): readonly PairRow[] {
  if (names.size === 0) return pairs;
  const merged = new PairTable(Infinity);
  for (const row of pairs) merged.of(names.get(row.key) ?? row.key, row.host).add(row);
  return [...merged];
}
