// What is counted of a host, each counter said once: hosts are folded, reset, merged and sent
// between threads, and shown in JSON and as metrics, by the tables here.
//
// To add a counter, add an entry here. A number also needs its field in host.ts; the compiler says
// so. What remains is the line that counts, in host.ts. fields_test.ts tests the rest.

import { associate, keysOf } from "../associate.ts";
import { type SourceName, SOURCES } from "../protocols/analyser.ts";
import type { LabelledCount } from "./labelled.ts";
import { counter, gauge, type Metric } from "./metric.ts";

/** What is timed; the `phase` label. */
export const PHASES = ["connect", "tls", "quic", "processing", "transfer", "dns"] as const;
export type PhaseName = typeof PHASES[number];

/** The `transport` label; indexed as Transport of flow/account.ts. */
export const TRANSPORTS = ["tcp", "udp"] as const;

/** Who says the name that a connection is counted under; the `name_source` label. */
export const NAME_SOURCES = [
  /** The requests: Host, :authority. */
  "host",
  /** The ClientHello. */
  "sni",
  /** A ClientHello that may contain another one, encrypted, with the true name. */
  "ech-outer",
  /** Nothing on the connection: its client has asked DNS for that name before, and got that address. */
  "dns",
  /** Nothing at all: it is the server's address. */
  "address",
] as const;
export type NameSource = typeof NAME_SOURCES[number];

export const SOURCE_INDEX = associate(SOURCES, (_, i) => i);
export const PHASE_INDEX = associate(PHASES, (_, i) => i);

/** How the numbers of two hosts are merged. A time is 0 if the host was never seen. */
export const RULES = {
  sum: (a: number, b: number) => a + b,
  earliest: (a: number, b: number) => a === 0 || b === 0 ? a + b : Math.min(a, b),
  latest: (a: number, b: number) => Math.max(a, b),
} as const;

export interface NumberMetric extends Metric {
  /** If several numbers share a metric, the label that tells them apart. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Only hosts with a hit of this source have the metric. */
  readonly of?: SourceName;
}

interface NumberField {
  /** Times (microseconds since 1970) have the earliest or the latest; all else is a sum. */
  readonly rule: keyof typeof RULES;
  /** Its key in the JSON report; null if a column shows it. */
  readonly json: string | null;
  /** Null if there is none: from other metrics or columns it is known already. */
  readonly metric: NumberMetric | null;
}

const HOST_BYTES = counter(
  "webstat_host_bytes_total",
  "Bytes on the wire, as the client sent and received them.",
);

/** One number each. */
export const HOST_NUMBERS = {
  /** HTTP requests with an answer of 400 or more. */
  errors: { rule: "sum", json: null, metric: null },
  /** HTTP requests that were decrypted. */
  decrypted: { rule: "sum", json: "decrypted_requests", metric: null },
  /** Payload bytes of HTTP. */
  requestBodyBytes: {
    rule: "sum",
    json: "request_body_bytes",
    metric: {
      ...counter("webstat_http_request_body_bytes_total", "Payload bytes of HTTP requests."),
      of: "http",
    },
  },
  responseBodyBytes: {
    rule: "sum",
    json: "response_body_bytes",
    metric: {
      ...counter("webstat_http_response_body_bytes_total", "Payload bytes of HTTP answers."),
      of: "http",
    },
  },
  /** Bytes on the wire, as the client sent and received them. */
  bytesSent: {
    rule: "sum",
    json: null,
    metric: { ...HOST_BYTES, labels: { direction: "sent" } },
  },
  bytesReceived: {
    rule: "sum",
    json: null,
    metric: { ...HOST_BYTES, labels: { direction: "received" } },
  },
  /** Microseconds since 1970, packet time. */
  firstSeen: { rule: "earliest", json: "first_seen", metric: null },
  lastSeen: { rule: "latest", json: null, metric: null },
} as const satisfies Record<string, NumberField>;

interface VectorField {
  /** What its numbers are of. */
  readonly names: readonly string[];
  /** Whether it is a state, such as what is open now, which a reset does not change. */
  readonly isState: boolean;
  readonly json: string | null;
  /** `label` has the names; those for which the vector `ifAny` has 0 have no series. */
  readonly metric: Metric & { readonly label: string; readonly ifAny: string } | null;
}

