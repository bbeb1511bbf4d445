// The protocols, in the order in which they are tried. Bytes decide which one a connection speaks. Only
// of DNS more is believed on its own port, where each whole message is one; elsewhere it has to be a plain
// query. A new protocol is added here.

import type { DatagramAnalyser, Side, StreamAnalyser } from "./analyser.ts";
import { CLIENT, NEED_MORE, NOT_MINE, SERVER } from "./analyser.ts";
import type { KeyStore } from "../keylog/key_store.ts";
import { isPlainQuery, looksLikePlainQueryStream, mayBeDns } from "./dns/any_port.ts";
import { DNS_PORT, DnsDatagrams, DnsStream, looksLikeDns, looksLikeDnsStream } from "./dns/dns.ts";
import { DtlsHello, looksLikeDtls } from "./tls/dtls.ts";
import { looksLikeRequest, looksLikeResponse } from "./http1/start_lines.ts";
import { Http1Connection } from "./http1/connection.ts";
import { Http2 } from "./http2/http2.ts";
import { http2Preface, looksLikeHttp2Answers, looksLikeHttp2Requests } from "./http2/framing.ts";
import { looksLikeProxyHeader, ProxyHeader } from "./proxy_header.ts";
import { looksLikeStartTls, mayAskForTls, StartTls } from "./starttls.ts";
import { looksLikeTdsHello, PRELOGIN, TdsTls } from "./tls/tds.ts";
import { looksLikeSsl2Hello } from "./tls/ssl2.ts";
import { isShortPacket, looksLikeQuic, QUIC_PORT, QuicConnection } from "./quic/quic.ts";
import { looksLikeClientHello, looksLikeServerHello, TlsConnection } from "./tls/tls.ts";
import { TlsDecryption } from "./tls/tls_decryption.ts";

export interface StreamProtocol {
  readonly name: string;
  /** Who sends the message that `begins` recognises. */
  readonly side: Side;
  /** The first bytes that it can begin with; all if not given. */
  readonly first?: (byte: number) => boolean;
  /** Whether it begins at `at`: 1 for yes, NEED_MORE or NOT_MINE. */
  begins(bytes: Uint8Array, at: number, end: number): number;
  /** If given, one of the two ports has to be this. */
  readonly port?: number;
  /** Whether it may be between these ports, one in each half of the number; any if not given. */
  mayBeBetween?(ports: number): boolean;
  /** `keys`: the secrets of sessions that are to be decrypted. */
  open(keys: KeyStore): StreamAnalyser;
}

export interface DatagramProtocol {
  readonly name: string;
  begins(bytes: Uint8Array, at: number, end: number): boolean;
  readonly port?: number;
  mayBeBetween?(ports: number): boolean;
  open(keys: KeyStore): DatagramAnalyser;
}

const tls = (keys: KeyStore) => keys.isUsed ? new TlsDecryption(keys) : new TlsConnection();
const http1 = () => new Http1Connection();
const http2 = () => new Http2();

const is = (...bytes: number[]) => (byte: number): boolean => bytes.includes(byte);
const hasUpperBit = (byte: number): boolean => byte >= 0x80;
/** A method, or an empty line before it. */
const beginsRequest = (byte: number): boolean =>
  byte > 0x20 && byte < 0x7f || byte === CR || byte === LF;

const ALERT_RECORD = 0x15;
const HANDSHAKE_RECORD = 0x16;
const LETTER_H = 0x48;
const LETTER_P = 0x50;
const CR = 0x0d;
const LF = 0x0a;

export const STREAM_PROTOCOLS: readonly StreamProtocol[] = [
  {
    name: "dns",
    side: CLIENT,
    begins: looksLikeDnsStream,
    port: DNS_PORT,
    open: () => new DnsStream(true),
  },
  {
    name: "proxy",
    side: CLIENT,
    first: is(LETTER_P, CR),
    begins: looksLikeProxyHeader,
    open: () => new ProxyHeader(),
  },
  {
    name: "tls",
    side: CLIENT,
    first: is(HANDSHAKE_RECORD, ALERT_RECORD),
    begins: looksLikeClientHello,
    open: tls,
  },
  {
    name: "tls",
    side: SERVER,
    first: is(HANDSHAKE_RECORD, ALERT_RECORD),
    begins: looksLikeServerHello,
    open: tls,
  },
  { name: "tls", side: CLIENT, first: hasUpperBit, begins: looksLikeSsl2Hello, open: tls },
  {
    name: "tls",
    side: CLIENT,
    first: is(PRELOGIN),
    begins: looksLikeTdsHello,
    open: () => new TdsTls(),
  },
  { name: "http1", side: CLIENT, first: beginsRequest, begins: looksLikeRequest, open: http1 },
  { name: "http1", side: SERVER, first: is(LETTER_H), begins: looksLikeResponse, open: http1 },
  { name: "http2", side: CLIENT, first: is(LETTER_P), begins: http2Preface, open: http2 },
  {
    name: "dns",
    side: CLIENT,
    // The first byte of its length.
    first: is(0, 1, 2, 3, 4),
    mayBeBetween: mayBeDns,
    begins: looksLikePlainQueryStream,
    open: () => new DnsStream(false),
  },
  // Frames: the first byte of their length is 0.
  { name: "http2", side: CLIENT, first: is(0), begins: looksLikeHttp2Requests, open: http2 },
  { name: "http2", side: SERVER, first: is(0), begins: looksLikeHttp2Answers, open: http2 },
  {
    name: "starttls",
    side: CLIENT,
    first: mayAskForTls,
    begins: looksLikeStartTls,
    open: () => new StartTls(),
  },
];

