// The lines of --events: one JSON object a transaction, oriented from client to server. A line is
// concatenated, which is faster than JSON.stringify: its fields are fixed, and few need quoting.

import type { Network } from "../geo/network_facts.ts";
import type { NameSource } from "../hosts/fields.ts";
import type {
  DnsQuery,
  HttpExchange,
  QuicHandshake,
  TlsHandshake,
} from "../protocols/transactions.ts";
import { quote } from "../text.ts";

/** The ends of a connection. `src` is the client; addresses are texts. Null for what is not told. */
export interface Endpoints {
  src: string | null;
  sport: number | null;
  dst: string | null;
  dport: number;
}

/** The host that a connection is counted under, and what has named it. */
export interface Named {
  readonly shown: string;
  readonly by: NameSource;
}

export interface Told extends Named {
  /** Of that host; null for an address and a name of one label. */
  readonly domain: string | null;
  /** Of the server's address; null if networks are not told. */
  readonly network: Network | null;
}

/**
 * The line of a request, its newline included. `tls`: the version of TLS that it was decrypted of,
 * or "".
 */
export function httpEvent(
  exchange: HttpExchange,
  from: Endpoints,
  told: Told,
  tls = "",
): string {
  const time = exchange.requestTime || exchange.responseTime;
  return head(time, "http", from, exchange.host) +
    ',"method":' + textOrNull(exchange.method) +
    ',"target":' + quote(exchange.target) +
    ',"version":' + textOrNull(exchange.version) +
    ',"status":' + (exchange.status || "null") +
    ',"request_bytes":' + exchange.requestBytes +
    ',"response_bytes":' + exchange.responseBytes +
    ',"duration_ms":' + milliseconds(exchange.requestTime, exchange.responseEnd) +
    ',"content_type":' + quoteOrNull(exchange.contentType) +
    ',"user_agent":' + quoteOrNull(exchange.userAgent) +
    (tls === "" ? "" : ',"tls":"' + tls + '"') + nameOf(told) + "}\n";
}

/** The line of a TLS handshake, its newline included. */
export function tlsEvent(handshake: TlsHandshake, from: Endpoints, told: Told): string {
  return head(handshake.helloTime || handshake.answerTime, "tls", from, handshake.host) +
    ',"version":' + textOrNull(handshake.version) +
    ',"alpn":' + textOrNull(handshake.alpn || handshake.offeredAlpn) +
    ',"ja4":' + textOrNull(handshake.ja4) +
    (handshake.ech ? ',"ech":true' : "") + nameOf(told) + "}\n";
}

/** The line of a QUIC handshake, its newline included. */
export function quicEvent(handshake: QuicHandshake, from: Endpoints, told: Told): string {
  return head(handshake.helloTime || handshake.answerTime, "quic", from, handshake.host) +
    ',"quic_version":' + textOrNull(handshake.quicVersion) +
    ',"alpn":' + textOrNull(handshake.alpn) + nameOf(told) + "}\n";
}

/** The line of a DNS query, its newline included. */
export function dnsEvent(
  query: DnsQuery,
  from: Endpoints,
  { domain }: Pick<Told, "domain">,
): string {
  return head(query.queryTime || query.answerTime, "dns", from, query.host) +
    ',"qtype":' + quote(query.type) +
    ',"rcode":' + textOrNull(query.rcode) +
    ',"answers":[' + query.answers.map(quote).join(",") + "]" +
    ',"duration_ms":' + milliseconds(query.queryTime, query.answerTime) + domainOf(domain) + "}\n";
}

/**
 * The beginning of every line. Addresses and kinds are webstat's own texts and need no escaping.
 */
function head(time: number, kind: string, from: Endpoints, host: string): string {
  return '{"ts":' + seconds(time) + ',"kind":"' + kind +
    '","src":' + addressOrNull(from.src) + ',"sport":' + from.sport +
    ',"dst":' + addressOrNull(from.dst) + ',"dport":' + from.dport +
    ',"host":' + quote(host);
}

/** The main domain of the host, and what has named it; and the name, if `host` does not tell it. */
const nameOf = ({ shown, by, domain, network }: Told): string =>
  domainOf(domain) + ',"name_source":"' + by + (by === "dns" ? '","name":' + quote(shown) : '"') +
  (network === null ? "" : networkOf(network));

const networkOf = ({ asn, organisation }: Network): string =>
  ',"asn":' + (asn || "null") + ',"organisation":' + textOrNull(organisation);

const domainOf = (domain: string | null): string => ',"domain":' + quoteOrNull(domain);

/** Microseconds as seconds with six decimals; toFixed would cost more than all the rest. */
function seconds(time: number): string {
  const whole = Math.floor(time / 1e6);
  const micros = Math.floor(time - whole * 1e6);
  return whole + "." + String(1e6 + micros).slice(1);
}

/** The time from `start` to `end` (microseconds), null if one of them was not seen. */
function milliseconds(start: number, end: number): string {
  if (start === 0 || end === 0) return "null";
  // Not negative if the clock was set back while capturing.
  return String(Math.max(0, Math.round(end - start)) / 1000);
}

const addressOrNull = (address: string | null): string =>
  address === null ? "null" : '"' + address + '"';

const textOrNull = (text: string): string => text === "" ? "null" : quote(text);

const quoteOrNull = (text: string | null): string => text === null ? "null" : quote(text);
