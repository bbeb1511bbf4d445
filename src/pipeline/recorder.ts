// Receives transactions from the analysers, counts them in the hosts store, and makes events of them.

import type { Flows } from "../flow/flows.ts";
import type { Host } from "../hosts/host.ts";
import type { Hosts } from "../hosts/hosts.ts";
import type { Watch } from "../hosts/watch.ts";
import { dnsEvent, type Endpoints, httpEvent, quicEvent, tlsEvent } from "../outputs/events.ts";
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
import { LabelledCounts } from "./labelled_counts.ts";
import type { Naming } from "./naming.ts";

const withoutQuery = (target: string): string => target.replace(/\?.*/s, "");

const MICROSECONDS = 1e6;

/** The host of a connection, kept with it so that its next request needs no look-up. */
interface KnownHost {
  readonly name: string;
  readonly host: Host;
  /** Of the server. */
  readonly address: string;
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
  readonly #hosts: Hosts;
  readonly #ledger: MemoryLedger;
  readonly #event: ((line: string) => void) | null;
  readonly #watch: Watch | null;
  readonly #showsQueries: boolean;
  /** How many of the names that were cut are counted as malformed already. */
  #cutNames = cutNames();
  #flows: Flows | null = null;
  /** Null if hosts are counted under their own names. */
  naming: Naming | null = null;

  /**
   * `event` receives one line of NDJSON; null if no events are wanted. `watch`: null without history.
   * `showsQueries`: whether the query strings of decrypted requests are shown.
   */
  constructor(
    hosts: Hosts,
    ledger: MemoryLedger,
    event: ((line: string) => void) | null,
    watch: Watch | null,
    showsQueries: boolean,
  ) {
    this.#hosts = hosts;
    this.#ledger = ledger;
    this.#event = event;
    this.#watch = watch;
    this.#showsQueries = showsQueries;
  }

  get targets(): boolean {
    return !this.#hidesAddresses && (this.detail || this.#watch !== null);
  }

  get detail(): boolean {
    return this.#event !== null;
  }

  /** Sets the flows, which need a recorder when they are made. */
  follow(flows: Flows): void {
    this.#flows = flows;
  }

  hit(on: Conversation, source: SourceName, name: string): void {
    for (; this.#cutNames < cutNames(); this.#cutNames++) this.malformed(source, "name");
    // The packets of a DNS query go to the resolver, not to the host that is asked for.
    if (source === "dns") return this.#host(on, name).hit(source, on.time);
    const { host, address } = this.#knownHost(on, name);
    host.hit(source, on.time);
    host.hitAddress(source, address);
  }

  /** The host of a connection, usually the same as for its last request. */
  #knownHost(on: Conversation, name: string): KnownHost {
    const known = on.attachment as KnownHost | null;
    if (known !== null && known.name === name && known.host.live === known.host) return known;
    const flows = this.#flows!;
    const address = flows.address(on.flow, SERVER);
    const host = this.#named(name === "" ? address : name);
    const found = { name, host, address: this.#hidesAddresses ? "" : address };
    on.attachment = found;
    if (!this.#hidesAddresses) this.#watch?.client(host, flows.address(on.flow, CLIENT));
    const connect = flows.assign(on.flow, host);
    if (connect > 0) host.observe("connect", connect / MICROSECONDS);
    return found;
  }

  http(on: Conversation, exchange: HttpExchange): void {
    // Clients trust TLS with what they would not write elsewhere.
    // HTTP/3 has no other.
    const tls = exchange.version === "3" ? "1.3" : on.tls;
    if (tls !== "" && !this.#showsQueries) exchange.target = withoutQuery(exchange.target);
    const known = on.attachment as KnownHost | null;
    const host = known?.name === exchange.host ? known.host.live : this.#host(on, exchange.host);
    host.http(exchange);
    if (tls !== "") host.decrypted++;
    if (!this.#isTold(on, exchange)) return;
    this.#watch?.http(host, exchange);
    this.#event?.(httpEvent(exchange, this.#endpoints(on), tls));
  }

  tls(on: Conversation, handshake: TlsHandshake): void {
    const host = this.#host(on, handshake.host);
    host.tls(handshake);
    if (!this.#isTold(on, handshake)) return;
    this.#watch?.transactions(host).tls(handshake);
    this.#event?.(tlsEvent(handshake, this.#endpoints(on)));
  }

  quic(on: Conversation, handshake: QuicHandshake): void {
    const host = this.#host(on, handshake.host);
    host.quic(handshake);
    // Usually a connection has one handshake, but may last long: its host need not be kept.
    on.attachment = null;
    if (!this.#isTold(on, handshake)) return;
    this.#watch?.transactions(host).quic(handshake);
    this.#event?.(quicEvent(handshake, this.#endpoints(on)));
  }

  dns(on: Conversation, query: DnsQuery): void {
    const host = this.#host(on, query.host);
    const isTold = this.#isTold(on, query);
    host.dns(query);
    this.dnsQueries.add(
      isKnownType(query.type) ? query.type : "other",
      isKnownCode(query.rcode) ? query.rcode : "other",
    );
    if (!isTold) return;
    this.#watch?.transactions(host).dns(query);
    this.#event?.(dnsEvent(query, this.#endpoints(on)));
  }

  reset(): void {
    this.dnsQueries.clear();
    this.malformedMessages.clear();
    this.resynchronisedStreams = 0;
    this.unnamedHellos.clear();
    this.decryptions.clear();
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
    this.#ledger.countEvicted(what, "full");
  }

  malformed(layer: string, reason: string): void {
    this.malformedMessages.add(layer, reason);
  }

  get #hidesAddresses(): boolean {
    return this.naming !== null && this.naming.hidesAddresses;
  }

  /** The host of that name, or of the server's address if the name is empty. */
  #host(on: Conversation, name: string): Host {
    const host = this.#named(name === "" ? this.#flows!.address(on.flow, SERVER) : name);
    // The host may be new again: it may have been folded since its hit.
    host.seen(on.time);
    return host;
  }

  /** The host that `name`, or an address, is counted under. */
  #named(name: string): Host {
    const shown = this.naming === null ? name : this.naming.of(name);
    return shown === null || shown === "" ? this.#hosts.other : this.#hosts.get(shown);
  }

  /** Whether a transaction is told at all. Takes out of it what is not to be told. */
  #isTold(on: Conversation, transaction: HttpExchange | TlsHandshake | QuicHandshake | DnsQuery) {
    const { naming } = this;
    if (naming === null) return true;
    // Without a name it is the server's address that may be excluded.
    const isNamed = transaction.host !== "";
    if (!isNamed && naming.of(this.#flows!.address(on.flow, SERVER)) === null) return false;
    return naming.strip(transaction);
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
