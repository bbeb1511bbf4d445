// The metrics of pairs of something (programs, clients) with hosts.

import { namedClients } from "../hosts/clients.ts";
import { counter, type Metric } from "../hosts/metric.ts";
import { pairLabels, type PairRow } from "../hosts/pair_table.ts";
import type { Snapshot } from "../hosts/snapshot.ts";
import { SOURCES } from "../protocols/analyser.ts";
import type { Labels, MetricSample, NumberFamily } from "./family.ts";

/** What is paired with hosts: its labels are the parts of its keys. */
export interface PairKind {
  /** In the JSON report. */
  readonly key: string;
  readonly labels: readonly string[];
  /** Null if it was not asked for. */
  rows(snapshot: Snapshot): readonly PairRow[] | null;
}

export const PROCESSES: PairKind = {
  key: "processes",
  labels: ["process", "unit"],
  rows: ({ processes }) => processes,
};

export const PROCESS_FAMILIES: readonly NumberFamily[] = [
  connections(
    PROCESSES,
    counter(
      "webstat_process_connections_total",
      "Connections to a host, by the program that opened or accepted them (--process).",
    ),
  ),
  bytes(
    PROCESSES,
    counter(
      "webstat_process_bytes_total",
      "Bytes on the wire between programs and hosts, as the client sent and received them (--process).",
    ),
  ),
  hits(
    PROCESSES,
    counter(
      "webstat_process_hits_total",
      "Requests, handshakes and queries of programs (--process).",
    ),
  ),
];

export const CLIENTS: PairKind = {
  key: "clients",
  labels: ["client"],
  rows: ({ clients }) => clients && namedClients(clients),
};

export const CLIENT_FAMILIES: readonly NumberFamily[] = [
  hits(
    CLIENTS,
    counter(
      "webstat_client_hits_total",
      "Requests, handshakes and queries of clients in the network (--clients).",
    ),
  ),
  bytes(
    CLIENTS,
    counter(
      "webstat_client_bytes_total",
      "Bytes on the wire between clients and hosts, as the client sent and received them (--clients).",
    ),
  ),
];

function connections(kind: PairKind, metric: Metric): NumberFamily {
  return family(kind, metric, function* (labels, { connections }) {
    if (connections > 0) yield [labels, connections];
  });
}

function bytes(kind: PairKind, metric: Metric): NumberFamily {
  return family(kind, metric, function* (labels, { bytesSent, bytesReceived }) {
    if (bytesSent + bytesReceived === 0) return;
    yield [{ ...labels, direction: "sent" }, bytesSent];
    yield [{ ...labels, direction: "received" }, bytesReceived];
  });
}

function hits(kind: PairKind, metric: Metric): NumberFamily {
  return family(kind, metric, function* (labels, { hits }) {
    for (const [i, source] of SOURCES.entries()) {
      if (hits[i]! > 0) yield [{ ...labels, source }, hits[i]!];
    }
  });
}

function family(
  kind: PairKind,
  metric: Metric,
  samples: (labels: Labels, row: PairRow) => Iterable<MetricSample>,
): NumberFamily {
  return {
    ...metric,
    ofHosts: true,
    *values(snapshot) {
      for (const row of kind.rows(snapshot) ?? []) {
        yield* samples({ ...labelsOf(kind.labels, row.key), host: row.host }, row);
      }
    },
  };
}

/** The parts of a key by their labels. */
export function labelsOf(labels: readonly string[], key: string): Labels {
  const values = pairLabels(key, labels.length);
  return Object.fromEntries(labels.map((label, i) => [label, values[i]!]));
}
