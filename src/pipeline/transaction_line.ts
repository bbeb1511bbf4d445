// Transactions in one line each, for those who look at a host: without query strings, safe to print.

import type { TransactionLine } from "../hosts/history.ts";
import type {
  DnsQuery,
  HttpExchange,
  QuicHandshake,
  TlsHandshake,
} from "../protocols/transactions.ts";
import { printable } from "../text.ts";

/** Longer texts are cut: a line of a terminal has no room for them. */
const MAX_TEXT = 200;

export function httpLine(exchange: HttpExchange): TransactionLine {
  return {
    time: exchange.requestTime || exchange.responseTime,
    source: "http",
    what: shown(`${exchange.method || "?"} ${pathOf(exchange.target)}`),
    result: exchange.status === 0 ? "" : String(exchange.status),
    bytes: exchange.responseBytes,
    seconds: between(exchange.requestTime, exchange.responseEnd),
  };
}

export function tlsLine(handshake: TlsHandshake): TransactionLine {
  const { version, alpn, offeredAlpn, helloTime, answerTime } = handshake;
  return {
    time: helloTime || answerTime,
    source: "tls",
    what: shown(`TLS ${alpn || offeredAlpn}`),
    result: shown(version),
    bytes: null,
    seconds: between(helloTime, answerTime),
  };
}

export function quicLine(handshake: QuicHandshake): TransactionLine {
  const { quicVersion, alpn, helloTime, answerTime } = handshake;
  return {
    time: helloTime || answerTime,
    source: "quic",
    what: shown(`QUIC ${alpn}`),
    result: shown(quicVersion),
    bytes: null,
    seconds: between(helloTime, answerTime),
  };
}

export function dnsLine(query: DnsQuery): TransactionLine {
  const { type, rcode, answers, queryTime, answerTime } = query;
  return {
    time: queryTime || answerTime,
    source: "dns",
    what: shown(`${type} ${answers.slice(0, 3).join(" ")}`),
    result: shown(rcode),
    bytes: null,
    seconds: between(queryTime, answerTime),
  };
}

/** A target (RFC 9112 section 3.2) without its query, and without the authority, which may hold a password. */
function pathOf(target: string): string {
  return target.slice(0, MAX_TEXT * 4).replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "")
    .replace(/[?#].*$/s, "") || "/";
}

const shown = (text: string): string => printable(text.slice(0, MAX_TEXT).trimEnd());

/** Seconds from one time to another (microseconds); null where one of them was not seen. */
function between(from: number, to: number): number | null {
  return from > 0 && to > 0 ? Math.max(0, to - from) / 1e6 : null;
}
