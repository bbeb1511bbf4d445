// Streams in order: which protocol a connection speaks, and its analyser's appetite. What an analyser
// asked to be passed over never reaches it; what it can't read yet is kept for it.

import {
  DONE,
  HAND_OVER,
  NEED_MORE,
  type Side,
  type StreamAnalyser,
} from "../protocols/analyser.ts";
import { detectStream, mayAnswer, type StreamProtocol } from "../protocols/registry.ts";
import { type Carry, MAX_CARRY } from "./carry.ts";
import type { FlowConversation } from "./conversation.ts";
import { NEXT_SEQUENCE, NUMBERS, SKIP, WORDS } from "./flow_table.ts";
import type { Flows } from "./flows.ts";
import { StreamReader } from "./reader.ts";

/** How often bytes may be handed from protocol to protocol before nobody is asked any more. */
const MAX_HANDOVERS = 8;

export class Streams {
  readonly conversation: FlowConversation;
  readonly #flows: Flows;

  constructor(flows: Flows) {
    this.#flows = flows;
    this.conversation = flows.conversation;
  }

  /** The reader of a TCP flow, made where there is none. */
  openReader(flow: number): StreamReader {
    return this.#flows.streamReaders[flow] ??= new StreamReader();
  }

  #reader(flow: number): StreamReader | null {
    return this.#flows.streamReader(flow);
  }

  /** The next bytes of a stream, `bytes[at..end)`, whose place is NEXT_SEQUENCE: which moves past them. */
  bytes(flow: number, fromB: number, bytes: Uint8Array, at: number, end: number): void {
    const { words } = this.#flows.table;
    words[flow * WORDS + NEXT_SEQUENCE + fromB] =
      (words[flow * WORDS + NEXT_SEQUENCE + fromB]! + end - at) | 0;
    this.conversation.fromB = fromB;
    const carry = this.#reader(flow)?.carry(fromB) ?? null;
    if (carry === null || carry.length === 0) {
      const rest = this.#read(flow, fromB, bytes, at, end);
      if (rest < end) this.#openCarry(flow, fromB).append(bytes, rest, end);
      return;
    }
    const held = carry.length;
    carry.append(bytes, at, end);
    // What was held is of no protocol after all: one may begin with this segment.
    if (!this.#mayBegin(flow, carry)) carry.start += held;
    this.#readCarry(flow, fromB, carry);
  }

  /** False where the protocol is not known yet, and none begins with what is kept. */
  #mayBegin(flow: number, { bytes, start, end }: Carry): boolean {
    const flows = this.#flows;
    if (this.#reader(flow)!.analyser !== null) return true;
    return detectStream(bytes, start, end, flows.table.ports(flow)).verdict >= 0;
  }

  #openCarry(flow: number, fromB: number): Carry {
    return this.openReader(flow).openCarry(fromB);
  }

  #readCarry(flow: number, fromB: number, carry: Carry): void {
    carry.start = this.#read(flow, fromB, carry.bytes, carry.start, carry.end);
    if (carry.length === 0) this.#reader(flow)?.dropCarry(fromB);
    else if (carry.length > MAX_CARRY) this.#overflow(flow, fromB, carry);
  }

  /** The analyser wants more than may be kept: to it, these bytes are lost. */
  #overflow(flow: number, fromB: number, carry: Carry): void {
    const length = carry.length;
    carry.clear();
    this.#tellGap(flow, fromB, length);
  }

  /** Feeds the stream's analyser; returns where what it can't read yet begins. */
  #read(flow: number, fromB: number, bytes: Uint8Array, from: number, end: number): number {
    const on = this.conversation;
    const { numbers } = this.#flows.table;
    const skip = flow * NUMBERS + SKIP + fromB;
    let handovers = 0;
    let at = from;
    while (at < end) {
      const passed = Math.min(numbers[skip]!, end - at);
      on.behind = end - at;
      if (passed > 0) {
        at += passed;
        on.behind -= passed;
        numbers[skip]! -= passed;
        if (numbers[skip] === 0) this.#reader(flow)?.analyser?.skipped(on, this.#side(flow, fromB));
        continue;
      }
      const analyser = this.#reader(flow)?.analyser ?? null;
      if (analyser === null) {
        const verdict = this.#detect(flow, fromB, bytes, at, end);
        if (verdict === NEED_MORE) return at;
        if (verdict < 0) return end;
        continue;
      }
      const consumed = analyser.data(on, this.#side(flow, fromB), bytes, at, end);
      if (consumed === NEED_MORE) return at;
      if (consumed > 0) at += consumed;
      else if (consumed === HAND_OVER && handovers++ < MAX_HANDOVERS) this.#handOver(flow, fromB);
      else {
        this.#leave(flow, analyser, consumed === DONE);
        return end;
      }
    }
    return at;
  }

  #side(flow: number, fromB: number): Side {
    return this.#flows.sideOf(flow, fromB);
  }

  /** Looks for the beginning of a protocol: 1 when its analyser has been put in place. */
  #detect(flow: number, fromB: number, bytes: Uint8Array, at: number, end: number): number {
    const flows = this.#flows;
    const { verdict, protocol } = detectStream(bytes, at, end, flows.table.ports(flow));
    if (protocol === null) return verdict;
    // For DNS the port tells who is asked; else what is said tells who says it.
    if (protocol.port === undefined) flows.setClient(flow, fromB ^ protocol.side);
    this.openReader(flow).analyser = protocol.open();
    this.#dropStray(flow, fromB ^ 1, protocol);
    return verdict;
  }

  /** What the other side said before may be of no protocol: PostgreSQL's consent to TLS is one letter. */
  #dropStray(flow: number, fromB: number, protocol: StreamProtocol): void {
    const reader = this.#reader(flow);
    const carry = reader?.carry(fromB) ?? null;
    if (carry === null || carry.length === 0) return;
    if (!mayAnswer(protocol, carry.bytes, carry.start, carry.end)) reader!.dropCarry(fromB);
  }

  /** Another protocol begins here: on the other side too, where some of it may be waiting already. */
  #handOver(flow: number, fromB: number): void {
    const on = this.conversation;
    const reader = this.openReader(flow);
    reader.analyser = on.next;
    on.next = null;
    const carry = reader.carry(fromB ^ 1);
    if (carry === null || carry.length === 0) return;
    const behind = on.behind;
    on.fromB = fromB ^ 1;
    this.#readCarry(flow, fromB ^ 1, carry);
    on.fromB = fromB;
    on.behind = behind;
  }

  /** Nobody reads this connection any more: from now on it is only counted. */
  #leave(flow: number, analyser: StreamAnalyser, isDone: boolean): void {
    if (!isDone) analyser.ended(this.conversation);
    const { numbers } = this.#flows.table;
    numbers[flow * NUMBERS + SKIP] = numbers[flow * NUMBERS + SKIP + 1] = Infinity;
    const reader = this.#reader(flow);
    reader?.queue(0)?.clear();
    reader?.queue(1)?.clear();
    this.#flows.streamReaders[flow] = null;
  }

  /** The next `length` bytes of a stream were not captured. */
  gap(flow: number, fromB: number, length: number): void {
    const { words, numbers } = this.#flows.table;
    const on = this.conversation;
    on.fromB = fromB;
    on.behind = 0;
    words[flow * WORDS + NEXT_SEQUENCE + fromB] =
      (words[flow * WORDS + NEXT_SEQUENCE + fromB]! + length) | 0;
    const carry = this.#reader(flow)?.carry(fromB) ?? null;
    if (carry !== null && carry.length > 0) {
      carry.clear();
      this.#tellGap(flow, fromB, length);
      return;
    }
    const skip = flow * NUMBERS + SKIP + fromB;
    const passed = Math.min(numbers[skip]!, length);
    numbers[skip]! -= passed;
    if (passed > 0 && numbers[skip] === 0) {
      this.#reader(flow)?.analyser?.skipped(on, this.#side(flow, fromB));
    }
    if (passed < length) this.#tellGap(flow, fromB, length - passed);
    else this.#flows.gapsPassed++;
  }

  #tellGap(flow: number, fromB: number, length: number): void {
    this.#reader(flow)?.analyser?.gap(this.conversation, this.#side(flow, fromB), length);
  }

  /** The sender has sent its last byte. */
  finished(flow: number, fromB: number): void {
    const on = this.conversation;
    on.fromB = fromB;
    on.behind = 0;
    const reader = this.#reader(flow);
    reader?.analyser?.finished(on, this.#side(flow, fromB));
    reader?.dropCarry(fromB);
  }
}
