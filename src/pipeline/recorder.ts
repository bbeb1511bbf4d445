// Receives transactions from the analysers, counts them in the hosts store, and makes events of them.

import { Flag } from "../flow/flow_record.ts";
import type { Flows } from "../flow/flows.ts";
import type { Network } from "../geo/network_facts.ts";
import type { Domains } from "../hosts/domains.ts";
import { type NameSource, SOURCE_INDEX } from "../hosts/fields.ts";
import type { Host } from "../hosts/host.ts";
import type { HostRoutes } from "../hosts/host_routes.ts";
import type { Hosts } from "../hosts/hosts.ts";
import type { Watch } from "../hosts/watch.ts";
import {
  dnsEvent,
  type Endpoints,
  httpEvent,
  type Named,
  quicEvent,
  tlsEvent,
  type Told,
} from "../outputs/events.ts";
import {
  CLIENT,
  type Conversation,
  type DecryptionOutcome,
  SERVER,
  type Sink,
  type SourceName,
} from "../protocols/analyser.ts";
import type { Holder, MemoryLedger } from "../memory_ledger.ts";
import { cutNames } from "../protocols/name.ts";
import { isKnownCode, isKnownType } from "../protocols/dns/names.ts";
import type {
  DnsQuery,
  HttpExchange,
  QuicHandshake,
  TlsHandshake,
} from "../protocols/transactions.ts";
import { LearnedNames, nameOf, sourceOf } from "./connection_names.ts";
import { LabelledCounts } from "./labelled_counts.ts";
import type { Naming } from "./naming.ts";
import type { ClientCounts } from "./client_counts.ts";
import type { ProcessCounts } from "./process_counts.ts";

const withoutQuery = (target: string): string => target.replace(/\?.*/s, "");

const MICROSECONDS = 1e6;

/** The host of a connection, kept with it so that its next request needs no look-up. */
interface KnownHost {
  /** What the connection says; "" for nothing. */
  readonly name: string;
  readonly host: Host;
  readonly named: Named;
  /** Of the server. */
  readonly address: string;
  /** Where the host counts hits of that address, as long as its counters were cleared so often. */
  hits: number[];
  clearings: number;
}

export class Recorder implements Sink {
  /** Bounded: only types and response codes that have names are kept apart. */
  readonly dnsQueries = new LabelledCounts("type", "rcode");
  readonly malformedMessages = new LabelledCounts("layer", "reason");
  /** Streams that could be parsed again after a gap. */
  resynchronisedStreams = 0;
  readonly unnamedHellos = new LabelledCounts("protocol", "version");
  /** What became of sessions that were to be decrypted. */
  readonly decryptions = new LabelledCounts("outcome");
  readonly nameSources = new LabelledCounts("name_source");
  readonly #hosts: Hosts;
  readonly #routes: HostRoutes;
  protected readonly ledger: MemoryLedger;
  readonly #event: ((line: string) => void) | null;
  readonly #watch: Watch | null;
  readonly #showsQueries: boolean;
  readonly #namesByDns: boolean;
  readonly names = new LearnedNames();
  /** How many of the names that were cut are counted as malformed already. */
  #cutNames = cutNames();
  #flows: Flows | null = null;
  /** Null without --process. */
  readonly #processes: ProcessCounts | null;
  /** Null without --clients. */
  readonly #clients: ClientCounts | null;
  /** Null if hosts are counted under their own names. */
  naming: Naming | null = null;
  /** Null if events do not tell the main domain. */
  domainOf: Domains["registrableDomain"] | null = null;
  /** Null if events do not tell networks. */
  networkOf: ((ip: string) => Network) | null = null;

  /**
   * `event` receives one line of NDJSON; null if no events are wanted. `watch`: null without history.
   * `showsQueries`: whether the query strings of decrypted requests are shown. `namesByDns`: whether DNS
   * names connections that say no name. `processes`: null without --process; `clients` without
   * --clients.
   */
  constructor(
    hosts: Hosts,
    routes: HostRoutes,
    ledger: MemoryLedger,
    event: ((line: string) => void) | null,
    watch: Watch | null,
    showsQueries: boolean,
    namesByDns: boolean,
    processes: ProcessCounts | null = null,
    clients: ClientCounts | null = null,
  ) {
    this.#hosts = hosts;
    this.#routes = routes;
    this.ledger = ledger;
    this.#event = event;
    this.#watch = watch;
    this.#showsQueries = showsQueries;
    this.#namesByDns = namesByDns;
    this.#processes = processes;
    this.#clients = clients;
  }

  /** Counts what has waited for long enough, see PatientRecorder. */
  settle(): void {}

  /** Whether something has not been counted yet. */
  get isWaiting(): boolean {
    return false;
  }

