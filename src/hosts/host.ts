// Everything counted of one host. What comes from the wire and becomes a label is bounded here.

import { Account } from "../flow/account.ts";
import { printable } from "../text.ts";
import { Durations } from "./durations.ts";
import type { Distribution } from "./history.ts";
import {
  type HostSnapshot,
  OTHER_HOST,
  type PhaseName,
  PHASES,
  type SourceName,
  SOURCES,
} from "./snapshot.ts";

/** Distinct (method, code, version) of a host; all beyond are counted as one. */
const MAX_REQUEST_ROWS = 100;
const MAX_HANDSHAKE_ROWS = 40;
/** gRPC's status codes are 0 to 16 (https://grpc.io/docs/guides/status-codes/). */
const MAX_GRPC_STATUS = 16;
/** Addresses kept one by one. */
const MAX_ADDRESSES = 8;
const OTHER_ADDRESS = "other";
/** No name in the DNS is longer; what is cut is marked. */
const MAX_NAME = 255;

/** RFC 9110 section 9, RFC 5789, and WebDAV's of RFC 4918, in IANA's "HTTP Method Registry". */
const METHODS = new Set(
  ("GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT " +
    "COPY LABEL LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL MKREDIRECTREF MKWORKSPACE MOVE ORDERPATCH " +
    "PRI PROPFIND PROPPATCH QUERY REBIND REPORT SEARCH UNBIND UNCHECKOUT UNLINK UNLOCK UPDATE " +
    "UPDATEREDIRECTREF VERSION-CONTROL").split(" "),
);

/** IANA's "TLS Application-Layer Protocol Negotiation (ALPN) Protocol IDs", those of the web. */
const ALPNS = new Set([
  "",
  "http/0.9",
  "http/1.0",
  "http/1.1",
  "h2",
  "h2c",
  "h3",
  "spdy/1",
  "spdy/2",
  "spdy/3",
  "spdy/3.1",
  "grpc-exp",
  "acme-tls/1",
  "dot",
  "doq",
  "ftp",
  "imap",
  "pop3",
  "managesieve",
  "mqtt",
  "webrtc",
  "c-webrtc",
  "coap",
  "postgresql",
  "xmpp-client",
  "xmpp-server",
]);

type Counts = [number, number, number, number];

/** A host's label: printable, of bounded length, and never OTHER_HOST. */
export function label(name: string): string {
  const safe = printable(name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name);
  return safe === OTHER_HOST ? `\\${OTHER_HOST}` : safe;
}

export class Host extends Account {
  readonly name: string;
  readonly hits: Counts = [0, 0, 0, 0];
  errors = 0;
  requestBodyBytes = 0;
  responseBodyBytes = 0;
  firstSeen = 0;
  lastSeen = 0;
  readonly #requests = new Map<string, number>();
  readonly #handshakes = new Map<string, number>();
  readonly #grpc = new Map<string, number>();
  readonly #addresses = new Map<string, Counts>();
  readonly #phases: (Durations | null)[] = PHASES.map(() => null);

  constructor(name: string) {
    super();
    this.name = name;
  }

  /** Where additions go: this host, or ~other once it was folded. */
  get live(): Host {
    return this.target as Host;
  }

  hit(source: SourceName, time: number): void {
    this.hits[SOURCES.indexOf(source)]!++;
    this.seen(time);
  }

  seen(time: number): void {
    if (this.firstSeen === 0) this.firstSeen = time;
    if (time > this.lastSeen) this.lastSeen = time;
  }

  get totalHits(): number {
    return this.hits[0] + this.hits[1] + this.hits[2] + this.hits[3];
  }

