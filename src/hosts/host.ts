// Everything counted of one host. What comes from the wire and becomes a label is bounded here.

import { Account } from "../flow/account.ts";
import { printable } from "../text.ts";
import { Durations } from "./durations.ts";
import { type CountedHost, HostPacker } from "./packed_hosts.ts";
import { HostReader } from "./read_hosts.ts";
import {
  type Distribution,
  type HostSnapshot,
  OTHER_HOST,
  type PhaseName,
  PHASES,
  type SourceName,
} from "./snapshot.ts";

/** Distinct (method, code, version) of a host; all beyond are counted as one. */
const MAX_REQUEST_ROWS = 100;
const MAX_HANDSHAKE_ROWS = 40;
/** gRPC's status codes are 0 to 16 (https://grpc.io/docs/guides/status-codes/). */
const MAX_GRPC_STATUS = 16;
/** Addresses kept one by one. */
const MAX_ADDRESSES = 8;
const OTHER_ADDRESS = "other";
/** No name in the DNS is longer (RFC 1035, section 2.3.4); what is cut ends in an ellipsis. */
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

/** Hits, indexed as SOURCES. */
export type Counts = [number, number, number, number];

const PHASE_INDEX: Readonly<Record<PhaseName, number>> = {
  connect: 0,
  tls: 1,
  quic: 2,
  processing: 3,
  transfer: 4,
  dns: 5,
};

/** One row of a bounded table. */
interface Row {
  count: number;
}

/** Most hosts use few of their tables, and in a flood of names they come and go: this stands for all. */
const NOTHING = new Map<never, never>();
const UNUSED: Row = { count: 0 };

/** A table that may be written to. */
const own = <Value>(table: Map<string, Value>): Map<string, Value> =>
  table === NOTHING ? new Map() : table;