/** A number for each of some names. */
export const HOST_VECTORS = {
  /** Indexed as SOURCES. */
  hits: { names: SOURCES, isState: false, json: null, metric: null },
  /** Indexed as TRANSPORTS. */
  connections: {
    names: TRANSPORTS,
    isState: false,
    json: "connections",
    metric: null,
  },
  connectionsOpen: {
    names: TRANSPORTS,
    isState: true,
    json: "connections_open",
    metric: {
      ...gauge("webstat_host_connections_open", "Connections to a host that are open."),
      label: "transport",
      ifAny: "connections",
    },
  },
} as const satisfies Record<string, VectorField>;

export interface TableField {
  /** Their values have no blanks. */
  readonly labels: readonly string[];
  /** The most rows. */
  readonly limit: number;
  /**
   * The values of the row that counts what finds no room; null for a label that keeps its value.
   */
  readonly rest: readonly (string | null)[];
  readonly json: string;
  /** Null if there is none: others tell the same. */
  readonly metric: Metric | null;
}

/** A count for each set of labels that was seen. */
export const HOST_TABLES = {
  /**
   * `method` is a registered one, or "other"; `code` "" without an answer, "invalid" outside
   * 100-599; `version` "1.0", "1.1" or "2".
   */
  requests: {
    labels: ["method", "code", "version"],
    limit: 100,
    rest: ["other", "invalid", null],
    json: "http_requests",
    metric: counter(
      "webstat_http_requests_total",
      'HTTP requests; code="" if no answer was seen.',
    ),
  },
  /** `version` is "" if no answer came; `alpn` as negotiated, "" if none, or not visible. */
  handshakes: {
    labels: ["version", "alpn"],
    limit: 40,
    rest: ["other", "other"],
    json: "tls_handshakes",
    metric: counter(
      "webstat_tls_handshakes_total",
      'TLS handshakes as negotiated; version="" if no answer was seen.',
    ),
  },
  /** By the version of QUIC, and the protocol that the client offered first. */
  quicHandshakes: {
    labels: ["version", "alpn"],
    limit: 40,
    rest: ["other", "other"],
    json: "quic_handshakes",
    metric: counter(
      "webstat_quic_handshakes_total",
      "QUIC handshakes by version, and by the protocol that the client offered first.",
    ),
  },
  /** Connections since the capture began. Each has one row, also if later requests name other hosts. */
  namedConnections: {
    labels: ["transport", "name_source"],
    limit: TRANSPORTS.length * NAME_SOURCES.length,
    rest: [null, null],
    json: "connections_by_name_source",
    metric: counter(
      "webstat_host_connections_total",
      "Connections to a host since the capture began, by what named it.",
    ),
  },
  /** `status` is "0" to "16", or "other". */
  grpc: {
    labels: ["status"],
    limit: 18,
    rest: ["other"],
    json: "grpc_responses",
    metric: counter(
      "webstat_grpc_responses_total",
      "gRPC calls by their status, which servers send after the answer.",
    ),
  },
  /** Hits by the name of the program (`--process`), "" if it is not known. */
  programs: {
    labels: ["process"],
    limit: 16,
    rest: ["other"],
    json: "processes",
    metric: null,
  },
} as const satisfies Record<string, TableField>;

export type NumberName = keyof typeof HOST_NUMBERS;
export type VectorName = keyof typeof HOST_VECTORS;
export type TableName = keyof typeof HOST_TABLES;

export const NUMBER_NAMES = keysOf(HOST_NUMBERS);
export const VECTOR_NAMES = keysOf(HOST_VECTORS);
export const TABLE_NAMES = keysOf(HOST_TABLES);

export type HostNumbers = { readonly [Name in keyof typeof HOST_NUMBERS]: number };
export type HostVectors = { readonly [Name in keyof typeof HOST_VECTORS]: readonly number[] };
export type HostTables = {
  readonly [Name in keyof typeof HOST_TABLES]: readonly LabelledCount<
    typeof HOST_TABLES[Name]["labels"][number]
  >[];
};