  /** `status` 0 means that no answer was seen. */
  request(method: string, status: number, version: string): void {
    if (status >= 400 && status < 600) this.errors++;
    const code = status === 0 ? "" : status >= 100 && status < 600 ? String(status) : "invalid";
    const row = `${METHODS.has(method) ? method : "other"} ${code} ${version}`;
    count(this.#requests, row, 1, MAX_REQUEST_ROWS, `other invalid ${version}`);
  }

  /** The status that a gRPC server sends behind its answer, as text. */
  grpc(status: string): void {
    const isKnown = /^\d{1,2}$/.test(status) && Number(status) <= MAX_GRPC_STATUS;
    const row = isKnown ? String(Number(status)) : "other";
    this.#grpc.set(row, (this.#grpc.get(row) ?? 0) + 1);
  }

  handshake(version: string, alpn: string): void {
    const row = `${version} ${ALPNS.has(alpn) ? alpn : "other"}`;
    count(this.#handshakes, row, 1, MAX_HANDSHAKE_ROWS, "other other");
  }

  /** Counts a hit to the address of a server; "" where none was seen. */
  address(ip: string, source: SourceName): void {
    this.#addressCounts(ip)[SOURCES.indexOf(source)]!++;
  }

  #addressCounts(ip: string): Counts {
    const known = this.#addresses.get(ip);
    if (known !== undefined) return known;
    const isFull = this.#addresses.size >= MAX_ADDRESSES;
    if (isFull && ip !== OTHER_ADDRESS) return this.#addressCounts(OTHER_ADDRESS);
    const counts: Counts = [0, 0, 0, 0];
    this.#addresses.set(ip, counts);
    return counts;
  }

  /** Adds how long a phase took, in seconds. Clocks of captures may go back: that counts as nothing. */
  observe(phase: PhaseName, seconds: number): void {
    const i = PHASES.indexOf(phase);
    (this.#phases[i] ??= new Durations()).observe(Math.max(0, seconds));
  }

  /** Takes over everything that `other` counted, and will count. */
  override absorb(other: Host): void {
    super.absorb(other);
    other.hits.forEach((hits, i) => this.hits[i]! += hits);
    this.errors += other.errors;
    this.requestBodyBytes += other.requestBodyBytes;
    this.responseBodyBytes += other.responseBodyBytes;
    this.seen(other.firstSeen);
    this.seen(other.lastSeen);
    for (const [row, n] of other.#requests) {
      const version = row.slice(row.lastIndexOf(" ") + 1);
      count(this.#requests, row, n, MAX_REQUEST_ROWS, `other invalid ${version}`);
    }
    for (const [row, n] of other.#handshakes) {
      count(this.#handshakes, row, n, MAX_HANDSHAKE_ROWS, "other other");
    }
    for (const [row, n] of other.#grpc) this.#grpc.set(row, (this.#grpc.get(row) ?? 0) + n);
    for (const [ip, counts] of other.#addresses) {
      const own = this.#addressCounts(ip);
      counts.forEach((n, i) => own[i]! += n);
    }
    other.#phases.forEach((durations, i) => {
      if (durations !== null) (this.#phases[i] ??= new Durations()).absorb(durations);
    });
  }

  get isConnected(): boolean {
    return this.connectionsOpen[0] + this.connectionsOpen[1] > 0;
  }

  /** Forgets what was counted; open connections stay open. */
  override reset(): void {
    super.reset();
    this.hits.fill(0);
    this.errors = 0;
    this.requestBodyBytes = 0;
    this.responseBodyBytes = 0;
    this.firstSeen = this.lastSeen;
    this.#requests.clear();
    this.#handshakes.clear();
    this.#grpc.clear();
    this.#addresses.clear();
    this.#phases.fill(null);
  }

  /** The durations of each phase, finely; null where nothing was timed. */
  distributions(): (Distribution | null)[] {
    return this.#phases.map((durations) => durations?.distribution() ?? null);
  }

  snapshot(): HostSnapshot {
    return {
      name: this.name,
      hits: [...this.hits],
      errors: this.errors,
      requests: [...this.#requests].map(([row, n]) => {
        const [method, code, version] = row.split(" ") as [string, string, string];
        return { method, code, version, count: n };
      }),
      handshakes: [...this.#handshakes].map(([row, n]) => {
        const [version, alpn] = row.split(" ") as [string, string];
        return { version, alpn, count: n };
      }),
      grpc: [...this.#grpc].map(([status, n]) => ({ status, count: n })),
      addresses: [...this.#addresses].map(([ip, counts]) => ({ ip, hits: [...counts] })),
      phases: this.#phases.map((durations) => durations?.snapshot() ?? null),
      requestBodyBytes: this.requestBodyBytes,
      responseBodyBytes: this.responseBodyBytes,
      bytesSent: this.sent,
      bytesReceived: this.received,
      connections: [...this.connections],
      connectionsOpen: [...this.connectionsOpen],
      firstSeen: this.firstSeen,
      lastSeen: this.lastSeen,
    };
  }
}

/** Adds to a row of a bounded table; rows that find no place go to `overflow`. */
function count(
  rows: Map<string, number>,
  row: string,
  n: number,
  limit: number,
  overflow: string,
): void {
  const key = rows.has(row) || rows.size < limit ? row : overflow;
  rows.set(key, (rows.get(key) ?? 0) + n);
}
