// One host, and everything that is counted of it.

import { associate } from "../associate.ts";
import { Account, type Transport } from "../flow/account.ts";
import { type SourceName, SOURCES } from "../protocols/analyser.ts";
import type {
  DnsQuery,
  HttpExchange,
  QuicHandshake,
  TlsHandshake,
} from "../protocols/transactions.ts";
import { sum } from "../sums.ts";
import { type Count, countOf, type CountRows, NO_ROWS } from "./count_rows.ts";
import { DEFAULT_SCALE, type DurationScale } from "./duration_scale.ts";
import { distributionOf } from "./duration_snapshot.ts";
import { Durations } from "./durations.ts";
import {
  HOST_NUMBERS,
  HOST_TABLES,
  HOST_VECTORS,
  NAME_SOURCES,
  type NameSource,
  NUMBER_NAMES,
  PHASE_INDEX,
  type PhaseName,
  PHASES,
  RULES,
  SOURCE_INDEX,
  TABLE_NAMES,
  type TableName,
  TRANSPORTS,
  VECTOR_NAMES,
} from "./fields.ts";
import { alpnLabel, codeLabel, grpcLabel, methodLabel, programLabel } from "./label_values.ts";
import type { CountedHost } from "./packed_hosts.ts";
import { RouteTable } from "./route_table.ts";
import type { Distribution } from "./snapshot.ts";

/** Addresses kept one by one; the rest are counted as OTHER_ADDRESS. */
const MAX_ADDRESSES = 8;
const OTHER_ADDRESS = "other";

const MICROSECONDS = 1e6;

/** Bytes of memory that a host takes by itself, for each address, and for each row of a table. */
const HOST_BYTES = 1000;
const ADDRESS_BYTES = 200;
const ROW_BYTES = 140;

/** Copied for each host. */
const NO_HITS: readonly number[] = SOURCES.map(() => 0);
const NO_TABLES = associate(TABLE_NAMES, () => NO_ROWS);
const NO_ADDRESSES = new Map<string, number[]>();

/** The keys of `namedConnections`. */
const CONNECTION_KEYS = TRANSPORTS.map((transport) =>
  associate(NAME_SOURCES, (source) => `${transport} ${source}`)
) as unknown as readonly [Record<NameSource, string>, Record<NameSource, string>];

export class Host extends Account implements CountedHost {
  readonly name: string;
  readonly #scale: DurationScale;
  readonly hits = NO_HITS.slice();
  /** The sum of `hits`, and of those that were more than a question to DNS. */
  totalHits = 0;
  contacts = 0;
  errors = 0;
  decrypted = 0;
  requestBodyBytes = 0;
  responseBodyBytes = 0;
  firstSeen = 0;
  lastSeen = 0;
  tables: Readonly<Record<TableName, CountRows>> = NO_TABLES;
  /** Hits by source for each address of a server; "" if none was seen. */
  addresses = NO_ADDRESSES;
  /** How often the tables began anew, for those who remember a part of them. */
  clearings = 0;
  readonly phases: (Durations | null)[] = PHASES.map(() => null);
  /** Null if none were counted. Charged by host_routes.ts. */
  routes: RouteTable | null = null;
  /**
   * The row of `requests` that was counted last, and its labels: usually the next request has the
   * same.
   */
  #lastRequests: Count = { count: 0 };
  #lastMethod = "";
  #lastStatus = -1;
  #lastVersion = "";

  constructor(name: string, scale = DEFAULT_SCALE) {
    super();
    this.name = name;
    this.#scale = scale;
  }

  /** Where to count: this host, or ~other after this host was folded into it. */
  get live(): Host {
    return this.target as Host;
  }

  get isConnected(): boolean {
    return sum(this.connectionsOpen) > 0;
  }

  /** Bytes of memory, as an estimate. */
  get held(): number {
    let held = HOST_BYTES + this.name.length + this.addresses.size * ADDRESS_BYTES;
    for (const name of TABLE_NAMES) held += this.tables[name].size * ROW_BYTES;
    for (const durations of this.phases) held += durations?.held ?? 0;
    return held;
  }

  hit(source: SourceName, time: number): void {
    this.hits[SOURCE_INDEX[source]]!++;
    this.totalHits++;
    if (source !== "dns") this.contacts++;
    this.seen(time);
  }

  /** Counts a hit by the address of the server; "" if none was seen. */
  hitAddress(source: SourceName, ip: string): void {
    this.addressHits(ip)[SOURCE_INDEX[source]]!++;
  }

  /** Counts a hit by the name of the program; "" if it is not known. */
  hitProgram(name: string): void {
    this.#row("programs", programLabel(name)).count++;
  }

  /** Microseconds since 1970; 0 means never. */
  seen(time: number): void {
    if (time > this.lastSeen) {
      // The first time stays, and need not be looked at.
      if (this.lastSeen === 0) this.firstSeen = time;
      this.lastSeen = time;
    } else if (time > 0 && time < this.firstSeen) this.firstSeen = time;
  }

  /** Counts a connection by what named it. */
  named(transport: Transport, source: NameSource): void {
    this.#row("namedConnections", CONNECTION_KEYS[transport][source]).count++;
  }

