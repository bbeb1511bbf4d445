// For the tests of what hands hosts on: hosts that were made by hand, packed; and hosts to compare.

import type { CountedHost } from "./packed_hosts.ts";
import type { HandshakeCount, HostSnapshot } from "./snapshot.ts";

/** A host that has counted just this. */
export function countedAs(host: HostSnapshot): CountedHost {
  const handshakes = (rows: readonly HandshakeCount[]) =>
    new Map(rows.map(({ version, alpn, count }) => [`${version} ${alpn}`, { count }]));
  return {
    ...fieldsOf(host),
    requests: new Map(
      host.requests.map(({ method, code, version, count }) => [
        `${method} ${code} ${version}`,
        { count },
      ]),
    ),
    handshakes: handshakes(host.handshakes),
    quicHandshakes: handshakes(host.quicHandshakes),
    grpc: new Map(host.grpc.map(({ status, count }) => [status, count])),
    addresses: new Map(host.addresses.map(({ ip, hits }) => [ip, hits])),
    phases: host.phases.map((durations) =>
      durations && {
        snapshot: () => durations,
        distribution: () => durations.distribution ?? [],
      }
    ),
  };
}

/** Everything that is told of a host, as plain data. */
export function fieldsOf(host: HostSnapshot): HostSnapshot {
  return {
    name: host.name,
    hits: host.hits,
    errors: host.errors,
    requests: host.requests,
    handshakes: host.handshakes,
    quicHandshakes: host.quicHandshakes,
    grpc: host.grpc,
    addresses: host.addresses,
    phases: host.phases,
    requestBodyBytes: host.requestBodyBytes,
    responseBodyBytes: host.responseBodyBytes,
    bytesSent: host.bytesSent,
    bytesReceived: host.bytesReceived,
    connections: host.connections,
    connectionsOpen: host.connectionsOpen,
    firstSeen: host.firstSeen,
    lastSeen: host.lastSeen,
  };
}