/** What is asked for again and again, without a search. */
export const SOURCE_INDEX: Readonly<Record<SourceName, number>> = {
  http: 0,
  tls: 1,
  quic: 2,
  dns: 3,
};

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
  #requests: Map<string, Row> = NOTHING;
  #handshakes: Map<string, Row> = NOTHING;
  #quicHandshakes: Map<string, Row> = NOTHING;
  /** The row that was counted last, and for what: mostly the next is for the same. */
  #lastRow: Row = UNUSED;
  #lastMethod = "";
  #lastStatus = -1;
  #lastVersion = "";
  #grpc: Map<string, number> = NOTHING;
  #addresses: Map<string, Counts> = NOTHING;
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
    this.hits[SOURCE_INDEX[source]]!++;
    this.seen(time);
  }

  /** `time` 0 means never. */
  seen(time: number): void {
    if (time === 0) return;
    if (this.firstSeen === 0 || time < this.firstSeen) this.firstSeen = time;
    if (time > this.lastSeen) this.lastSeen = time;
  }

  get totalHits(): number {
    return this.hits[0] + this.hits[1] + this.hits[2] + this.hits[3];
  }

  /** `status` 0 means that no answer was seen. */
  request(method: string, status: number, version: string): void {
    if (status >= 400 && status < 600) this.errors++;
    if (
      status !== this.#lastStatus || method !== this.#lastMethod || version !== this.#lastVersion
    ) {
      this.#lastRow = this.#requestRow(method, status, version);
      this.#lastMethod = method;
      this.#lastStatus = status;
      this.#lastVersion = version;
    }
    this.#lastRow.count++;
  }

  #requestRow(method: string, status: number, version: string): Row {
    const code = status === 0 ? "" : status >= 100 && status < 600 ? String(status) : "invalid";
    const key = `${METHODS.has(method) ? method : "other"} ${code} ${version}`;
    this.#requests = own(this.#requests);
    return rowOf(this.#requests, key, MAX_REQUEST_ROWS, `other invalid ${version}`);
  }

  /** The status that a gRPC server sends behind its answer, as text. */
  grpc(status: string): void {
    const isKnown = /^\d{1,2}$/.test(status) && Number(status) <= MAX_GRPC_STATUS;
    const row = isKnown ? String(Number(status)) : "other";
    this.#grpc = own(this.#grpc).set(row, (this.#grpc.get(row) ?? 0) + 1);
  }

  handshake(version: string, alpn: string): void {
    this.#handshakes = own(this.#handshakes);
    handshakeRow(this.#handshakes, version, alpn).count++;
  }

  quicHandshake(version: string, alpn: string): void {
    this.#quicHandshakes = own(this.#quicHandshakes);
    handshakeRow(this.#quicHandshakes, version, alpn).count++;
  }

  /** Where hits to the address of a server are counted; "" where none was seen. */
  addressCounts(ip: string): Counts {
    const known = this.#addresses.get(ip);
    if (known !== undefined) return known;
    const isFull = this.#addresses.size >= MAX_ADDRESSES;
    if (isFull && ip !== OTHER_ADDRESS) return this.addressCounts(OTHER_ADDRESS);
    const counts: Counts = [0, 0, 0, 0];
    this.#addresses = own(this.#addresses).set(ip, counts);
    return counts;
  }

  /** Adds how long a phase took, in seconds. Clocks of captures may go back: that counts as nothing. */
  observe(phase: PhaseName, seconds: number): void {
    const i = PHASE_INDEX[phase];
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
    this.#requests = own(this.#requests);
    for (const [key, row] of other.#requests) {
      const version = key.slice(key.lastIndexOf(" ") + 1);
      rowOf(this.#requests, key, MAX_REQUEST_ROWS, `other invalid ${version}`).count += row.count;
    }
    this.#handshakes = own(this.#handshakes);
    absorbHandshakes(this.#handshakes, other.#handshakes);
    this.#quicHandshakes = own(this.#quicHandshakes);
    absorbHandshakes(this.#quicHandshakes, other.#quicHandshakes);
    this.#grpc = own(this.#grpc);
    for (const [row, n] of other.#grpc) this.#grpc.set(row, (this.#grpc.get(row) ?? 0) + n);
    for (const [ip, counts] of other.#addresses) {
      const own = this.addressCounts(ip);
      counts.forEach((n, i) => own[i]! += n);
    }
    other.#phases.forEach((durations, i) => {
      if (durations !== null) (this.#phases[i] ??= new Durations()).absorb(durations);
    });
    other.#release();
  }

  /** Open connections may hold on to a host that was folded, for as long as they last. */
  #release(): void {
    this.#requests = this.#handshakes = this.#quicHandshakes = NOTHING;
    this.#grpc = this.#addresses = NOTHING;
    this.#lastRow = UNUSED;
    this.#lastStatus = -1;
    this.#phases.fill(null);
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
    this.#lastStatus = -1;
    this.#handshakes.clear();
    this.#quicHandshakes.clear();
    this.#grpc.clear();
    // Open connections hold on to these.
    for (const counts of this.#addresses.values()) counts.fill(0);
    this.#phases.fill(null);
  }

  /** The durations of each phase, finely; null where nothing was timed. */
  distributions(): (Distribution | null)[] {
    return this.#phases.map((durations) => durations?.distribution() ?? null);
  }

  /** Everything counted, as it stands: nothing is copied. */
  counted(): CountedHost {
    return {
      name: this.name,
      hits: this.hits,
      errors: this.errors,
      requestBodyBytes: this.requestBodyBytes,
      responseBodyBytes: this.responseBodyBytes,
      bytesSent: this.sent,
      bytesReceived: this.received,
      connections: this.connections,
      connectionsOpen: this.connectionsOpen,
      firstSeen: this.firstSeen,
      lastSeen: this.lastSeen,
      requests: this.#requests,
      handshakes: this.#handshakes,
      quicHandshakes: this.#quicHandshakes,
      grpc: this.#grpc,
      addresses: this.#addresses,
      phases: this.#phases,
    };
  }

  /** A copy that stays as it is. */
  snapshot(): HostSnapshot {
    return hostSnapshots([this])[0]!;
  }
}

/** Copies of hosts that stay as they are. */
export function hostSnapshots(hosts: Iterable<Host>): HostSnapshot[] {
  return new HostReader().read(new HostPacker().pack(counted(hosts)));
}

/** As HostPacker takes them. */
export function* counted(hosts: Iterable<Host>): Iterable<CountedHost> {
  for (const host of hosts) yield host.counted();
}

/** A row of a bounded table, made where there is room; those that find none share `overflow`. */
function rowOf(rows: Map<string, Row>, key: string, limit: number, overflow: string): Row {
  const known = rows.get(key);
  if (known !== undefined) return known;
  if (rows.size >= limit && key !== overflow) return rowOf(rows, overflow, limit, overflow);
  const row = { count: 0 };
  rows.set(key, row);
  return row;
}

const handshakeRow = (rows: Map<string, Row>, version: string, alpn: string): Row =>
  rowOf(
    rows,
    `${version} ${ALPNS.has(alpn) ? alpn : "other"}`,
    MAX_HANDSHAKE_ROWS,
    "other other",
  );

function absorbHandshakes(rows: Map<string, Row>, others: Map<string, Row>): void {
  for (const [key, row] of others) {
    rowOf(rows, key, MAX_HANDSHAKE_ROWS, "other other").count += row.count;
  }
}
