// Packets to flows, and flows to their end: the one object that the pipeline feeds.

import { decodeFrom } from "../decode/decode.ts";
import { Layer, type Packet } from "../decode/packet.ts";
import type { Sink } from "../protocols/analyser.ts";
import { FLAGS, LAST_TIME, NUMBERS, WORDS } from "./flow_table.ts";
import { Flag, Flows } from "./flows.ts";
import { Fragments } from "./fragments.ts";
import { Streams } from "./streams.ts";
import { Tcp } from "./tcp.ts";
import { Udp } from "./udp.ts";

/** How long a flow may be silent, in microseconds of packet time. */
const TCP_TIMEOUT = 300_000_000;
/** One side has said its last word, or the SYN had no answer. */
const HALF_OPEN_TIMEOUT = 60_000_000;
const UDP_TIMEOUT = 60_000_000;
const RESET_TIMEOUT = 2_000_000;
/** Ended flows stay this long, so that what is sent again finds them. */
const ENDED_TIMEOUT = 5_000_000;

/** How long it takes to look at every record for silence, and how many are looked at in any case. */
const SWEEP_TIME = 10_000_000;
const MIN_SWEPT = 256;

export class Tracker {
  readonly flows: Flows;
  readonly #tcp: Tcp;
  readonly #udp: Udp;
  #swept = 0;
  readonly #fragments = new Fragments();

  /** Counts on from where `before` has ended. */
  constructor(sink: Sink, before: Tracker | null = null) {
    this.flows = new Flows(sink);
    if (before !== null) this.#countFrom(before);
    this.#tcp = new Tcp(this.flows, new Streams(this.flows));
    this.#udp = new Udp(this.flows);
  }

  /** IP packets of which not all fragments came, or whose fragments contradict each other. */
  get lostFragments(): number {
    return this.#fragments.lost;
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
    this.#fragments.lost = 0;
  }

  /** Takes a decoded packet. Returns its last layer: other than `layer` where it was in fragments. */
  packet(layer: Layer, packet: Packet): Layer {
    if (layer === Layer.TCP) this.#tcp.packet(packet);
    else if (layer === Layer.UDP) this.#udp.packet(packet);
    else if (layer === Layer.FRAGMENT && this.#fragments.add(packet)) {
      return this.packet(decodeFrom(Layer.IP_PAYLOAD, packet), packet);
    }
    return layer;
  }

  /**
   * Ends flows that are silent at `now` (packet time). Looks at some of the records only, and goes on
   * with the others next time: at all of them in SWEEP_TIME, and at `least` as many as these. Tells
   * whether few of many flows are left, and memory with no use.
   */
  expire(now: number, least = MIN_SWEPT): boolean {
    const { table } = this.flows;
    const due = Math.ceil(table.used * (now - this.#swept) / SWEEP_TIME);
    const records = Math.min(Math.max(due, least), table.used);
    this.#swept = now;
    for (let i = 0; i < records; i++) {
      const flow = table.advance();
      if (!table.isLive(flow)) continue;
      this.flows.followAccount(flow);
      const silence = now - table.numbers[flow * NUMBERS + LAST_TIME]!;
      if (silence > this.#timeout(flow)) this.#expire(flow);
    }
    return table.shrinkIfSparse();
  }

  #timeout(flow: number): number {
    const { table } = this.flows;
    const flags = table.words[flow * WORDS + FLAGS]!;
    if (flags & Flag.ENDED) return ENDED_TIMEOUT;
    if (table.isUdp(flow)) return UDP_TIMEOUT;
    if (flags & Flag.RESET) return RESET_TIMEOUT;
    const isHalfOpen = (flags & (Flag.FIN | Flag.FIN << 1)) !== 0 ||
      (flags & (Flag.SEQUENCE | Flag.SEQUENCE << 1)) !== (Flag.SEQUENCE | Flag.SEQUENCE << 1);
    return isHalfOpen ? HALF_OPEN_TIMEOUT : TCP_TIMEOUT;
  }

  #expire(flow: number): void {
    const { flows } = this;
    this.#tcp.giveUpHoles(flow);
    if (flows.has(flow, Flag.RESET)) flows.close(flow);
    else flows.evict(flow, "idle");
  }

  /** The capture is over: reports everything that is open. */
  finish(): void {
    const { table } = this.flows;
    for (let flow = 0; flow < table.used; flow++) {
      if (!table.isLive(flow) || this.flows.has(flow, Flag.ENDED)) continue;
      this.#tcp.giveUpHoles(flow);
      if (!this.flows.has(flow, Flag.ENDED)) this.flows.end(flow);
    }
  }
}
