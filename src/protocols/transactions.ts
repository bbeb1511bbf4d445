// What analysers report. Times are packet times in microseconds since 1970, 0 where not seen.
// Texts are as on the wire, not yet safe to print.

export interface HttpExchange {
  /** "1.0", "1.1" or "2". */
  version: string;
  /** As sent. */
  method: string;
  /** See name.ts: lower case, no port, no trailing dot; "" where there is none. */
  host: string;
  /** "" unless `Sink.targets`. */
  target: string;
  /** Of the final answer; 0 where there is none. */
  status: number;
  requestBytes: number;
  responseBytes: number;
  /** First byte of the request. */
  requestTime: number;
  /** First and last byte of the answer. */
  responseTime: number;
  responseEnd: number;
  /** Null where not sent, or not `Sink.detail`. */
  contentType: string | null;
  userAgent: string | null;
  /** gRPC's own status, as sent after the answer; null where there is none. */
  grpcStatus: string | null;
}

export interface TlsHandshake {
  /** Server name indication; "" where there is none. */
  host: string;
  /** "1.3", "1.2", ... as negotiated; "" where no answer was seen. */
  version: string;
  /** As negotiated where visible, else ""; from TLS 1.3 on it is encrypted. */
  alpn: string;
  /** The first protocol that the client offered, "" for none. */
  offeredAlpn: string;
  /** "" unless `Sink.detail`. */
  ja4: string;
  /** Whether an encrypted ClientHello was offered inside: `host` is then the outer name. */
  ech: boolean;
  helloTime: number;
  answerTime: number;
}

export interface QuicHandshake {
  host: string;
  /** "1", "2", "draft-29", "mvfst-27", "Q046". */
  quicVersion: string;
  /** The first protocol that the client offered, or the negotiated one where visible; "" for none. */
  alpn: string;
  helloTime: number;
  answerTime: number;
}

export interface DnsQuery {
  /** Lower case, no trailing dot, odd bytes as \DDD; "" for the root. */
  host: string;
  /** "A", "AAAA", "TYPE65280". */
  type: string;
  /** "NOERROR", "NXDOMAIN"; "" where no answer was seen. */
  rcode: string;
  /** Addresses in the answer, as text. */
  answers: string[];
  queryTime: number;
  answerTime: number;
}
