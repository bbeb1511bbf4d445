// What analysers report. Times are packet times in microseconds since 1970, 0 if not seen. Texts
// are as on the wire: not safe to print.

export interface HttpExchange {
  /** "1.0", "1.1" or "2"; "0.9" if the request has none. */
  version: string;
  /** As sent. */
  method: string;
  /** Lower case, without port and trailing dot (see name.ts); "" if there is none. */
  host: string;
  /** "" unless `Sink.targets`. */
  target: string;
  /** Of the final response; 0 if there is none. */
  status: number;
  /** Body bytes. */
  requestBytes: number;
  responseBytes: number;
  /** First byte of the request. */
  requestTime: number;
  /** First and last byte of the response. */
  responseTime: number;
  responseEnd: number;
  /** Null if not sent, or unless `Sink.detail`. */
  contentType: string | null;
  userAgent: string | null;
  /** gRPC's own status, as sent after the response; null if there is none. */
  grpcStatus: string | null;
}

export interface TlsHandshake {
  /** Server name indication; "" if there is none. */
  host: string;
  /** "1.3", "1.2", ... as negotiated; "" if no ServerHello was seen. */
  version: string;
  /** As negotiated, "" if unknown: from TLS 1.3 on it is encrypted. */
  alpn: string;
  /** The first protocol that the client offered, "" for none. */
  offeredAlpn: string;
  /** "" unless `Sink.detail`. */
  ja4: string;
  /** Whether an encrypted ClientHello was inside: `host` is then the outer name. */
  ech: boolean;
  /** First byte of the ClientHello, last byte of the ServerHello. */
  helloTime: number;
  answerTime: number;
}

export interface QuicHandshake {
  host: string;
  /** "1", "2", "draft-29", "mvfst-27", "Q046". */
  quicVersion: string;
  /** The first protocol that the client offered; "" for none. */
  alpn: string;
  /** As for TLS. */
  ech: boolean;
  helloTime: number;
  answerTime: number;
}

export interface DnsQuery {
  /** Lower case, no trailing dot, odd bytes as \DDD; "" for the root. */
  host: string;
  /** "A", "AAAA", "TYPE65280". */
  type: string;
  /** "NOERROR", "NXDOMAIN"; "" if no answer was seen. */
  rcode: string;
  /** Addresses in the answer, as text. */
  answers: readonly string[];
  /** Seconds that the first of them may be kept for. */
  ttl: number;
  /** What ClientHellos to the host show outside, if it offers to encrypt them (ECH); "" for nothing. */
  publicName: string;
  /** The name that a PTR record in the answer leads to; "" for none. */
  pointer: string;
  queryTime: number;
  answerTime: number;
}
