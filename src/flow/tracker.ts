// From decoded packets to flows: what the pipeline feeds. Ends flows that are idle for too long.

import { decodeFrom } from "../decode/decode.ts";
import { fail, Failure, INNER_LAYER, Layer, type Packet } from "../decode/packet.ts";
import { hasSubframe, subframe } from "../decode/wlan.ts";
import { KeyStore } from "../keylog/key_store.ts";
import type { MemoryLedger } from "../memory_ledger.ts";
import type { Sink } from "../protocols/analyser.ts";
import { merges } from "./account.ts";
import { Flag } from "./flow_record.ts";
import type { FlowTable } from "./flow_table.ts";
import { Flows } from "./flows.ts";
import { Fragments } from "./fragments.ts";
import { FrameFragments } from "./frame_fragments.ts";
import { randomSeed } from "./hashing.ts";
import { Streams } from "./streams.ts";
import { Tcp } from "./tcp.ts";
import { Udp } from "./udp.ts";

/** How long a flow may be idle, in microseconds of packet time. */
const TCP_TIMEOUT = 300_000_000;
/** If one side has sent its FIN, or the SYN had no answer. */
const HALF_OPEN_TIMEOUT = 60_000_000;
const UDP_TIMEOUT = 60_000_000;
const RESET_TIMEOUT = 2_000_000;
/** An ended flow stays for this long, so that retransmissions find it. */
const ENDED_TIMEOUT = 5_000_000;

/** So much shorter are all these times while memory is short. */
const IMPATIENCE = 1 / 10;

/** Within this time each record is looked at once, microseconds. */
const SWEEP_TIME = 10_000_000;
/** Records that are looked at in any case: few, as they are after each batch of packets. */
const MIN_SWEPT = 16;

/** How deep fragments and aggregates may be nested. */
const MAX_DEPTH = 4;

export class Tracker {
  readonly flows: Flows;
  readonly #tcp: Tcp;
  readonly #udp: Udp;
  #swept = 0;
  /** Of how many records the account may have been merged, and how many merges were seen. */
  #unfollowed = 0;
  #merges = 0;
  readonly #fragments: Fragments;
  readonly #frameFragments: FrameFragments;
  readonly #ledger: MemoryLedger;
  readonly #seed: number;

  /** Continues the counters of `before`, but none of its flows. */
  constructor(
    sink: Sink,
    ledger: MemoryLedger,
    before: Tracker | null = null,
    keys = before?.flows.keys ?? new KeyStore(ledger),
    seed = before === null ? randomSeed() : before.#seed,
  ) {
    this.#ledger = ledger;
    this.#seed = seed;
    this.flows = new Flows(sink, ledger, keys, seed);
    this.#fragments = new Fragments(ledger, seed);
    this.#frameFragments = new FrameFragments(ledger);
    if (before !== null) this.#countFrom(before);
    this.#tcp = new Tcp(this.flows, new Streams(this.flows));
    this.#udp = new Udp(this.flows);
  }

  /** Packets and frames of which a fragment is missing, or whose fragments contradict each other. */
  get lostFragments(): number {
    return this.#fragments.lost + this.#frameFragments.lost;
  }

