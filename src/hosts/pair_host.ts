// What a program or a client has to do with a host, in the form of a host: of all that hosts count, pairs
// have hits, bytes and connections.

import { associate } from "../associate.ts";
import { HOST_VECTORS, NUMBER_NAMES, PHASES, TABLE_NAMES, VECTOR_NAMES } from "./fields.ts";
import type { PairRow } from "./pair_table.ts";
import type { HostSnapshot } from "./snapshot.ts";

const NOTHING = {
  ...associate(NUMBER_NAMES, () => 0),
  ...associate(VECTOR_NAMES, (name) => HOST_VECTORS[name].names.map(() => 0)),
  ...associate(TABLE_NAMES, () => []),
  addresses: [],
  phases: PHASES.map(() => null),
  routes: [],
};

/** `whole`: the host with all that is counted of it, if it is still kept. */
export function pairHost(pair: PairRow, whole: HostSnapshot | undefined): HostSnapshot {
  const { host, hits, bytesSent, bytesReceived, connections } = pair;
  return {
    ...NOTHING,
    name: host,
    hits,
    bytesSent,
    bytesReceived,
    connections: [connections, 0],
    lastSeen: whole?.lastSeen ?? 0,
    firstSeen: whole?.firstSeen ?? 0,
    addresses: whole?.addresses ?? [],
    namedConnections: whole?.namedConnections ?? [],
  };
}
