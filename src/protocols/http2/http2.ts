// HTTP/2 in clear text (RFC 9113): requests matched with their answers by stream. A connection may be
// joined late: then its frames are found, and what its header compression does not tell is not guessed.
// After `Upgrade: h2c` the request on stream 1 was HTTP/1.1's, answered there with 101 (RFC 7540
// section 3.2); here it was never asked, so that its answer is passed over.

import {
  CLIENT,
  type Conversation,
  NEED_MORE,
  NOT_MINE,
  SERVER,
  type Side,
  type StreamAnalyser,
} from "../analyser.ts";
import { u32 } from "../../bytes.ts";
import { HpackDecoder } from "./hpack.ts";
import {
  CONTINUATION,
  DATA,
  END_HEADERS,
  END_STREAM,
  findFrames,
  fragmentEnd,
  fragmentStart,
  FRAME_HEADER,
  frameFlags,
  frameLength,
  frameStream,
  frameType,
  GOAWAY,
  HEADERS,
  http2Preface,
  isPossibleFrame,
  PADDED,
  paddingOf,
  PREFACE_LENGTH,
  PUSH_PROMISE,
  RST_STREAM,
  serverPreface,
} from "./framing.ts";
import { HeaderFields, Http2Streams } from "./stream_table.ts";

export { http2Preface, looksLikeHttp2Answers, looksLikeHttp2Requests } from "./framing.ts";

/** Bytes of a header block, over all its frames. Servers commonly accept 8 to 32 KiB. */
export const MAX_HEADER_BLOCK = 65536;
/** Bytes in which no frame could be found before the connection is given up. */
const MAX_SEARCH = 1 << 20;

/** What `malformed("http2", ...)` says, beside what http2_streams.ts does. */
type Reason =
  /** A frame header that no frame can have. */
  | "frame"
  | "padding"
  /** A header block with something else between its frames, or without its start. */
  | "continuation"
  | "compression"
  | "header-too-long"
  /** A header block, or the place of the next frame, was not captured. */
  | "gap";

enum Place {
  /** Nothing of this direction was seen. */
  START,
  /** The next byte begins a frame. */
  FRAME,
  /** Anywhere. */
  LOST,
}

/** What one side sends. */
class Direction {
  place = Place.START;
  readonly hpack = new HpackDecoder();
  /** When the first byte of the frame at hand came; 0 between frames. */
  frameTime = 0;
  /** Bytes missing of the frame at hand, where it has to wait for them; else 0. */
  awaited = 0;
  /** A header block that goes on in the next frame. */
  block: HeaderBlock | null = null;
  /** DATA that is being passed over. */
  passing: PassingData | null = null;
  /** Bytes that were searched without finding a frame. */
  searched = 0;
}

interface PassingData {
  readonly stream: number;
  /** Of the frame's payload; of the body in it, and of what comes before that. */
  readonly length: number;
  readonly body: number;
  readonly before: number;
  readonly endsStream: boolean;
}

const NOTHING = new Uint8Array(0);

/** HEADERS or PUSH_PROMISE, and what CONTINUATION adds to it (section 4.3). */
class HeaderBlock {
  readonly stream: number;
  readonly isPush: boolean;
  readonly endsStream: boolean;
  /** When its first byte came. */
  readonly time: number;
  /** Whether a part is missing; it still has to be read to its end. */
  lost = false;
  length = 0;
  bytes: Uint8Array = NOTHING;

  constructor(type: number, flags: number, stream: number, time: number) {
    this.stream = stream;
    this.isPush = type === PUSH_PROMISE;
    this.endsStream = type === HEADERS && (flags & END_STREAM) !== 0;
    this.time = time;
  }

  /** The length stays within MAX_HEADER_BLOCK: that is the caller's to see to. */
  add(bytes: Uint8Array, at: number, end: number): void {
    const length = this.length + end - at;
    if (length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(length, this.bytes.length * 2));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(bytes.subarray(at, end), this.length);
    this.length = length;
  }
}

/** Overwritten by each header block. */
const fields = new HeaderFields();

export class Http2 implements StreamAnalyser {
  readonly #directions: readonly [Direction, Direction] = [new Direction(), new Direction()];
  readonly #streams = new Http2Streams();