  #countFrom({ flows, lostFragments }: Tracker): void {
    this.#fragments.lost = lostFragments;
    this.flows.gaps = flows.gaps;
    this.flows.gapsPassed = flows.gapsPassed;
    this.flows.copies.count = flows.copies.count;
    Object.assign(this.flows.evicted, flows.evicted);
  }

  resetCounters(): void {
    this.flows.resetCounters();
    this.#fragments.lost = this.#frameFragments.lost = 0;
  }

  /**
   * Takes a decoded packet. Returns its last layer, which differs from `layer` if it was joined from
   * fragments, or is found to be encrypted. `depth` counts fragments and aggregates around the packet.
   */
  packet(layer: Layer, packet: Packet, depth = 0): Layer {
    let last = layer;
    if (layer === Layer.TCP) this.#tcp.packet(packet);
    else if (layer === Layer.UDP) last = this.#udp.packet(packet);
    else if (layer >= Layer.FRAGMENT && layer <= Layer.AGGREGATE) {
      last = depth < MAX_DEPTH
        ? this.#parts(layer, packet, depth + 1)
        : fail(packet, layer, Failure.UNSUPPORTED);
    }
    if (this.#ledger.isOver) this.flows.relieve(packet.time);
    return last;
  }

  #parts(layer: Layer, packet: Packet, depth: number): Layer {
    switch (layer) {
      case Layer.FRAGMENT:
        if (!this.#fragments.add(packet)) return layer;
        return this.packet(decodeFrom(joinedLayer(packet), packet), packet, depth);
      case Layer.WLAN_FRAGMENT: {
        const whole = packet.next as Layer;
        if (!this.#frameFragments.addWlan(packet)) return layer;
        return this.packet(decodeFrom(whole, packet), packet, depth);
      }
      case Layer.PPP_FRAGMENT:
        if (!this.#frameFragments.addPpp(packet)) return layer;
        return this.packet(decodeFrom(Layer.PPP, packet), packet, depth);
      default:
        return this.#aggregate(packet, depth);
    }
  }

  /** Takes each frame of an aggregate. The last one is charged for the headers of them all. */
  #aggregate(packet: Packet, depth: number): Layer {
    const { bytes, end, wireEnd, isCut } = packet;
    let uncharged = packet.wireLength;
    let result: Layer = Layer.OTHER;
    for (let at = packet.at; hasSubframe(bytes, at, end);) {
      packet.bytes = bytes;
      packet.at = at;
      packet.end = end;
      packet.wireEnd = wireEnd;
      packet.isCut = isCut;
      const next = subframe(packet);
      packet.wireLength = hasSubframe(bytes, next, end) ? next - at : uncharged;
      uncharged -= packet.wireLength;
      const layer = this.packet(decodeFrom(Layer.WLAN_BODY, packet), packet, depth);
      if (layer === Layer.FAILED) result = layer;
      at = next;
    }
    return result;
  }

  /**
   * Ends flows that are idle at `now` (packet time). Each call looks at the next part of the
   * records, at `least` so many of them, so that all had their turn within SWEEP_TIME. If few of
   * many flows are left, their table gets smaller: returns how many records it had; else 0.
   */
  expire(now: number, least = MIN_SWEPT): number {
    const { table } = this.flows;
    const due = Math.ceil(table.used * (now - this.#swept) / SWEEP_TIME);
    const records = Math.min(Math.max(due, least), table.used);
    this.#swept = now;
    const patience = this.#ledger.isTight ? IMPATIENCE : 1;
    if (merges !== this.#merges) {
      this.#merges = merges;
      this.#unfollowed = table.used;
    }
    for (let i = 0; i < records; i++) {
      const flow = table.nextRecord();
      if (!table.isLive(flow)) continue;
      if (i < this.#unfollowed) this.flows.followAccount(flow);
      this.flows.nameIfDue(flow, now);
      if (now - table.lastTime(flow) > timeoutOf(table, flow) * patience) this.#expire(flow);
    }
    this.#unfollowed = Math.max(0, this.#unfollowed - records);
    return table.shrinkIfSparse();
  }

  /** The clock of the packets was set forward by so many microseconds, or back, if below 0. */
  clockWasSet(by: number): void {
    this.#swept += by;
    this.flows.table.moveTimes(by);
  }

  #expire(flow: number): void {
    const { flows } = this;
    this.#tcp.giveUpHoles(flow);
    if (flows.table.has(flow, Flag.RESET)) flows.close(flow);
    else flows.evict(flow, "idle");
  }

  /** The capture is over: reports everything that is open. */
  finish(): void {
    const { table } = this.flows;
    for (let flow = 0; flow < table.used; flow++) {
      if (!table.isLive(flow)) continue;
      this.#tcp.giveUpHoles(flow);
      this.flows.leave(flow);
    }
    this.flows.clear();
    this.#fragments.clear();
    this.#frameFragments.clear();
  }
}

/** What is joined from fragments of IP, or of a tunnel. */
const joinedLayer = ({ next }: Packet): Layer =>
  next < INNER_LAYER ? Layer.IP_PAYLOAD : next - INNER_LAYER as Layer;

function timeoutOf(table: FlowTable, flow: number): number {
  if (table.has(flow, Flag.ENDED)) return ENDED_TIMEOUT;
  if (table.isUdp(flow)) return UDP_TIMEOUT;
  if (table.has(flow, Flag.RESET)) return RESET_TIMEOUT;
  const isHalfOpen = table.has(flow, Flag.FIN | Flag.FIN << 1) ||
    !table.has(flow, Flag.SEQUENCE) || !table.has(flow, Flag.SEQUENCE << 1);
  return isHalfOpen ? HALF_OPEN_TIMEOUT : TCP_TIMEOUT;
}
