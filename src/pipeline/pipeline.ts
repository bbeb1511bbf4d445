// From packets to counters: decodes batches, tracks flows, counts hosts, and makes snapshots.

import type { Batch, CaptureInterface, Drops } from "../capture/batch.ts";
import { decodePacket } from "../decode/decode.ts";
import { linkLayer } from "../decode/link_layers.ts";
import { linkTypeName } from "../decode/link_names.ts";
import { FAILURE_NAMES, Layer, LAYER_NAMES, Packet } from "../decode/packet.ts";
import { Tracker } from "../flow/tracker.ts";
import type { CaptureCounts } from "../hosts/capture_counters.ts";
import { scaleOf } from "../hosts/duration_scale.ts";
import { HostRoutes, SHOWN_ROUTES } from "../hosts/host_routes.ts";
import { Hosts } from "../hosts/hosts.ts";
import type { Network } from "../geo/network_facts.ts";
import type { Domains } from "../hosts/domains.ts";
import type { Inspection } from "../hosts/history.ts";
import type { RouteKeys } from "../hosts/merge_routes.ts";
import type { Snapshot } from "../hosts/snapshot.ts";
import { Watch } from "../hosts/watch.ts";
import { KeyStore } from "../keylog/key_store.ts";
import type { ConnectionOwners } from "../processes/connection_owners.ts";
import { HOLDERS, MemoryLedger } from "../memory_ledger.ts";
import { sum } from "../sums.ts";
import type { HeardAnswer } from "./answer_relay.ts";
import { ChargeTimes } from "./charge_times.ts";
import type { PackedSnapshot } from "./messages.ts";
import type { PipelineOptions } from "./pipeline_options.ts";
import type { Naming } from "./naming.ts";
import { ClientCounts } from "./client_counts.ts";
import { ProcessCounts } from "./process_counts.ts";
import type { SharedCounts } from "./shared_counts.ts";
import { PatientRecorder } from "./patient_recorder.ts";
import { Recorder } from "./recorder.ts";

type GivenOptions =
  & Partial<Omit<PipelineOptions, "memory">>
  & Pick<PipelineOptions, "maxHosts">;

/** The options of the capture, of which only some are used here, and what connects it with the worker. */
export interface PipelineSettings extends GivenOptions {
  /** What hashes begin with (flow/hashing.ts); random if not given. */
  readonly seed?: number | undefined;
  /** Bytes that may be kept of what the traffic brings; no limit if not given. */
  readonly memory?: number;
  /** Called when much of what was kept is garbage now: collects the heap. */
  readonly collect?: () => void;
  /** Called when it was so much that memory is to be released, also if that takes compiled code. */
  readonly release?: () => void;
  /** Receives one line of NDJSON for each transaction; null if no events are wanted. */
  readonly event: ((line: string) => void) | null;
  /** Whose connections are; null without --process. */
  readonly owners?: ConnectionOwners | null;
  /** Receives one line for the user. */
  readonly warn?: (message: string) => void;
  /** Gets every DNS answer that may name connections, for other workers; null if there are none. */
  readonly relay?: ((answer: HeardAnswer) => void) | null;
  /** Whether its snapshots will be merged with those of other workers; false by default. */
  readonly mergeable?: boolean;
}

/** A file may describe many interfaces: no more of them are warned of. */
const MAX_WARNINGS = 10;

/** When most of so many flows have ended, memory is released; of fewer, collecting the heap is enough. */
const MANY_FLOWS = 1 << 16;

const SECOND = 1_000_000;
const WARNING_INTERVAL = 60 * SECOND;

