// A stream in a stream: what TLS has decrypted is read like a TCP connection, but without a record in the
// flow table. What its analysers know of the connection is what the outer stream knows.

import { sequenceDistance } from "../bytes.ts";
import type { KeyStore } from "../keylog/key_store.ts";
import {
  type Conversation,
  DONE,
  HAND_OVER,
  type InnerStream,
  NEED_MORE,
  type Side,
  type Sink,
  type StreamAnalyser,
} from "../protocols/analyser.ts";
import { looksLikeRequest, looksLikeResponse } from "../protocols/http1/start_lines.ts";
import { detectStream, openNegotiated } from "../protocols/registry.ts";
import { Carry, CARRY_BYTES, maxCarry } from "./carry.ts";

/** How often some bytes may be handed over to another protocol, before nobody reads on. */
const MAX_HANDOVERS = 8;
/** TLS in TLS in TLS ... is not read any deeper. */
const MAX_DEPTH = 4;
/** Bytes of memory that it takes by itself. */
const INNER_BYTES = 500;

/** What one side sends. */
class Half {
  /** Bytes that cannot be read yet. */
  carry: Carry | null = null;
  /** Bytes to skip. */
  skip = 0;
  /** Bytes that have come. */
  received = 0;
  /** Sequence number of the outer stream behind the last of them, and what encloses them. */
  end = 0;

  /** The next bytes are at this sequence number of the outer stream, or behind it in the same record. */
  place(sequence: number): void {
    if (this.received === 0 || sequenceDistance(sequence, this.end) > 0) this.end = sequence;
  }

  add(length: number): void {
    this.received += length;
    this.end = (this.end + length) | 0;
  }

  get held(): number {
    return this.carry === null ? 0 : CARRY_BYTES + this.carry.bytes.length;
  }
}

export class InnerConversation implements Conversation, InnerStream {
  readonly tls: string;
  readonly depth: number;
  readonly isMidway = false;
  readonly lostAtStart = 0;
  readonly sink: Sink;
  readonly #keys: KeyStore;
  readonly #halves: readonly [Half, Half] = [new Half(), new Half()];
  #analyser: StreamAnalyser | null = null;
  #next: StreamAnalyser | null = null;
  /** Only during a call. */
  #on: Conversation | null = null;
  /** Whose bytes are being read, and how many of them the analyser has not taken. */
  #side: Side = 0;
  #behind = 0;
  #isOtherWoken = false;
  #isReadingOther = false;
  isLeft = false;
  skippedTime = 0;

  constructor(tls: string, depth: number, sink: Sink, keys: KeyStore) {
    this.tls = tls;
    this.depth = depth;
    this.sink = sink;
    this.#keys = keys;
    this.isLeft = depth > MAX_DEPTH;
  }

  get held(): number {
    return INNER_BYTES + this.#halves[0].held + this.#halves[1].held + (this.#analyser?.held ?? 0);
  }

  expect(alpn: string): void {
    this.#analyser ??= openNegotiated(alpn);
  }

  get time(): number {
    return this.#on!.time;
  }

  get flow(): number {
    return this.#on!.flow;
  }

  get attachment(): unknown {
    return this.#on!.attachment;
  }

  set attachment(attachment: unknown) {
    this.#on!.attachment = attachment;
  }

