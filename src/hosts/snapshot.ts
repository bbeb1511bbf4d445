// What the outputs see: an immutable copy of everything counted, plain data that crosses threads.

import type { CaptureCounts } from "./capture_counters.ts";
import type { Traffic } from "./traffic.ts";

/** How a host was found; the `source` label. */
export const SOURCES = ["http", "tls", "quic", "dns"] as const;
export type SourceName = typeof SOURCES[number];

/** What is timed; the `phase` label. */
export const PHASES = ["connect", "tls", "quic", "processing", "transfer", "dns"] as const;
export type PhaseName = typeof PHASES[number];

export const TRANSPORTS = ["tcp", "udp"] as const;

/** Upper bounds in seconds: those of OpenTelemetry's http.client.request.duration. */
export const BUCKETS = [
  0.005,
  0.01,
  0.025,
  0.05,
  0.075,
  0.1,
  0.25,
  0.5,
  0.75,
  1,
  2.5,
  5,
  7.5,
  10,
] as const;

/** The name under which hosts past --max-hosts are counted together. No wire name can be it. */
export const OTHER_HOST = "~other";

/** How often a duration (in seconds) was counted, the shortest first. */
export type Distribution = readonly { readonly seconds: number; readonly count: number }[];

export interface DurationSnapshot {
  /** Not cumulative; one for each of BUCKETS and one for what is above them all. */
  readonly counts: readonly number[];
  readonly count: number;
  /** Seconds. */
  readonly sum: number;
  /** Seconds, within 7% of the truth. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Finely; only where several workers count, as quantiles can't be added up. */
  readonly distribution?: Distribution;
}

export interface RequestCount {
  /** A registered method, or "other". */
  readonly method: string;
  /** "200"; "" without an answer, "invalid" outside 100-599. */
  readonly code: string;
  /** "1.0", "1.1", "2". */
  readonly version: string;
  readonly count: number;
}

export interface HandshakeCount {
  /** "1.2", "1.3", ...; "" where no answer came. */
  readonly version: string;
  /** As negotiated; "" where none, or not visible. */
  readonly alpn: string;
  readonly count: number;
}

export interface GrpcCount {
  /** "0" to "16", or "other". */
  readonly status: string;
  readonly count: number;
}

export interface AddressCount {
  /** Text of the server's address, or "other" for all past the eighth; "" where none was seen. */
  readonly ip: string;
  /** Hits, indexed as SOURCES. */
  readonly hits: readonly number[];
}

export interface HostSnapshot {
  /** Lower case, no port, no trailing dot, nothing but printable characters. */
  readonly name: string;
  /** Indexed as SOURCES. */
  readonly hits: readonly number[];
  /** HTTP requests with an answer of 400 or more. */
  readonly errors: number;
  readonly requests: readonly RequestCount[];
  readonly handshakes: readonly HandshakeCount[];
  /** By the version of QUIC. */
  readonly quicHandshakes: readonly HandshakeCount[];
  readonly grpc: readonly GrpcCount[];
  readonly addresses: readonly AddressCount[];
  /** Indexed as PHASES; null where nothing was timed. */
  readonly phases: readonly (DurationSnapshot | null)[];
  /** Payload bytes of HTTP. */
  readonly requestBodyBytes: number;
  readonly responseBodyBytes: number;
  /** Bytes on the wire, as the client sent and received them. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Indexed as TRANSPORTS. */
  readonly connections: readonly number[];
  readonly connectionsOpen: readonly number[];
  /** Microseconds since 1970, packet time. */
  readonly firstSeen: number;
  readonly lastSeen: number;
}

export interface InterfaceSnapshot {
  readonly name: string;
  readonly packets: number;
  readonly bytes: number;
  /** Null where losses cannot be known (files). */
  readonly dropped: { readonly kernel: number; readonly interface: number } | null;
}

export interface Snapshot extends CaptureCounts {
  /** Time of the newest packet, microseconds since 1970; 0 before the first. */
  readonly time: number;
  readonly interfaces: readonly InterfaceSnapshot[];
  /** Bytes over time. Null before the first packet, and unless hosts are watched. */
  readonly traffic: Traffic | null;
  /** Unsorted; OTHER_HOST is among them once a host was folded into it. */
  readonly hosts: readonly HostSnapshot[];
  /** How many hosts are counted one by one: also where `hosts` has only some of them. */
  readonly hostsKept: number;
}