export class Pipeline {
  /** The secrets of sessions that are to be decrypted. */
  readonly keys: KeyStore;
  readonly #packet = new Packet();
  readonly #recorder: Recorder;
  readonly #processes: ProcessCounts | null;
  readonly #clients: ClientCounts | null;
  #tracker: Tracker;
  readonly #hosts: Hosts;
  readonly #ledger: MemoryLedger;
  readonly #watch: Watch | null;
  readonly #routes: HostRoutes;
  readonly #warn: ((message: string) => void) | undefined;
  readonly #collect: (() => void) | undefined;
  readonly #release: (() => void) | undefined;
  #time = 0;
  /** Of the last warning: how many there had been, and when it was. */
  #shortages = 0;
  #warnedOfShortage = -Infinity;
  readonly #chargeTimes = new ChargeTimes();
  /** Indexed by interface. */
  readonly #packets: number[] = [];
  readonly #bytes: number[] = [];
  /** Interfaces whose link type is not supported. */
  #unsupported = 0;
  /** Packets that could not be decoded, by layer and failure. */
  readonly #failures = new Float64Array(LAYER_NAMES.length * FAILURE_NAMES.length);

  constructor(settings: PipelineSettings) {
    const { maxHosts, mergeable, dnsOnlyHosts, buckets = null, routes = null } = settings;
    this.#hosts = new Hosts(maxHosts, {
      mergeable,
      dnsOnly: dnsOnlyHosts,
      routes: routes !== null,
      scale: scaleOf(buckets),
    });
    this.#warn = settings.warn;
    this.#collect = settings.collect;
    this.#release = settings.release;
    this.#watch = settings.watch ? new Watch(this.#hosts) : null;
    this.#ledger = new MemoryLedger(settings.memory ?? Infinity);
    this.#routes = new HostRoutes(routes ?? (settings.watch ? SHOWN_ROUTES : 0));
    this.#processes = settings.owners
      ? new ProcessCounts(settings.owners, settings.maxPairs ?? Infinity)
      : null;
    this.#clients = settings.clients
      ? new ClientCounts(settings.maxPairs ?? Infinity, this.#ledger)
      : null;
    const dnsNames = settings.dnsNames ?? true;
    this.#recorder = new (settings.relay && dnsNames ? PatientRecorder : Recorder)(
      this.#hosts,
      this.#routes,
      this.#ledger,
      settings.event,
      this.#watch,
      settings.targets ?? false,
      dnsNames,
      this.#processes,
      this.#clients,
    );
    this.#recorder.names.relay = settings.relay ?? null;
    this.keys = new KeyStore(this.#ledger);
    this.#tracker = new Tracker(this.#recorder, this.#ledger, null, this.keys, settings.seed);
    this.#recorder.follow(this.#tracker.flows);
  }

  /**
   * Counts hosts under other names than their own; `domainOf` gives the main domain of a name, for events.
   * To be called before packets come.
   */
  nameBy(naming: Naming | null, domainOf: Domains["registrableDomain"] | null = null): void {
    this.#recorder.naming = naming;
    this.#recorder.domainOf = domainOf;
  }

  /** Whether something is counted only when a moment is over. */
  get isWaiting(): boolean {
    return this.#recorder.isWaiting;
  }

  /** Takes an answer that another pipeline has relayed. */
  hear(answer: HeardAnswer): void {
    this.#tracker.flows.hearAnswer(answer);
  }

  /** Events tell the networks of servers, as `networkOf` gives them. */
  tellNetworks(networkOf: (ip: string) => Network): void {
    this.#recorder.networkOf = networkOf;
  }

  /** Counts the first `count` packets of `batch`. */
  feed(batch: Batch, interfaces: readonly CaptureInterface[], count = batch.count): void {
    while (this.#packets.length < interfaces.length) {
      this.#warnIfUnknown(interfaces[this.#packets.length]!);
      this.#packets.push(0);
      this.#bytes.push(0);
    }
    for (let from = 0; from < count;) {
      // The history has seconds: a batch is split where a new one begins.
      const part = this.#watch?.sameSecond(batch.time, from, count) ?? count;
      this.#watch?.advance(batch.time[from]!);
      const before = this.#watch === null ? 0 : sum(this.#bytes);
      this.#feedPart(batch, interfaces, from, from + part);
      this.#watch?.addBytes(batch.time[from]!, sum(this.#bytes) - before);
      from += part;
    }
    this.#chargeTimes.count(count);
    // One packet with a wrong time must not be taken for the end of all that is idle.
    if (count > 0) {
      const last = batch.time[count - 1]!;
      this.advance(last, Math.min(last, batch.time[Math.max(0, count - 2)]!));
    }
  }

  #feedPart(
    batch: Batch,
    interfaces: readonly CaptureInterface[],
    from: number,
    to: number,
  ): void {
    const packet = this.#packet;
    for (let i = from; i < to; i++) {
      const index = batch.interface[i]!;
      const length = batch.length[i]!;
      this.#packets[index]!++;
      this.#bytes[index]! += length;
      packet.time = batch.time[i]!;
      const layer = decodePacket(
        batch.bytes,
        batch.offset[i]!,
        batch.captured[i]!,
        length,
        interfaces[index]!.linkType,
        packet,
      );
      if (this.#tracker.packet(layer, packet) === Layer.FAILED) this.#failed();
    }
  }

  #warnIfUnknown({ name, linkType }: CaptureInterface): void {
    if (linkLayer(linkType) !== null || this.#unsupported++ >= MAX_WARNINGS) return;
    const type = linkTypeName(linkType);
    this.#warn?.(`${name}: link type ${type} is not supported: packets are counted, not decoded`);
  }

  #failed(): void {
    const { failedLayer, failure } = this.#packet;
    this.#failures[failedLayer * FAILURE_NAMES.length + failure]!++;
  }

  /**
   * The clock of the packets was set forward by so many microseconds, or back, if below 0: flows stay as
   * idle as they were.
   */
  clockWasSet(by: number): void {
    this.#time += by;
    this.#chargeTimes.clockWasSet(by);
    this.#tracker.clockWasSet(by);
  }

  /**
   * Sets the time (microseconds since 1970), also while no packets come, and expires flows that are idle
   * at `idleUntil`.
   */
  advance(time: number, idleUntil = time): void {
    if (time > this.#time) this.#time = time;
    this.#watch?.advance(time);
    this.#recorder.settle();
    this.#chargeHosts(time);
    this.#warnIfShort(time);
    // Not this.#time: a file may be older than the one before it.
    const records = this.#tracker.expire(idleUntil);
    if (records >= MANY_FLOWS) this.#release?.();
    else if (records > 0 || this.#ledger.takeGarbage()) this.#collect?.();
  }

  /** Says at most once a minute that memory is short. */
  #warnIfShort(time: number): void {
    if (!this.#ledger.isTight || Math.abs(time - this.#warnedOfShortage) < WARNING_INTERVAL) return;
    const { shortages } = this.#ledger;
    if (shortages <= this.#shortages) return;
    this.#warn?.(
      `Memory is short: ${shortages - this.#shortages} connections or hosts were given up ` +
        "(webstat_evicted_total); --memory allows more",
    );
    this.#shortages = shortages;
    this.#warnedOfShortage = time;
  }

  /** Charges the ledger for what hosts take, if it is time. */
  #chargeHosts(time: number): void {
    if (!this.#chargeTimes.isDue(time, this.#hosts.size)) return;
    this.#routes.charge(this.#ledger, this.#hosts);
    this.#hosts.charge(this.#ledger, (host) => this.#watch?.heldBy(host) ?? 0);
    for (const counts of this.#shared()) counts.pairs.charge(this.#ledger);
    this.#ledger.set("processes", this.#processes?.held ?? 0);
    this.#processes?.countLosses(this.#ledger);
  }

  /** Programs and clients, as far as they are counted. */
  #shared(): SharedCounts[] {
    return [this.#processes, this.#clients].filter((each) => each !== null);
  }

  /** Ends all open flows and transactions, after the last packet. */
  finish(): void {
    this.#tracker.finish();
  }

  /** Ends all open flows: the packets that follow are of a capture that is not connected. */
  separate(): void {
    const before = this.#tracker;
    before.finish();
    this.#tracker = new Tracker(this.#recorder, this.#ledger, before);
    this.#recorder.follow(this.#tracker.flows);
  }

  /** The history of a host; null if there is no host of that name. */
  inspect(host: string): Inspection | null {
    return this.#watch?.inspect(host) ?? null;
  }

  /** Folds these hosts into ~other, with everything counted for them; those named `kept` stay. */
  fold(hosts: ReadonlySet<string>, kept: ReadonlySet<string>): void {
    this.#hosts.foldAll(hosts);
    this.#hosts.keep(kept);
  }

  /** Counts these routes as `other`. */
  foldRoutes(routes: RouteKeys): void {
    this.#routes.fold(this.#hosts, routes);
  }

  /** Resets all counters. Open connections stay open. */
  reset(): void {
    for (const counts of this.#shared()) counts.reset();
    this.#hosts.reset();
    this.#recorder.reset();
    this.#routes.reset();
    this.#packets.fill(0);
    this.#bytes.fill(0);
    this.#failures.fill(0);
    this.#tracker.resetCounters();
    this.#ledger.resetCounters();
    this.#shortages = 0;
    this.#watch?.resetTraffic();
  }

  /** A snapshot as it is sent to another thread. `drops` is indexed as `interfaces`; empty if losses are unknown. */
  packed(
    interfaces: readonly CaptureInterface[],
    drops: readonly Drops[],
    eventsDropped: number,
  ): PackedSnapshot {
    this.#tracker.flows.settleAll();
    return {
      ...this.#counts(eventsDropped),
      time: this.#time,
      interfaces: interfaces.map(({ name }, i) => ({
        name,
        packets: this.#packets[i] ?? 0,
        bytes: this.#bytes[i] ?? 0,
        dropped: drops[i] ?? null,
      })),
      traffic: this.#watch?.traffic ?? null,
      hosts: this.#hosts.packed(),
      processes: this.#processes?.pairs.packed() ?? null,
      clients: this.#clients?.packed() ?? null,
      hostsKept: this.#hosts.size,
    };
  }

  #counts(eventsDropped: number): CaptureCounts {
    const { flows } = this.#tracker;
    return {
      decodeErrors: this.#decodeErrors(),
      dnsQueries: this.#recorder.dnsQueries.rows(),
      streamGaps: flows.gaps,
      streamGapOutcomes: this.#gapOutcomes(),
      connectionsByNameSource: this.#recorder.nameSources.rows(),
      unnamedHellos: this.#recorder.unnamedHellos.rows(),
      decryptions: this.#recorder.decryptions.rows(),
      repeatedPackets: flows.copies.count,
      flowsOpen: flows.active,
      memoryBytes: HOLDERS.map((what) => ({ what, count: this.#ledger.held(what) })),
      memoryLimit: this.#ledger.limit,
      evicted: this.#ledger.evicted,
      flowsEvicted: Object.entries(flows.evicted).map(([reason, count]) => ({ reason, count })),
      hostsFolded: this.#hosts.folded,
      routesFolded: this.#routes.areCounted ? this.#routes.folded : [],
      pairsFolded: this.#pairsFolded(),
      processesFound: this.#processes?.found.rows() ?? [],
      eventsDropped,
    };
  }

  #pairsFolded(): Snapshot["pairsFolded"] {
    return [["process", this.#processes] as const, ["client", this.#clients] as const]
      .flatMap(([kind, counts]) => counts === null ? [] : [{ kind, count: counts.pairs.folded }]);
  }

  #gapOutcomes(): Snapshot["streamGapOutcomes"] {
    const { gaps, gapsPassed } = this.#tracker.flows;
    return [
      { outcome: "passed", count: gapsPassed },
      { outcome: "lost", count: gaps - gapsPassed },
      { outcome: "resynchronised", count: this.#recorder.resynchronisedStreams },
    ];
  }

  #decodeErrors(): Snapshot["decodeErrors"] {
    const errors = this.#recorder.malformedMessages.rows();
    const { lostFragments } = this.#tracker;
    if (lostFragments > 0) {
      errors.push({ layer: "fragment", reason: "incomplete", count: lostFragments });
    }
    this.#failures.forEach((count, i) => {
      if (count === 0) return;
      const layer = LAYER_NAMES[Math.floor(i / FAILURE_NAMES.length)]!;
      const reason = FAILURE_NAMES[i % FAILURE_NAMES.length]!;
      errors.push({ layer, reason, count });
    });
    return errors;
  }
}
