// HTTP/3 (RFC 9114): the streams of a QUIC connection. HEADERS frames are read, DATA frames passed over.

import { CLIENT, type Conversation, type Side } from "../analyser.ts";
import { MAX_HEADER_BLOCK } from "../http2/header_block.ts";
import { HeaderFields } from "../http2/header_fields.ts";
import { StreamTable } from "../http2/stream_table.ts";
import { varint, varintLength } from "../varint.ts";
import { ClosedStreams } from "./closed_streams.ts";
import { BLOCKED, QpackDecoder } from "./qpack.ts";
import { StreamHalf } from "./stream_half.ts";

/** Streams whose order is kept; the oldest is given up. */
const MAX_OPEN = 1000;
/** Bytes of a frame or an instruction that is not whole. */
const MAX_KEPT = 128 * 1024;
/** Header blocks that wait for entries of their table, and their bytes. */
const MAX_WAITING = 100;
const MAX_WAITING_BYTES = 256 * 1024;
/** How long they wait at most, in microseconds. */
const MAX_WAIT = 2_000_000;
/** Bytes of memory that a connection takes by itself. */
const CONNECTION_BYTES = 1500;

/** Types of frames (section 7.2) and of streams of one direction (section 6.2, RFC 9204 section 4.2). */
const DATA = 0;
const HEADERS = 1;
const SETTINGS = 4;
const CONTROL_STREAM = 0;
const ENCODER_STREAM = 2;

const QPACK_MAX_TABLE_CAPACITY = 1;

/** The lowest bits of a stream's id (RFC 9000 section 2.1). */
const ONE_DIRECTION = 2;
const BY_SERVER = 1;

interface WaitingBlock {
  readonly side: Side;
  readonly id: number;
  readonly half: StreamHalf;
  readonly block: Uint8Array;
  readonly time: number;
}

/** Overwritten by each header block. */
const fields = new HeaderFields();

export class Http3 {
  readonly #streams = new Map<number, readonly [StreamHalf, StreamHalf]>();
  readonly #closed = new ClosedStreams();
  readonly #qpack = [new QpackDecoder(), new QpackDecoder()] as const;
  readonly #requests = new StreamTable("3");
  #waiting: WaitingBlock[] = [];
  #waitingBytes = 0;
  #heldByStreams = 0;

  /** Bytes of memory, see MemoryUser. */
  get held(): number {
    return CONNECTION_BYTES + this.#heldByStreams + this.#waitingBytes + this.#requests.held +
      this.#qpack[0].held + this.#qpack[1].held;
  }

  /** Whether these bytes of a stream need not be decrypted: they go to `pass`. */
  isPassed(side: Side, id: number, offset: number, length: number): boolean {
    return this.#streams.get(id)?.[side].order.isPassed(offset, length) ?? false;
  }

  /** Takes the bytes of a STREAM frame: `bytes[at..at + length)`, null if `isPassed` allows it. */
  stream(
    on: Conversation,
    side: Side,
    id: number,
    offset: number,
    bytes: Uint8Array | null,
    at: number,
    length: number,
    isLast: boolean,
  ): void {
    // A client reads no streams of the server's, but those of one direction.
    if (this.#closed.has(id) || (id & (BY_SERVER | ONE_DIRECTION)) === BY_SERVER) return;
    const halves = this.#streams.get(id) ?? this.#open(on, id);
    const half = halves[side];
    const before = half.held;
    const { order } = half;
    if (isLast) order.length = offset + length;
    if (bytes === null) this.#passed(on, side, id, half, order.pass(offset, length));
    else if (offset <= order.next + order.skip) {
      this.#accept(on, side, id, half, offset, bytes, at, at + length);
    } else if (!order.keep(offset, bytes, at, at + length)) this.#giveUp(on, side, half);
    for (let piece; (piece = order.take()) !== undefined;) {
      this.#accept(on, side, id, half, piece.offset, piece.bytes, 0, piece.bytes.length);
    }
    this.#heldByStreams += half.held - before;
    if (order.isWhole && !half.hasEnded) this.#ended(on, side, id, halves);
  }

  #open(on: Conversation, id: number): readonly [StreamHalf, StreamHalf] {
    if (this.#streams.size >= MAX_OPEN) {
      const oldest = this.#streams.keys().next().value!;
      on.sink.evicted("quic");
      this.reset(on, oldest);
    }
    const halves = [new StreamHalf(), new StreamHalf()] as const;
    this.#streams.set(id, halves);
    this.#heldByStreams += halves[0].held + halves[1].held;
    return halves;
  }