  http(exchange: HttpExchange): void {
    this.#request(exchange.method, exchange.status, exchange.version);
    if (exchange.grpcStatus !== null) this.#row("grpc", grpcLabel(exchange.grpcStatus)).count++;
    this.requestBodyBytes += exchange.requestBytes;
    this.responseBodyBytes += exchange.responseBytes;
    this.#timed("processing", exchange.requestTime, exchange.responseTime);
    this.#timed("transfer", exchange.responseTime, exchange.responseEnd);
  }

  tls({ version, alpn, helloTime, answerTime }: TlsHandshake): void {
    this.#row("handshakes", `${version} ${alpnLabel(alpn)}`).count++;
    this.#timed("tls", helloTime, answerTime);
  }

  quic({ quicVersion, alpn, helloTime, answerTime }: QuicHandshake): void {
    this.#row("quicHandshakes", `${quicVersion} ${alpnLabel(alpn)}`).count++;
    this.#timed("quic", helloTime, answerTime);
  }

  dns({ answers, queryTime, answerTime }: DnsQuery): void {
    this.hitAddress("dns", answers[0] ?? "");
    this.#timed("dns", queryTime, answerTime);
  }

  #request(method: string, status: number, version: string): void {
    if (status >= 400 && status < 600) this.errors++;
    if (
      status !== this.#lastStatus || method !== this.#lastMethod || version !== this.#lastVersion
    ) {
      const key = `${methodLabel(method)} ${codeLabel(status)} ${version}`;
      this.#lastRequests = this.#row("requests", key);
      this.#lastMethod = method;
      this.#lastStatus = status;
      this.#lastVersion = version;
    }
    this.#lastRequests.count++;
  }

  #row(name: TableName, key: string): Count {
    if (this.tables[name] === NO_ROWS) this.tables = { ...this.tables, [name]: new Map() };
    return countOf(this.tables[name], key, HOST_TABLES[name]);
  }

  /** Where hits of an address are counted, by source: until the next of `clearings`. */
  addressHits(ip: string): number[] {
    const known = this.addresses.get(ip);
    if (known !== undefined) return known;
    const isFull = this.addresses.size >= MAX_ADDRESSES;
    if (isFull && ip !== OTHER_ADDRESS) return this.addressHits(OTHER_ADDRESS);
    if (this.addresses === NO_ADDRESSES) this.addresses = new Map();
    const hits = NO_HITS.slice();
    this.addresses.set(ip, hits);
    return hits;
  }

  /** Counts a phase if both ends of it were seen (microseconds). */
  #timed(phase: PhaseName, from: number, to: number): void {
    if (from > 0 && to > 0) this.observe(phase, (to - from) / MICROSECONDS);
  }

  /** Adds how long a phase took, in seconds; 0 if the clock of the capture went back. */
  observe(phase: PhaseName, seconds: number): void {
    this.#durations(PHASE_INDEX[phase]).observe(Math.max(0, seconds));
  }

  #durations(phase: number): Durations {
    return this.phases[phase] ??= new Durations(this.#scale);
  }

  routeTable(): RouteTable {
    return this.routes ??= new RouteTable(this.#scale);
  }

  /** The distribution of each phase; null if nothing was timed. */
  distributions(): (Distribution | null)[] {
    return this.phases.map((durations) => durations && distributionOf(durations.snapshot()));
  }

  /** Takes over what `other` has counted, and what will be charged to it. */
  absorb(other: Host): void {
    for (const name of NUMBER_NAMES) {
      // Most are 0, which changes nothing.
      if (other[name] !== 0) this[name] = RULES[HOST_NUMBERS[name].rule](this[name], other[name]);
    }
    for (const name of VECTOR_NAMES) addTo(this[name], other[name]);
    this.totalHits += other.totalHits;
    this.contacts += other.contacts;
    if (other.tables !== NO_TABLES) this.#absorbTables(other.tables);
    for (const [ip, hits] of other.addresses) addTo(this.addressHits(ip), hits);
    for (let i = 0; i < other.phases.length; i++) {
      const durations = other.phases[i]!;
      if (durations !== null) this.#durations(i).absorb(durations);
    }
    if (other.routes !== null) this.routeTable().absorb(other.routes);
    // Open connections may keep a reference to a folded host for as long as they last.
    other.#clearRows();
    other.mergeInto(this);
  }

  #absorbTables(tables: Host["tables"]): void {
    for (const name of TABLE_NAMES) {
      if (tables[name] === NO_ROWS) continue;
      for (const [key, { count }] of tables[name]) this.#row(name, key).count += count;
    }
  }

  /** Sets all counters to 0; open connections stay open. */
  reset(): void {
    const { lastSeen } = this;
    for (const name of NUMBER_NAMES) this[name] = 0;
    for (const name of VECTOR_NAMES) {
      if (!HOST_VECTORS[name].isState) this[name].fill(0);
    }
    this.totalHits = this.contacts = 0;
    this.#clearRows();
    this.seen(lastSeen);
  }

  #clearRows(): void {
    this.clearings++;
    this.tables = NO_TABLES;
    this.#lastStatus = -1;
    this.addresses = NO_ADDRESSES;
    this.phases.fill(null);
    this.routes = null;
  }
}

/** Adds `numbers` to `totals`, one by one. */
function addTo(totals: number[], numbers: readonly number[]): void {
  for (let i = 0; i < totals.length; i++) totals[i]! += numbers[i]!;
}