  get targets(): boolean {
    return !this.#hidesAddresses &&
      (this.detail || this.#watch !== null || this.#routes.areCounted);
  }

  get detail(): boolean {
    return this.#event !== null;
  }

  /** Sets the flows, which need a recorder when they are made. */
  follow(flows: Flows): void {
    this.#flows = flows;
    this.#processes?.follow(flows);
    this.#clients?.follow(flows);
  }

  hit(on: Conversation, source: SourceName, name: string, isOuter = false): void {
    for (; this.#cutNames < cutNames(); this.#cutNames++) this.malformed(source, "name");
    // The packets of a DNS query go to the resolver, not to the host that is asked for.
    if (source === "dns") return this.#count(on, source, this.#host(on, name));
    const known = this.#knownHost(on, name, sourceOf(source, isOuter));
    const { host } = known;
    this.#count(on, source, host);
    if (known.clearings !== host.clearings) {
      known.hits = host.addressHits(known.address);
      known.clearings = host.clearings;
    }
    known.hits[SOURCE_INDEX[source]]!++;
    this.#assign(on.flow, host, known.named.by);
  }

  #count(on: Conversation, source: SourceName, host: Host): void {
    host.hit(source, on.time);
    this.#processes?.hit(on.flow, on.time, host, source);
    this.#clients?.hit(on.flow, host, source);
  }

  /** The host of a connection, usually the same as for its last request. */
  #knownHost(on: Conversation, name: string, by: NameSource): KnownHost {
    const known = this.#attached(on, name);
    if (known !== null && known.host.live === known.host) return known;
    const flows = this.#flows!;
    const named = nameOf(this.#flows!, on.flow, name, by);
    const host = this.#counted(named.shown);
    const address = this.#hidesAddresses ? "" : flows.address(on.flow, SERVER);
    const hits = host.addressHits(address);
    const found = { name, host, named, address, hits, clearings: host.clearings };
    on.attachment = found;
    if (!this.#hidesAddresses) this.#watch?.client(host, flows.address(on.flow, CLIENT));
    return found;
  }

  /** The host that the connection had last, if it says the same name now. */
  #attached(on: Conversation, name: string): KnownHost | null {
    const known = on.attachment as KnownHost | null;
    return known?.name === name ? known : null;
  }

  /**
   * Charges a connection to `host`. One that is known by its address only has to wait, see `unnamed`: a
   * name may still come.
   */
  #assign(flow: number, host: Host, by: NameSource): void {
    const flows = this.#flows!;
    if (by === "address") flows.table.set(flow, Flag.READ);
    else if (flows.assign(flow, host)) this.#first(flow, host, by);
  }

  /** Counts a connection that has got its first host. */
  #first(flow: number, host: Host, by: NameSource): void {
    const { table } = this.#flows!;
    host.named(this.#flows!.transport(flow), by);
    if (!table.has(flow, Flag.UNNAMED)) this.nameSources.add(by);
    const connect = table.connectTime(flow);
    if (connect > 0) host.observe("connect", connect / MICROSECONDS);
  }