  /**
   * Sequence numbers are those of the outer stream, so that they can be compared. As long as the other side has
   * sent nothing in here, its handshake need not be acknowledged.
   */
  get acknowledged(): number | null {
    const { acknowledged } = this.#on!;
    if (acknowledged === null || this.#isReadingOther) return null;
    const { received, end } = this.#halves[this.#side ^ 1]!;
    return received === 0 && sequenceDistance(acknowledged, end) < 0 ? end : acknowledged;
  }

  sequence(side: Side): number {
    const { end } = this.#halves[side];
    return (side === this.#side ? end - this.#behind : end) | 0;
  }

  position(side: Side): number {
    const { received } = this.#halves[side];
    return (side === this.#side ? received - this.#behind : received) | 0;
  }

  skip(side: Side, length: number): void {
    this.#halves[side].skip = length;
  }

  skipLeft(side: Side): number {
    return this.isLeft ? Infinity : this.#halves[side].skip;
  }

  wakeOther(): void {
    this.#isOtherWoken = true;
  }

  become(next: StreamAnalyser): void {
    this.#next = next;
  }

  inside(tls: string): InnerStream {
    return new InnerConversation(tls, this.depth + 1, this.sink, this.#keys);
  }

  beginsMessage(bytes: Uint8Array, at: number, end: number): boolean {
    return looksLikeResponse(bytes, at, end) === 1 || looksLikeRequest(bytes, at, end) === 1;
  }

  bytes(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): void {
    if (this.isLeft) return;
    const half = this.#turnTo(on, side);
    half.place(on.sequence(side));
    half.add(end - at);
    if (half.carry === null) {
      const rest = this.#read(half, side, bytes, at, end);
      if (rest < end && !this.isLeft) (half.carry ??= new Carry()).append(bytes, rest, end);
    } else {
      half.carry.append(bytes, at, end);
      this.#readCarry(half, side, half.carry);
    }
    this.#on = null;
  }

  #turnTo(on: Conversation, side: Side): Half {
    this.#on = on;
    this.#side = side;
    this.#behind = 0;
    const other = this.#halves[side ^ 1]!;
    if (other.received === 0) other.place(on.sequence((side ^ 1) as Side));
    return this.#halves[side];
  }

  #readCarry(half: Half, side: Side, carry: Carry): void {
    carry.start = this.#read(half, side, carry.bytes, carry.start, carry.end);
    if (carry.length === 0) half.carry = null;
    if (carry.length <= maxCarry(this.#analyser)) return;
    half.carry = null;
    this.#analyser?.gap(this, side, carry.length);
  }

  /** Gives bytes to the analyser. Returns where those begin that it cannot read yet. */
  #read(half: Half, side: Side, bytes: Uint8Array, from: number, end: number): number {
    let handovers = 0;
    for (let at = from; at < end;) {
      this.#behind = end - at;
      const skipped = Math.min(half.skip, end - at);
      if (skipped > 0) {
        this.#behind -= skipped;
        this.#pass(half, side, skipped);
        at += skipped;
        continue;
      }
      if (this.#analyser === null) {
        const verdict = this.#detect(bytes, at, end);
        if (verdict === NEED_MORE) return at;
        if (verdict < 0) return end;
      }
      const consumed = this.#analyser!.data(this, side, bytes, at, end);
      if (consumed === NEED_MORE) return at;
      if (consumed > 0) {
        at += consumed;
        if (this.#isOtherWoken) this.#readOther(side);
      } else if (consumed === HAND_OVER && handovers++ < MAX_HANDOVERS) this.#handOver(side);
      else {
        this.#leave(consumed === DONE);
        return end;
      }
    }
    return end;
  }

  /** These bytes have come, and are to be skipped. */
  #pass(half: Half, side: Side, length: number): void {
    if (half.skip === Infinity) this.skippedTime = this.time;
    this.#skipped(half, side, length);
  }

  #skipped(half: Half, side: Side, length: number): void {
    half.skip -= length;
    if (half.skip === 0) this.#analyser?.skipped(this, side);
  }

  #detect(bytes: Uint8Array, at: number, end: number): number {
    const { verdict, protocol } = detectStream(bytes, at, end, 0);
    if (protocol !== null) this.#analyser = protocol.open(this.#keys);
    return protocol === null ? verdict : 1;
  }

  /** Another protocol begins here, on both sides. */
  #handOver(side: Side): void {
    this.#analyser = this.#next;
    this.#next = null;
    this.#readOther(side);
  }

  /** Reads the bytes of the other side that wait. */
  #readOther(side: Side): void {
    this.#isOtherWoken = false;
    const other = (side ^ 1) as Side;
    const half = this.#halves[other];
    if (half.carry === null) return;
    const behind = this.#behind;
    this.#side = other;
    this.#isReadingOther = true;
    this.#readCarry(half, other, half.carry);
    this.#isReadingOther = false;
    this.#side = side;
    this.#behind = behind;
  }

  #leave(isDone: boolean): void {
    if (!isDone) this.#analyser?.ended(this);
    this.#analyser = null;
    this.isLeft = true;
    this.#halves[0].carry = this.#halves[1].carry = null;
  }

  pass(on: Conversation, side: Side, length: number): void {
    if (this.isLeft || length === 0) return;
    const half = this.#turnTo(on, side);
    half.add(length);
    this.#pass(half, side, length);
    this.#on = null;
  }

  settle(on: Conversation, side: Side, length: number): void {
    this.#halves[side].place((on.sequence(side) + length) | 0);
  }

  gap(on: Conversation, side: Side, length: number): void {
    if (this.isLeft) return;
    const half = this.#turnTo(on, side);
    // Where the hole ends in the outer stream is told by what comes next, as is where the first bytes are.
    if (half.received > 0) half.received += length;
    // Only if nothing is carried there can be something to skip.
    const passed = Math.min(half.skip, length);
    half.carry = null;
    if (passed > 0) this.#skipped(half, side, passed);
    if (passed < length) this.#analyser?.gap(this, side, length - passed);
    this.#on = null;
  }

  finished(on: Conversation, side: Side): void {
    if (this.isLeft) return;
    this.#turnTo(on, side).carry = null;
    this.#analyser?.finished(this, side);
    this.#on = null;
  }

  ended(on: Conversation): void {
    if (this.isLeft) return;
    this.#turnTo(on, 0);
    this.#leave(false);
    this.#on = null;
  }
}