  /** More would have to be kept than may be. */
  #giveUp(on: Conversation, side: Side, half: StreamHalf): void {
    on.sink.evicted("quic");
    if (half.type !== ENCODER_STREAM) return;
    this.#qpack[side].forget();
    half.order.skip = Infinity;
    half.keep(half.kept, half.kept.length, on.time);
    this.#readWaiting(on);
  }

  /** Takes bytes that begin at or before the next one. */
  #accept(
    on: Conversation,
    side: Side,
    id: number,
    half: StreamHalf,
    offset: number,
    bytes: Uint8Array,
    at: number,
    end: number,
  ): void {
    const { order } = half;
    const length = end - at;
    if (order.isPassed(offset, length)) {
      return this.#passed(on, side, id, half, order.pass(offset, length));
    }
    if (offset + length <= order.next) return;
    const skipped = order.skip;
    order.pass(order.next, skipped);
    this.#passed(on, side, id, half, skipped);
    const from = at + order.next - offset;
    order.next = offset + length;
    const all = half.join(bytes, from, end);
    const used = (id & ONE_DIRECTION) === 0
      ? this.#frames(on, side, id, half, all)
      : this.#oneDirection(on, side, half, all);
    half.keep(all, used, on.time);
    if (half.kept.length > MAX_KEPT) this.#giveUp(on, side, half);
  }

  #passed(on: Conversation, side: Side, id: number, half: StreamHalf, length: number): void {
    if (!half.isBody || length === 0) return;
    if (half.waiting > 0) half.waitingBody += length;
    else this.#requests.body(on, side, numberOf(id), length, false);
  }

  /** Reads the frames of a request or a response. Returns how many bytes are done with. */
  #frames(on: Conversation, side: Side, id: number, half: StreamHalf, bytes: Uint8Array): number {
    const end = bytes.length;
    for (let at = 0;;) {
      const content = headEnd(bytes, at);
      if (content < 0) return at;
      const type = varint(bytes, at, end);
      const length = varint(bytes, at + varintLength(bytes[at]!), end);
      if (type === HEADERS && length <= MAX_HEADER_BLOCK) {
        if (content + length > end) return at;
        const time = half.kept.length > 0 && at === 0 ? half.keptTime : on.time;
        this.#block(on, side, id, half, bytes.subarray(content, content + length), time);
        at = content + length;
        continue;
      }
      const here = Math.min(length, end - content);
      half.isBody = type === DATA;
      this.#passed(on, side, id, half, here);
      half.order.skip = length - here;
      at = content + here;
    }
  }

  #block(
    on: Conversation,
    side: Side,
    id: number,
    half: StreamHalf,
    block: Uint8Array,
    time: number,
  ): void {
    if (half.waiting === 0 && this.#decode(on, side, id, half, block, time)) return;
    const oldest = this.#waiting[0]?.time ?? time;
    if (time - oldest > MAX_WAIT) {
      // Their entries were not captured, and are not sent again.
      this.#qpack[side].forget();
      this.#readWaiting(on);
      if (half.waiting === 0 && this.#decode(on, side, id, half, block, time)) return;
    }
    const isFull = this.#waiting.length >= MAX_WAITING ||
      this.#waitingBytes + block.length > MAX_WAITING_BYTES;
    if (isFull) return on.sink.evicted("quic");
    half.waiting++;
    this.#waitingBytes += block.length;
    this.#waiting.push({ side, id, half, block: block.slice(), time });
  }

  /** False if it has to wait. */
  #decode(
    on: Conversation,
    side: Side,
    id: number,
    half: StreamHalf,
    block: Uint8Array,
    time: number,
  ): boolean {
    fields.reset(false);
    const result = this.#qpack[side].decode(block, 0, block.length, fields);
    if (result === BLOCKED) return false;
    if (result < 0) {
      fields.reset(true);
      on.sink.malformed("http3", "compression");
    }
    const isFirst = half.blocks++ === 0;
    if (side !== CLIENT) this.#requests.answer(on, numberOf(id), fields, false, time);
    else if (isFirst) this.#requests.request(on, numberOf(id), fields, false, time);
    return true;
  }

  /** New entries of a table have come: reads the header blocks that have waited for them. */
  #readWaiting(on: Conversation): void {
    const blocks = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const waiting of blocks) {
      const { side, id, half, block, time } = waiting;
      if (!this.#decode(on, side, id, half, block, time)) {
        this.#waiting.push(waiting);
        this.#waitingBytes += block.length;
      } else if (--half.waiting === 0) {
        this.#requests.body(on, side, numberOf(id), half.waitingBody, half.hasEnded);
        half.waitingBody = 0;
      }
    }
  }

  /** Reads a stream of one direction. Returns how many bytes are done with. */
  #oneDirection(on: Conversation, side: Side, half: StreamHalf, bytes: Uint8Array): number {
    let at = 0;
    if (half.type < 0) {
      half.type = varint(bytes, 0, bytes.length);
      if (half.type < 0) return 0;
      at = varintLength(bytes[0]!);
    }
    if (half.type === ENCODER_STREAM) {
      const used = this.#qpack[side].instructions(bytes, at, bytes.length);
      if (used > 0 && this.#waiting.length > 0) this.#readWaiting(on);
      return at + used;
    }
    if (half.type === CONTROL_STREAM) {
      const content = headEnd(bytes, at);
      if (content < 0) return at;
      const length = varint(bytes, at + varintLength(bytes[at]!), bytes.length);
      // What is longer cannot be kept until it is whole: then no SETTINGS are known.
      const isKept = length <= MAX_HEADER_BLOCK;
      if (isKept && content + length > bytes.length) return at;
      if (isKept && bytes[at] === SETTINGS) this.#settings(side, bytes, content, content + length);
    }
    half.order.skip = Infinity;
    return bytes.length;
  }

  /** What a side allows is for the table of what the other sends. */
  #settings(side: Side, bytes: Uint8Array, at: number, end: number): void {
    for (let cursor = at; cursor < end;) {
      const setting = varint(bytes, cursor, end);
      const valueAt = cursor + varintLength(bytes[cursor]!);
      const value = varint(bytes, valueAt, end);
      if (value < 0) return;
      if (setting === QPACK_MAX_TABLE_CAPACITY) this.#qpack[side ^ 1]!.allow(value);
      cursor = valueAt + varintLength(bytes[valueAt]!);
    }
  }

  #ended(
    on: Conversation,
    side: Side,
    id: number,
    halves: readonly [StreamHalf, StreamHalf],
  ): void {
    const half = halves[side];
    half.hasEnded = true;
    if ((id & ONE_DIRECTION) !== 0) return;
    if (half.waiting === 0) this.#requests.body(on, side, numberOf(id), 0, true);
    if (halves[0].hasEnded && halves[1].hasEnded) this.#close(id, halves);
  }

  #close(id: number, halves: readonly [StreamHalf, StreamHalf]): void {
    this.#streams.delete(id);
    this.#heldByStreams -= halves[0].held + halves[1].held;
    if ((id & (BY_SERVER | ONE_DIRECTION)) === 0) this.#closed.add(id);
  }

  /** No more of a stream comes. */
  reset(on: Conversation, id: number): void {
    if ((id & (BY_SERVER | ONE_DIRECTION)) === 0) this.#requests.reset(on, numberOf(id));
    const halves = this.#streams.get(id);
    if (halves !== undefined) this.#close(id, halves);
  }

  ended(on: Conversation): void {
    for (const side of [0, 1] as const) this.#qpack[side].forget();
    this.#readWaiting(on);
    this.#requests.reportAll(on);
  }
}

/** Where the content of the frame at `at` begins; -1 if its head is not whole. */
function headEnd(bytes: Uint8Array, at: number): number {
  if (at >= bytes.length) return -1;
  const lengthAt = at + varintLength(bytes[at]!);
  if (lengthAt >= bytes.length) return -1;
  const content = lengthAt + varintLength(bytes[lengthAt]!);
  return content <= bytes.length ? content : -1;
}

/** A stream of HTTP/2 for the n-th request stream of QUIC. */
const numberOf = (id: number): number => id / 2 + 1;