  data(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): number {
    const from = this.#directions[side];
    if (from.place === Place.FRAME) return this.#frame(on, side, bytes, at, end);
    if (from.place === Place.LOST) return this.#search(on, side, bytes, at, end);
    return this.#start(on, side, bytes, at, end);
  }

  /** Where the preface was seen (section 3.4), so was all that follows; else this joins late. */
  #start(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): number {
    const found = side === CLIENT ? http2Preface(bytes, at, end) : serverPreface(bytes, at, end);
    if (found === NEED_MORE) return NEED_MORE;
    if (found === NOT_MINE) {
      this.#getLost(side);
      return this.#search(on, side, bytes, at, end);
    }
    this.#directions[side].place = Place.FRAME;
    return side === CLIENT ? PREFACE_LENGTH : this.#frame(on, side, bytes, at, end);
  }

  /** Goes on at the first place where frames begin for certain. */
  #search(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): number {
    const from = this.#directions[side];
    const found = findFrames(bytes, at, end);
    if (found >= 0) {
      from.place = Place.FRAME;
      from.searched = 0;
      return found > at ? found - at : this.#frame(on, side, bytes, at, end);
    }
    from.searched += end - at;
    return from.searched <= MAX_SEARCH ? end - at : NOT_MINE;
  }

  /** One frame, or as much of it as has to be there at once (section 4.1). */
  #frame(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): number {
    const from = this.#directions[side];
    if (from.frameTime === 0) from.frameTime = on.time;
    if (end - at < FRAME_HEADER) return NEED_MORE;
    if (!isPossibleFrame(bytes, at)) {
      this.#getLost(side);
      malformed(on, "frame");
      return 1;
    }
    const length = frameLength(bytes, at);
    from.awaited = 0;
    if (end - at < FRAME_HEADER + neededPayload(bytes, at)) {
      from.awaited = FRAME_HEADER + length - (end - at);
      return NEED_MORE;
    }
    this.#payload(on, side, bytes, at);
    from.frameTime = 0;
    if (end - at >= FRAME_HEADER + length) {
      this.#passed(on, side);
      return FRAME_HEADER + length;
    }
    on.skip(side, length);
    return FRAME_HEADER;
  }

  /** What the frame at `at` says; that much of its payload is there. */
  #payload(on: Conversation, side: Side, bytes: Uint8Array, at: number): void {
    const type = frameType(bytes, at);
    const stream = frameStream(bytes, at);
    const from = this.#directions[side];
    if (from.block !== null && (type !== CONTINUATION || stream !== from.block.stream)) {
      from.block = null;
      this.#blockLost(on, side, "continuation");
    }
    switch (type) {
      case DATA:
        from.passing = passingData(on, bytes, at);
        break;
      case HEADERS:
      case PUSH_PROMISE:
        from.block = new HeaderBlock(type, frameFlags(bytes, at), stream, from.frameTime);
        this.#fragment(on, side, from.block, bytes, at);
        break;
      case CONTINUATION:
        if (from.block === null) this.#blockLost(on, side, "continuation");
        else this.#fragment(on, side, from.block, bytes, at);
        break;
      case RST_STREAM:
        this.#streams.reset(on, stream);
        break;
      case GOAWAY:
        // The client's says nothing about its own requests (section 6.8).
        if (side === SERVER) this.#streams.goAway(on, u32(bytes, at + FRAME_HEADER) & 0x7fffffff);
        break;
    }
  }

  /** The part of `block` that is in the frame at `at`; with END_HEADERS it is the last one. */
  #fragment(
    on: Conversation,
    side: Side,
    block: HeaderBlock,
    bytes: Uint8Array,
    at: number,
  ): void {
    const from = fragmentStart(bytes, at);
    const to = fragmentEnd(bytes, at);
    // Before anything else: of a frame that is too long the payload is not there.
    const isTooLong = block.length + frameLength(bytes, at) > MAX_HEADER_BLOCK;
    if (!block.lost && (isTooLong || from > to)) {
      block.lost = true;
      this.#blockLost(on, side, isTooLong ? "header-too-long" : "padding");
    }
    const isLast = (frameFlags(bytes, at) & END_HEADERS) !== 0;
    if (isLast) this.#directions[side].block = null;
    if (isLast && block.length === 0) return this.#blockDone(on, side, block, bytes, from, to);
    if (!block.lost) block.add(bytes, from, to);
    if (isLast) this.#blockDone(on, side, block, block.bytes, 0, block.length);
  }

  #blockDone(
    on: Conversation,
    side: Side,
    block: HeaderBlock,
    bytes: Uint8Array,
    at: number,
    end: number,
  ): void {
    fields.reset(block.lost);
    if (!block.lost && !this.#directions[side].hpack.decode(bytes, at, end, fields)) {
      fields.reset(true);
      malformed(on, "compression");
    }
    // What the server pushes was not asked for (section 8.4): read for the sake of the table alone.
    if (block.isPush) return;
    if (side === CLIENT) {
      this.#streams.request(on, block.stream, fields, block.endsStream, block.time);
    } else this.#streams.answer(on, block.stream, fields, block.endsStream, block.time);
  }

  #blockLost(on: Conversation, side: Side, reason: Reason): void {
    this.#directions[side].hpack.forget();
    malformed(on, reason);
  }

  skipped(on: Conversation, side: Side): void {
    this.#passed(on, side);
  }

  /** The frame at hand has passed with all its payload. */
  #passed(on: Conversation, side: Side): void {
    const from = this.#directions[side];
    const data = from.passing;
    if (data === null) return;
    from.passing = null;
    this.#streams.body(on, side, data.stream, data.body, data.endsStream);
  }

  /** Where the gap ends within the frame at hand, the next one's place is known all the same. */
  gap(on: Conversation, side: Side, length: number): void {
    const from = this.#directions[side];
    const rest = from.awaited - length;
    const inFrame = from.place === Place.FRAME && from.awaited > 0 && rest >= 0;
    const wasLost = from.place === Place.LOST;
    this.#getLost(side);
    if (!wasLost) malformed(on, "gap");
    if (!inFrame) return;
    from.place = Place.FRAME;
    if (rest > 0) on.skip(side, rest);
  }

  #getLost(side: Side): void {
    const from = this.#directions[side];
    from.place = Place.LOST;
    from.hpack.forget();
    from.frameTime = 0;
    from.awaited = 0;
    from.block = null;
  }

  finished(on: Conversation, side: Side): void {
    if (side === SERVER) this.ended(on);
  }

  ended(on: Conversation): void {
    this.#partlyPassed(on, CLIENT);
    this.#partlyPassed(on, SERVER);
    this.#streams.reportAll(on);
  }

  /** The part of a body that came before the connection broke off. */
  #partlyPassed(on: Conversation, side: Side): void {
    const from = this.#directions[side];
    const data = from.passing;
    if (data === null) return;
    from.passing = null;
    const passed = data.length - on.skipLeft(side) - data.before;
    const body = Math.max(0, Math.min(passed, data.body));
    this.#streams.body(on, side, data.stream, body, false);
  }
}

