// The protocols, in the order in which they are tried. Bytes decide; ports decide only for DNS, whose
// messages begin with anything. A new protocol is one more line here.

import type { DatagramAnalyser, Side, StreamAnalyser } from "./analyser.ts";
import { CLIENT, NEED_MORE, NOT_MINE, SERVER } from "./analyser.ts";
import { DNS_PORT, DnsDatagrams, DnsStream, looksLikeDns, looksLikeDnsStream } from "./dns.ts";
import { Http1, looksLikeRequest, looksLikeResponse } from "./http1.ts";
import { Http2 } from "./http2.ts";
import { http2Preface, looksLikeHttp2Answers, looksLikeHttp2Requests } from "./http2_frame.ts";
import { looksLikeProxyHeader, ProxyHeader } from "./proxy_header.ts";
import { looksLikeQuic, QuicConnection } from "./quic.ts";
import { looksLikeClientHello, looksLikeServerHello, TlsConnection } from "./tls.ts";

export interface StreamProtocol {
  readonly name: string;
  /** Who sends what `begins` looks for. */
  readonly side: Side;
  /** Whether the protocol begins at `at`: 1, NEED_MORE or NOT_MINE. */
  begins(bytes: Uint8Array, at: number, end: number): number;
  /** Where set, one of the ports has to be this. */
  readonly port?: number;
  open(): StreamAnalyser;
}

export interface DatagramProtocol {
  readonly name: string;
  begins(bytes: Uint8Array, at: number, end: number): boolean;
  readonly port?: number;
  open(): DatagramAnalyser;
}

const tls = () => new TlsConnection();
const http1 = () => new Http1();
const http2 = () => new Http2();

export const STREAM_PROTOCOLS: readonly StreamProtocol[] = [
  {
    name: "dns",
    side: CLIENT,
    begins: looksLikeDnsStream,
    port: DNS_PORT,
    open: () => new DnsStream(),
  },
  { name: "proxy", side: CLIENT, begins: looksLikeProxyHeader, open: () => new ProxyHeader() },
  { name: "tls", side: CLIENT, begins: looksLikeClientHello, open: tls },
  { name: "tls", side: SERVER, begins: looksLikeServerHello, open: tls },
  { name: "http1", side: CLIENT, begins: looksLikeRequest, open: http1 },
  { name: "http1", side: SERVER, begins: looksLikeResponse, open: http1 },
  { name: "http2", side: CLIENT, begins: http2Preface, open: http2 },
  { name: "http2", side: CLIENT, begins: looksLikeHttp2Requests, open: http2 },
  { name: "http2", side: SERVER, begins: looksLikeHttp2Answers, open: http2 },
];

export const DATAGRAM_PROTOCOLS: readonly DatagramProtocol[] = [
  { name: "dns", begins: looksLikeDns, port: DNS_PORT, open: () => new DnsDatagrams() },
  { name: "quic", begins: looksLikeQuic, open: () => new QuicConnection() },
];

/**
 * Octets that any of STREAM_PROTOCOLS without a port can begin with: a TLS handshake, a letter, the
 * length of an HTTP/2 frame, the line breaks of a PROXY header or before a request.
 */
const MAY_BEGIN = new Uint8Array(256);
MAY_BEGIN[0x16] = 1;
MAY_BEGIN[0x00] = 1;
MAY_BEGIN[0x0d] = 1;
MAY_BEGIN[0x0a] = 1;
for (let octet = 0x21; octet < 0x7f; octet++) MAY_BEGIN[octet] = 1;

/** What a stream whose next bytes are `bytes[at..end)` may be. */
export interface Detection {
  /** 1, NEED_MORE or NOT_MINE. */
  verdict: number;
  protocol: StreamProtocol | null;
}

const detection: Detection = { verdict: NOT_MINE, protocol: null };

/** Tries all protocols. The answer is valid until the next call. */
export function detectStream(
  bytes: Uint8Array,
  at: number,
  end: number,
  portA: number,
  portB: number,
): Detection {
  detection.verdict = NOT_MINE;
  detection.protocol = null;
  const isDns = portA === DNS_PORT || portB === DNS_PORT;
  if (!isDns && MAY_BEGIN[bytes[at]!] === 0) return detection;
  for (const protocol of STREAM_PROTOCOLS) {
    if (protocol.port !== undefined && !isPort(protocol.port, portA, portB)) continue;
    const verdict = protocol.begins(bytes, at, end);
    if (verdict === NOT_MINE) continue;
    if (verdict === NEED_MORE) {
      detection.verdict = NEED_MORE;
      continue;
    }
    detection.verdict = verdict;
    detection.protocol = protocol;
    return detection;
  }
  return detection;
}

/** The protocol of a flow whose first datagram is `bytes[at..end)`; null where it is none of them. */
export function detectDatagram(
  bytes: Uint8Array,
  at: number,
  end: number,
  portA: number,
  portB: number,
): DatagramProtocol | null {
  for (const protocol of DATAGRAM_PROTOCOLS) {
    if (protocol.port !== undefined && !isPort(protocol.port, portA, portB)) continue;
    if (protocol.begins(bytes, at, end)) return protocol;
  }
  return null;
}

const isPort = (port: number, a: number, b: number): boolean => port === a || port === b;