  unnamed(on: Conversation): void {
    const { flow } = on;
    const { table } = this.#flows!;
    const { shown, by } = nameOf(this.#flows!, flow, "", "address");
    if (by === "dns" || table.has(flow, Flag.READ)) {
      const host = this.#counted(shown);
      host.seen(on.time);
      if (this.#flows!.assign(flow, host)) this.#first(flow, host, by);
    } else if (!table.has(flow, Flag.UNNAMED)) {
      table.set(flow, Flag.UNNAMED);
      this.nameSources.add(by);
    }
  }

  http(on: Conversation, exchange: HttpExchange): void {
    // Clients trust TLS with what they would not write elsewhere.
    // HTTP/3 has no other.
    const tls = exchange.version === "3" ? "1.3" : on.tls;
    if (tls !== "" && !this.#showsQueries) exchange.target = withoutQuery(exchange.target);
    const { host, named } = this.#transactionOf(on, exchange.host, "host");
    host.http(exchange);
    if (tls !== "") host.decrypted++;
    if (this.#routes.areCounted && !this.#hidesAddresses) this.#routes.count(host, exchange);
    const told = this.#toldOf(exchange, named);
    if (told === null) return;
    this.#watch?.http(host, exchange);
    if (this.detail) {
      this.#tell(on, httpEvent(exchange, this.#endpoints(on), this.#whole(on, told), tls));
    }
  }

  tls(on: Conversation, handshake: TlsHandshake): void {
    const { host, named } = this.#transactionOf(on, handshake.host, sourceOf("tls", handshake.ech));
    host.tls(handshake);
    const told = this.#toldOf(handshake, named);
    if (told === null) return;
    this.#watch?.transactions(host).tls(handshake);
    if (this.detail) {
      this.#tell(on, tlsEvent(handshake, this.#endpoints(on), this.#whole(on, told)));
    }
  }

  quic(on: Conversation, handshake: QuicHandshake): void {
    const { host, named } = this.#transactionOf(
      on,
      handshake.host,
      sourceOf("quic", handshake.ech),
    );
    host.quic(handshake);
    // Usually a connection has one handshake, but may last long: its host need not be kept.
    on.attachment = null;
    const told = this.#toldOf(handshake, named);
    if (told === null) return;
    this.#watch?.transactions(host).quic(handshake);
    if (this.detail) {
      this.#tell(on, quicEvent(handshake, this.#endpoints(on), this.#whole(on, told)));
    }
  }

  /** Where a transaction counts whose hit was told before: usually at the host that the connection has. */
  #transactionOf(
    on: Conversation,
    name: string,
    by: NameSource,
  ): Pick<KnownHost, "host" | "named"> {
    const known = this.#attached(on, name);
    if (known !== null && known.host.live === known.host) {
      known.host.seen(on.time);
      return known;
    }
    const named = known?.named ?? nameOf(this.#flows!, on.flow, name, by);
    // The host may be new again: it may have been folded since its hit.
    const host = known?.host.live ?? this.#counted(named.shown);
    host.seen(on.time);
    return { host, named };
  }

  dns(on: Conversation, query: DnsQuery): void {
    const host = query.rcode === "" ? this.#asked(on, query.host) : this.#host(on, query.host);
    if (this.#namesByDns) this.names.learn(this.#flows!, on.flow, query);
    this.#clients?.heard(query);
    const told = this.#toldOf(query, { shown: query.host, by: "host" });
    host.dns(query);
    this.dnsQueries.add(
      isKnownType(query.type) ? query.type : "other",
      isKnownCode(query.rcode) ? query.rcode : "other",
    );
    if (told === null) return;
    this.#watch?.transactions(host).dns(query);
    if (this.detail) this.#tell(on, dnsEvent(query, this.#endpoints(on), this.#whole(on, told)));
  }

  reset(): void {
    this.dnsQueries.clear();
    this.malformedMessages.clear();
    this.resynchronisedStreams = 0;
    this.unnamedHellos.clear();
    this.decryptions.clear();
    this.nameSources.clear();
  }

  unnamedHello(protocol: string, version: string): void {
    this.unnamedHellos.add(protocol, version);
  }

  decrypted(outcome: DecryptionOutcome): void {
    this.decryptions.add(outcome);
  }

  resynchronised(): void {
    this.resynchronisedStreams++;
  }

  evicted(what: Holder): void {
    this.ledger.countEvicted(what, "full");
  }

  malformed(layer: string, reason: string): void {
    this.malformedMessages.add(layer, reason);
  }

  get #hidesAddresses(): boolean {
    return this.naming !== null && this.naming.hidesAddresses;
  }

  /** The host of that name, or of the server's address if the name is empty. */
  #host(on: Conversation, name: string): Host {
    const host = this.#counted(name === "" ? this.#flows!.address(on.flow, SERVER) : name);
    // The host may be new again: it may have been folded since its hit.
    host.seen(on.time);
    return host;
  }

  /**
   * The host of a question that nobody has answered. If it was folded meanwhile, ~other has its hit:
   * to make it again would cost more than the question.
   */
  #asked(on: Conversation, name: string): Host {
    const shown = this.#shown(name === "" ? this.#flows!.address(on.flow, SERVER) : name);
    return (shown === null ? null : this.#hosts.kept(shown)) ?? this.#hosts.other;
  }

  /** The host that `name`, or an address, is counted under. */
  #counted(name: string): Host {
    const shown = this.#shown(name);
    return shown === null ? this.#hosts.other : this.#hosts.get(shown);
  }

  /** The name that `name` is counted under; null for none of its own. */
  #shown(name: string): string | null {
    return (this.naming === null ? name : this.naming.of(name)) || null;
  }

  /** How a transaction is named when it is told; null if it is not. Takes out of it what is not to be told. */
  #toldOf(
    transaction: HttpExchange | TlsHandshake | QuicHandshake | DnsQuery,
    named: Named,
  ): Named | null {
    const { naming } = this;
    if (naming === null) return named;
    // Without a name it is the server's address that may be excluded.
    const shown = naming.of(named.shown);
    if (shown === null || !naming.strip(transaction)) return null;
    return naming.hidesAddresses ? { ...named, shown } : named;
  }

  /** What events tell of a host, and of the network that the server is in. */
  #whole(on: Conversation, named: Named): Told {
    const domain = this.domainOf?.(named.shown) ?? null;
    const network = this.networkOf?.(this.#flows!.address(on.flow, SERVER)) ?? null;
    return { ...named, domain, network };
  }

  #tell(on: Conversation, line: string): void {
    const { flow, time } = on;
    this.#event!(this.#processes === null ? line : this.#processes.tell(line, flow, time));
  }

  #endpoints(on: Conversation): Endpoints {
    const flows = this.#flows!;
    const dport = flows.port(on.flow, SERVER);
    if (this.#hidesAddresses) return { src: null, sport: null, dst: null, dport };
    return {
      src: flows.address(on.flow, 0),
      sport: flows.port(on.flow, 0),
      dst: flows.address(on.flow, SERVER),
      dport,
    };
  }
}
