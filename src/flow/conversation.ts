// What analysers may know of the flow that they read. There is one object for all flows, pointed at one
// after the other.

import type { KeyStore } from "../keylog/key_store.ts";
import {
  CLIENT,
  type Conversation,
  type InnerStream,
  SERVER,
  type Side,
  type Sink,
  type StreamAnalyser,
} from "../protocols/analyser.ts";
import { InnerConversation } from "./inner_conversation.ts";
import { Flag } from "./flow_record.ts";
import type { FlowTable } from "./flow_table.ts";
import { StreamReader, TO_THE_END } from "./reader.ts";
import type { FlowReaders } from "./readers.ts";

export class FlowConversation implements Conversation {
  flow = 0;
  time = 0;
  acknowledged: number | null = null;
  readonly sink: Sink;
  readonly tls = "";
  readonly depth = 0;
  readonly #keys: KeyStore;
  /** The analyser to continue with after HAND_OVER; null to detect the protocol again. */
  next: StreamAnalyser | null = null;
  /** Who sends the bytes that are being read: 1 for endpoint B. */
  fromB = 0;
  /** Whether the other sender's bytes that wait are to be read once more. */
  isOtherWoken = false;
  /** Bytes of that sender that have come, but that its analyser has not taken yet. */
  behind = 0;
  readonly #table: FlowTable;
  readonly #readers: FlowReaders;

  constructor(table: FlowTable, readers: FlowReaders, sink: Sink, keys: KeyStore) {
    this.#keys = keys;
    this.#table = table;
    this.#readers = readers;
    this.sink = sink;
  }

  turnTo(flow: number, time: number, acknowledged: number | null): void {
    this.flow = flow;
    this.time = time;
    this.acknowledged = acknowledged;
    this.behind = 0;
  }

  get isMidway(): boolean {
    return !this.#isWhole(CLIENT);
  }

  get lostAtStart(): number {
    const reader = this.#readers.of(this.flow);
    if (!(reader instanceof StreamReader) || !this.#isWhole(SERVER)) return 0;
    return reader.lostFirst(this.#table.endpointOf(this.flow, CLIENT));
  }

  #isWhole(side: Side): boolean {
    return this.#table.has(this.flow, Flag.WHOLE << this.#table.endpointOf(this.flow, side));
  }

  sequence(side: Side): number {
    const fromB = this.#table.endpointOf(this.flow, side);
    const next = this.#table.nextSequence(this.flow, fromB);
    return fromB === this.fromB ? (next - this.behind) | 0 : next;
  }

  position(side: Side): number {
    return this.sequence(side);
  }

  skip(side: Side, length: number): void {
    const bytes = Math.min(length, TO_THE_END);
    this.#table.setSkip(this.flow, this.#table.endpointOf(this.flow, side), bytes);
  }

  skipLeft(side: Side): number {
    return this.#table.skip(this.flow, this.#table.endpointOf(this.flow, side));
  }

  get skippedTime(): number {
    return this.#readers.ofStream(this.flow)?.skippedTime ?? 0;
  }

  get attachment(): unknown {
    return this.#readers.of(this.flow)?.attachment ?? null;
  }

  set attachment(attachment: unknown) {
    const reader = this.#readers.of(this.flow);
    if (reader !== null) reader.attachment = attachment;
  }

  wakeOther(): void {
    this.isOtherWoken = true;
  }

  become(next: StreamAnalyser): void {
    this.next = next;
  }

  inside(tls: string): InnerStream {
    return new InnerConversation(tls, this.depth + 1, this.sink, this.#keys);
  }
}
