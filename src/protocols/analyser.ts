// The contract between flows and protocols: flows hand over bytes, analysers say what happened.
// An analyser belongs to one connection and is asked only while it has something to learn.

import type { DnsQuery, HttpExchange, QuicHandshake, TlsHandshake } from "./transactions.ts";

/** Who sent the bytes. */
export type Side = 0 | 1;
export const CLIENT: Side = 0;
export const SERVER: Side = 1;

/** More bytes have to come before anything can be said; these will be given again. */
export const NEED_MORE = 0;
/** These bytes are not of this protocol, or the analyser has lost its place for good; `ended` is called. */
export const NOT_MINE = -1;
/** All is said that this connection can tell; what comes is only counted. `ended` is not called. */
export const DONE = -2;
/** These bytes begin another protocol (after CONNECT, an upgrade): look anew. `ended` is not called. */
export const HAND_OVER = -3;

/** The connection that an analyser reads, as far as it may know it. One object, reused: do not keep it. */
export interface Conversation {
  /** Time of the packet that is being read, microseconds since 1970. */
  readonly time: number;
  /** Identifies the connection while it lasts. */
  readonly flow: number;
  /** TCP: acknowledgement number of the packet that is being read (int32); null where it has none. */
  readonly acknowledged: number | null;
  /** TCP: sequence number of the next byte of `side` that will be handed over (int32). */
  sequence(side: Side): number;
  /** Passes over the next `length` bytes of `side`, captured or not; Infinity for all that come. */
  skip(side: Side, length: number): void;
  /** How much of what was asked to be skipped has not passed yet. */
  skipLeft(side: Side): number;
  /** With HAND_OVER: the analyser that reads on from here. Without, the protocol is looked for anew. */
  become(next: StreamAnalyser): void;
  readonly sink: Sink;
  /** What the sink has attached to this connection, to find it again; null for nothing. */
  attachment: unknown;
}

/** Reads the two byte streams of a TCP connection. */
export interface StreamAnalyser {
  /**
   * The next bytes of `side`, in order: `bytes[at..end)`. Returns how many of them are done with
   * (more than 0), NEED_MORE, NOT_MINE, DONE or HAND_OVER. Called again with what is left; what was asked to be
   * skipped with `conversation.skip` is passed over first.
   */
  data(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): number;
  /** What was asked to be skipped has passed; now is the time of its last byte. */
  skipped(on: Conversation, side: Side): void;
  /** The next `length` bytes of `side` were not captured, and they were not to be skipped. */
  gap(on: Conversation, side: Side, length: number): void;
  /** `side` has sent its last byte. */
  finished(on: Conversation, side: Side): void;
  /** The connection is over, or is no longer followed: report what is open. */
  ended(on: Conversation): void;
}

/** Reads the datagrams of a UDP flow. */
export interface DatagramAnalyser {
  /** One payload, `bytes[at..end)`. Returns false when the flow is not of this protocol after all. */
  datagram(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): boolean;
  ended(on: Conversation): void;
}

/** Hears what happened. Objects given are the receiver's to keep. */
export interface Sink {
  /** Whether anybody wants the targets of requests. */
  readonly targets: boolean;
  /** Whether anybody wants the fields that only events show (user agents, JA4 ...). */
  readonly detail: boolean;
  /** A request, ClientHello or question was seen; its answer, if any, comes later. `host` may be "". */
  hit(on: Conversation, source: "http" | "tls" | "quic" | "dns", host: string): void;
  /** A request with its answer, or all that there will be of it. */
  http(on: Conversation, exchange: HttpExchange): void;
  tls(on: Conversation, handshake: TlsHandshake): void;
  quic(on: Conversation, handshake: QuicHandshake): void;
  dns(on: Conversation, query: DnsQuery): void;
  /** A handshake that names no host: `protocol` is "dtls", `version` one of a closed set ("1.2"). */
  unnamedHello(protocol: string, version: string): void;
  /** A stream of `protocol` is read again after a gap. */
  resynchronised(protocol: string): void;
  /** Bytes that break the rules of `layer` ("http", "tls", "dns" ...); `reason` is of a closed set. */
  malformed(layer: string, reason: string): void;
}
