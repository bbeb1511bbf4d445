// What analysers see of the flow that they read: one object for all flows, turned to each in its turn.

import type { Conversation, Side, Sink, StreamAnalyser } from "../protocols/analyser.ts";
import { FLAGS, NEXT_SEQUENCE, NUMBERS, SKIP, WORDS } from "./flow_table.ts";
import { Flag, type Flows } from "./flows.ts";

export class FlowConversation implements Conversation {
  flow = 0;
  time = 0;
  acknowledged: number | null = null;
  readonly sink: Sink;
  /** What an analyser that hands over wants to be followed by. */
  next: StreamAnalyser | null = null;
  /** Bytes of the sender at hand that its analyser holds back, or has not been given yet. */
  behind = 0;
  /** The sender at hand: 1 for endpoint B. */
  fromB = 0;
  readonly #flows: Flows;

  constructor(flows: Flows, sink: Sink) {
    this.#flows = flows;
    this.sink = sink;
  }

  turnTo(flow: number, time: number, acknowledged: number | null): void {
    this.flow = flow;
    this.time = time;
    this.acknowledged = acknowledged;
    this.behind = 0;
  }

  get clientPort(): number {
    return this.#flows.port(this.flow, 0);
  }

  get serverPort(): number {
    return this.#flows.port(this.flow, 1);
  }

  get fromStart(): boolean {
    return (this.#flows.table.words[this.flow * WORDS + FLAGS]! & (Flag.SYN | Flag.SYN << 1)) !== 0;
  }

  sequence(side: Side): number {
    const fromB = this.#flows.sideOf(this.flow, 1) === side ? 1 : 0;
    const next = this.#flows.table.words[this.flow * WORDS + NEXT_SEQUENCE + fromB]!;
    return fromB === this.fromB ? (next - this.behind) | 0 : next;
  }

  skip(side: Side, length: number): void {
    this.#flows.table.numbers[this.#skipOf(side)] = length;
  }

  skipLeft(side: Side): number {
    return this.#flows.table.numbers[this.#skipOf(side)]!;
  }

  #skipOf(side: Side): number {
    return this.flow * NUMBERS + SKIP + (this.#flows.sideOf(this.flow, 1) === side ? 1 : 0);
  }

  get memo(): unknown {
    return this.#reader()?.memo ?? null;
  }

  set memo(memo: unknown) {
    const reader = this.#reader();
    if (reader !== null) reader.memo = memo;
  }

  #reader() {
    return this.#flows.streamReaders[this.flow] ?? this.#flows.datagramReaders[this.flow] ?? null;
  }

  become(next: StreamAnalyser): void {
    this.next = next;
  }
}
