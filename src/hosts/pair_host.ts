// What a program or a client has to do with a host, in the form of a host: of all that hosts count, pairs
// have hits, bytes and connections.

import { NOTHING_COUNTED } from "./nothing_counted.ts";
import type { PairRow } from "./pair_table.ts";
import type { HostSnapshot } from "./snapshot.ts";

/** `whole`: the host with all that is counted of it, if it is still kept. */
export function pairHost(pair: PairRow, whole: HostSnapshot | undefined): HostSnapshot {
  const { host, hits, bytesSent, bytesReceived, connections } = pair;
  return {
    ...NOTHING_COUNTED,
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
