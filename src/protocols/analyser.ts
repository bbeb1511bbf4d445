// The contract between flows and protocols: flows give the bytes of a connection to its analyser, which
// reports requests, handshakes and their answers to a sink.

import type { Holder } from "../memory_ledger.ts";
import type { DnsQuery, HttpExchange, QuicHandshake, TlsHandshake } from "./transactions.ts";

/** Who sends: the client or the server. */
export type Side = 0 | 1;
export const CLIENT: Side = 0;
export const SERVER: Side = 1;

/** These bytes cannot be read before more have come; they will be given again, with the next ones. */
export const NEED_MORE = 0;
/**
 * These bytes are not of this protocol, or the analyser cannot find its place again; `ended` is
 * called.
 */
export const NOT_MINE = -1;
/** Done: from now on, bytes of this connection are only counted. `ended` is not called. */
export const DONE = -2;
/** Another protocol begins with these bytes (after CONNECT or an upgrade). `ended` is not called. */
export const HAND_OVER = -3;

/** What an analyser may know of its connection. One object is used for all: do not keep it. */
export interface Conversation {
  /** Time of the packet that is being read, microseconds since 1970. */
  readonly time: number;
  /** A number that no other connection has at the same time. */
  readonly flow: number;
  /** TCP: acknowledgement number of the packet that is being read (int32); null if it has none. */
  readonly acknowledged: number | null;
  /** TCP: whether the client may have sent other messages before those that were captured. */
  readonly isMidway: boolean;
  /**
   * TCP: how many bytes were lost that the client had sent before all that were captured, if everything of the
   * server was captured; else 0.
   */
  readonly lostAtStart: number;
  /**
   * TCP: sequence number (int32) of the next byte of `side` that the analyser has not taken. In a stream inside
   * another one, records lie between the bytes that this one has.
   */
  sequence(side: Side): number;
  /** The same counted in bytes of this stream only, from any beginning (int32): for lengths. */
  position(side: Side): number;
  /** Skips the next `length` bytes of `side`, captured or not; Infinity for all that come. */
  skip(side: Side, length: number): void;
  /** How many of these bytes have not come yet. */
  skipLeft(side: Side): number;
  /** When the last byte came of a side of which all that comes is skipped; 0 if none came. */
  readonly skippedTime: number;
  /** Before HAND_OVER: the analyser to continue with. If not called, the protocol is detected again. */
  become(next: StreamAnalyser): void;
  /** Gives the analyser what waits of the other side once more, after this call. */
  wakeOther(): void;
  readonly sink: Sink;
  /** The version of TLS around these bytes, "1.3"; "" if they are not encrypted. */
  readonly tls: string;
  /** How many streams these bytes are in, one in another: 0 for those of a connection itself. */
  readonly depth: number;
  /** A stream for what is decrypted of this one, in TLS of this version. */
  inside(tls: string): InnerStream;
  /** What the sink has attached to this connection, to find it again; null for nothing. */
  attachment: unknown;
}

/**
 * A stream that an analyser takes out of its own. It is read as that of a connection: its protocol is
 * detected, and has an analyser. `on` is the conversation of the outer analyser.
 */
export interface InnerStream {
  /** Bytes of memory, see MemoryUser. */
  readonly held: number;
  /** Whether nobody reads on: more bytes need not be given. */
  readonly isLeft: boolean;
  /** What begins it, if that is known: "h2"; else its bytes decide. */
  expect(alpn: string): void;
  /** Whether a message of HTTP/1 begins with these bytes, as surely as a checksum would tell. */
  beginsMessage(bytes: Uint8Array, at: number, end: number): boolean;
  /** Takes the next bytes of `side`, `bytes[at..end)`, which may be overwritten later. */
  bytes(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): void;
  /** How many of the next bytes of `side` need not be given: instead, `pass` is called. */
  skipLeft(side: Side): number;
  pass(on: Conversation, side: Side, length: number): void;
  /** All is given that is in the next `length` bytes of the outer stream. */
  settle(on: Conversation, side: Side, length: number): void;
  /** As for analysers. */
  gap(on: Conversation, side: Side, length: number): void;
  finished(on: Conversation, side: Side): void;
  ended(on: Conversation): void;
}