const DATAGRAM_PROTOCOLS: readonly DatagramProtocol[] = [
  { name: "dns", begins: looksLikeDns, port: DNS_PORT, open: () => new DnsDatagrams(true) },
  { name: "dtls", begins: looksLikeDtls, open: () => new DtlsHello() },
  { name: "quic", begins: looksLikeQuic, open: (keys) => new QuicConnection(keys) },
  {
    name: "dns",
    begins: isPlainQuery,
    mayBeBetween: mayBeDns,
    open: () => new DnsDatagrams(false),
  },
  {
    // A connection whose hello was not seen: only its addresses may tell its name.
    name: "quic",
    begins: isShortPacket,
    port: QUIC_PORT,
    open: (keys) => new QuicConnection(keys),
  },
];

/** The protocols to try, by the first byte. Most bytes, and so most segments, have few or none. */
const CANDIDATES: readonly (readonly StreamProtocol[])[] = Array.from(
  { length: 256 },
  (_, byte) => STREAM_PROTOCOLS.filter((it) => it.port === undefined && (it.first?.(byte) ?? true)),
);
const BY_PORT = STREAM_PROTOCOLS.filter((it) => it.port !== undefined);

/** The analyser for a protocol that TLS has negotiated; null if its bytes are to decide. */
export function openNegotiated(alpn: string): StreamAnalyser | null {
  return alpn === "h2" ? http2() : null;
}

/** Which protocol a stream speaks. */
export interface Detection {
  /** 1, NEED_MORE or NOT_MINE. */
  verdict: number;
  protocol: StreamProtocol | null;
}

const detection: Detection = { verdict: NOT_MINE, protocol: null };

/**
 * Which protocol begins with `bytes[at..end)`; one of the two ports is in each half of `ports`. The
 * result is valid until the next call.
 */
export function detectStream(
  bytes: Uint8Array,
  at: number,
  end: number,
  ports: number,
): Detection {
  detection.verdict = NOT_MINE;
  detection.protocol = null;
  for (const protocol of BY_PORT) {
    if (isPort(protocol.port!, ports) && tries(protocol, bytes, at, end)) return detection;
  }
  const candidates = CANDIDATES[bytes[at]!]!;
  for (let i = 0; i < candidates.length; i++) {
    const protocol = candidates[i]!;
    if (protocol.mayBeBetween?.(ports) === false) continue;
    if (tries(protocol, bytes, at, end)) return detection;
  }
  return detection;
}

/** Whether it is this protocol; notes NEED_MORE. */
function tries(protocol: StreamProtocol, bytes: Uint8Array, at: number, end: number): boolean {
  const verdict = protocol.begins(bytes, at, end);
  if (verdict === NOT_MINE) return false;
  detection.verdict = verdict;
  if (verdict === NEED_MORE) return false;
  detection.protocol = protocol;
  return true;
}

/** Whether `bytes[at..end)` from the other side can be of the protocol that was detected on one side. */
export function mayAnswer(
  found: StreamProtocol,
  bytes: Uint8Array,
  at: number,
  end: number,
): boolean {
  const answers = STREAM_PROTOCOLS.filter(({ name, side }) =>
    name === found.name && side !== found.side
  );
  return answers.length === 0 ||
    answers.some((protocol) => protocol.begins(bytes, at, end) !== NOT_MINE);
}

/** The protocol of a flow whose first datagram is `bytes[at..end)`; null if none is known. */
export function detectDatagram(
  bytes: Uint8Array,
  at: number,
  end: number,
  ports: number,
): DatagramProtocol | null {
  for (const protocol of DATAGRAM_PROTOCOLS) {
    if (protocol.port !== undefined && !isPort(protocol.port, ports)) continue;
    if (!protocol.begins(bytes, at, end)) continue;
    if (protocol.mayBeBetween?.(ports) !== false) return protocol;
  }
  return null;
}

const isPort = (port: number, ports: number): boolean =>
  port === ports >>> 16 || port === (ports & 0xffff);