function malformed(on: Conversation, reason: Reason): void {
  on.sink.malformed("http2", reason);
}

/** How much of the payload has to be there at once; the rest is passed over. */
function neededPayload(bytes: Uint8Array, at: number): number {
  const length = frameLength(bytes, at);
  switch (frameType(bytes, at)) {
    case DATA:
      return (frameFlags(bytes, at) & PADDED) === 0 ? 0 : Math.min(length, 1);
    case HEADERS:
    case PUSH_PROMISE:
    case CONTINUATION:
      // One that is too long is not read at all, but for what says where its fragment begins.
      return Math.min(length, length > MAX_HEADER_BLOCK ? 1 : length);
    case RST_STREAM:
      return 4;
    case GOAWAY:
      return 8;
    default:
      return 0;
  }
}

/** Section 6.1. */
function passingData(on: Conversation, bytes: Uint8Array, at: number): PassingData {
  const length = frameLength(bytes, at);
  const flags = frameFlags(bytes, at);
  const padding = paddingOf(bytes, at);
  if (padding > length) malformed(on, "padding");
  return {
    stream: frameStream(bytes, at),
    length,
    body: Math.max(0, length - padding),
    before: padding > 0 ? 1 : 0,
    endsStream: (flags & END_STREAM) !== 0,
  };
}