/** What all analysers say of the memory that they take. */
interface MemoryUser {
  /** See HOLDER_INDEX. As a getter it takes no memory in each analyser. */
  readonly holder: number;
  /**
   * Bytes of memory that it holds, as an estimate: objects and their slots, not only payload. It is asked
   * after each packet, so that it has to be known without counting.
   */
  readonly held: number;
}

/** Reads the two byte streams of a TCP connection. */
export interface StreamAnalyser extends MemoryUser {
  /** Bytes of the longest message that it may have to see at once, if that is more than 64 KiB. */
  readonly longest?: number;
  /**
   * Takes the next bytes of `side`, in order: `bytes[at..end)`. Returns how many of them it has
   * read (more than 0), NEED_MORE, NOT_MINE, DONE or HAND_OVER. It is called again with the rest,
   * after the bytes to skip.
   */
  data(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): number;
  /** The last of the bytes to skip has come: `on.time` is its time. */
  skipped(on: Conversation, side: Side): void;
  /** The next `length` bytes of `side` were not captured, and were not to be skipped. */
  gap(on: Conversation, side: Side, length: number): void;
  /** `side` has sent its last byte. */
  finished(on: Conversation, side: Side): void;
  /** The connection is over, or no longer read: reports what is open. */
  ended(on: Conversation): void;
}

/** Reads the datagrams of a UDP flow. */
export interface DatagramAnalyser extends MemoryUser {
  /** Takes one payload, `bytes[at..end)`. Returns false if it needs to see no more of this flow. */
  datagram(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): boolean;
  /** As for streams. */
  ended(on: Conversation): void;
}

/** What names a host: the `source` label. A protocol that counts hits has its name here. */
export const SOURCES = ["http", "tls", "quic", "dns"] as const;
export type SourceName = typeof SOURCES[number];

/**
 * Of a TLS or QUIC session: it is read; or no secrets were found, or they do not fit; its version or cipher
 * is none that is read; or too much of it was not captured.
 */
export type DecryptionOutcome = "read" | "no-keys" | "wrong-keys" | "unsupported" | "lost";

/** Takes what analysers report. It may keep the objects that it is given. */
export interface Sink {
  /** Whether `HttpExchange.target` is wanted. */
  readonly targets: boolean;
  /** Whether fields are wanted that only events show (user agents, JA4 ...). */
  readonly detail: boolean;
  /**
   * A request, ClientHello or DNS question has come. Its answer may follow. `host` may be "". `isOuter`: it
   * is of a ClientHello that may contain another one, encrypted, with the true name.
   */
  hit(on: Conversation, source: SourceName, host: string, isOuter?: boolean): void;
  /** A request with its response, as far as both were captured. The others likewise. */
  http(on: Conversation, exchange: HttpExchange): void;
  tls(on: Conversation, handshake: TlsHandshake): void;
  quic(on: Conversation, handshake: QuicHandshake): void;
  dns(on: Conversation, query: DnsQuery): void;
  /** A connection that nothing has named has ended, or lasts. */
  unnamed(on: Conversation): void;
  /** A handshake of a protocol whose hosts are not followed: `protocol` is "dtls", `version` one of a closed set ("1.2"). */
  unnamedHello(protocol: string, version: string): void;
  /** A stream of `protocol` is read again after a gap. */
  resynchronised(protocol: string): void;
  /** What became of a session that was to be decrypted, told once. */
  decrypted(outcome: DecryptionOutcome): void;
  /** Something was given up, as an analyser may not keep more of its kind. */
  evicted(what: Holder): void;
  /** Bytes that break the rules of `layer` ("http", "dns" ...); `reason` is one of a closed set. */
  malformed(layer: string, reason: string): void;
}
