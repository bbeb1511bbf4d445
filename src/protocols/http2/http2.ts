// HTTP/2 without TLS (RFC 9113): reads frames, and the header blocks in them. If the capture begins
// in the middle of a connection, frames are searched for; header fields that refer to what was not
// captured stay unknown. After `Upgrade: h2c`, stream 1 has the response to the HTTP/1.1 request
// that was answered with 101 (RFC 7540 section 3.2): it is ignored, as that request is reported by
// HTTP/1.

import { HOLDER_INDEX } from "../../memory_ledger.ts";
import {
  CLIENT,
  type Conversation,
  HAND_OVER,
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
import { HeaderBlock, MAX_HEADER_BLOCK } from "./header_block.ts";
import { HeaderFields } from "./header_fields.ts";
import { malformed, type MalformedReason } from "./malformed.ts";
import { StreamTable } from "./stream_table.ts";

/** Bytes that are searched for a frame in vain, before the connection is only counted. */
const MAX_SEARCH = 1 << 20;

enum Position {
  /** Before the first byte of this direction. */
  START,
  /** At the beginning of a frame. */
  FRAME,
  /** Unknown: a frame is searched for. */
  LOST,
}

/** What is known of the bytes that one side sends. */
class Direction {
  position = Position.START;
  readonly hpack = new HpackDecoder();
  /** When the first byte of the current frame came; 0 between frames. */
  frameTime = 0;
  /** Bytes of the current frame that have not come, if it cannot be read before; else 0. */
  awaited = 0;
  /** A header block that continues in the next frame. */
  block: HeaderBlock | null = null;
  /** The DATA frame whose payload is being skipped. */
  data: DataFrame | null = null;
  /** Bytes that were searched for a frame in vain. */
  searched = 0;
  /** Whether the place of the next frame is unknown because of a gap. */
  isBehindGap = false;

  /** Bytes of memory, see MemoryUser. */
  get held(): number {
    return this.hpack.held + (this.block?.bytes.length ?? 0);
  }
}

interface DataFrame {
  readonly stream: number;
  /** Bytes of the payload; of the body in it; of padding before the body. */
  readonly length: number;
  readonly body: number;
  readonly before: number;
  readonly endsStream: boolean;
}

/** Overwritten by each header block. */
const fields = new HeaderFields();

/** Bytes of memory that a connection takes, beside its tables, streams and header blocks. */
const CONNECTION_BYTES = 1500;

export class Http2 implements StreamAnalyser {
  readonly #directions: readonly [Direction, Direction] = [new Direction(), new Direction()];
  readonly #streams = new StreamTable();

  get holder(): number {
    return HOLDER_INDEX.http2;
  }

  get held(): number {
    const [client, server] = this.#directions;
    return CONNECTION_BYTES + client.held + server.held + this.#streams.held;
  }

  data(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): number {
    const from = this.#directions[side];
    if (from.position === Position.FRAME) return this.#frame(on, side, bytes, at, end);
    if (from.position === Position.LOST) return this.#search(on, side, bytes, at, end);
    return this.#start(on, side, bytes, at, end);
  }

  /**
   * With the preface (section 3.4), the capture has the whole connection; else it begins in the
   * middle. If all of the client was captured and it sends no frames, it speaks another protocol: many
   * servers send their preface at once, to whoever connects.
   */
  #start(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): number {
    const found = side === CLIENT ? http2Preface(bytes, at, end) : serverPreface(bytes, at, end);
    if (found === NEED_MORE) return NEED_MORE;
    if (found === NOT_MINE) {
      if (side === CLIENT && !on.isMidway && findFrames(bytes, at, end) < 0) return HAND_OVER;
      this.#lose(side);
      return this.#search(on, side, bytes, at, end);
    }
    this.#directions[side].position = Position.FRAME;
    return side === CLIENT ? PREFACE_LENGTH : this.#frame(on, side, bytes, at, end);
  }

  /** Searches for a place where frames certainly begin. */
  #search(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): number {
    const from = this.#directions[side];
    const found = findFrames(bytes, at, end);
    if (found >= 0) {
      from.position = Position.FRAME;
      from.searched = 0;
      if (from.isBehindGap) on.sink.resynchronised("http2");
      from.isBehindGap = false;
      return found > at ? found - at : this.#frame(on, side, bytes, at, end);
    }
    from.searched += end - at;
    return from.searched <= MAX_SEARCH ? end - at : NOT_MINE;
  }

  /** Reads a frame (section 4.1) once as much of it has come as is needed; the rest is skipped. */
  #frame(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): number {
    const from = this.#directions[side];
    if (from.frameTime === 0) from.frameTime = on.time;
    if (end - at < FRAME_HEADER) return NEED_MORE;
    if (!isPossibleFrame(bytes, at)) {
      this.#lose(side);
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
      this.#frameDone(on, side);
      return FRAME_HEADER + length;
    }
    on.skip(side, length);
    return FRAME_HEADER;
  }

  /** Reads the payload of the frame at `at`, as much of it as `neededPayload` says. */
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
        from.data = dataFrame(on, bytes, at);
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
        // The client's is about the server's streams (section 6.8).
        if (side === SERVER) this.#streams.goAway(on, u32(bytes, at + FRAME_HEADER) & 0x7fffffff);
        break;
    }
  }

  /** Reads the part of `block` in the frame at `at`; with END_HEADERS it is the last one. */
  #fragment(
    on: Conversation,
    side: Side,
    block: HeaderBlock,
    bytes: Uint8Array,
    at: number,
  ): void {
    const from = fragmentStart(bytes, at);
    const to = fragmentEnd(bytes, at);
    // Checked first: the payload of a frame that is too long has not come.
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
    // A pushed request (section 8.4) is no request of the client. It was read for HPACK's table.
    if (block.isPush) return;
    if (side === CLIENT) {
      this.#streams.request(on, block.stream, fields, block.endsStream, block.time);
    } else this.#streams.answer(on, block.stream, fields, block.endsStream, block.time);
  }

  #blockLost(on: Conversation, side: Side, reason: MalformedReason): void {
    this.#directions[side].hpack.forget();
    malformed(on, reason);
  }

  skipped(on: Conversation, side: Side): void {
    this.#frameDone(on, side);
  }

  /** The current frame has come with all its payload. */
  #frameDone(on: Conversation, side: Side): void {
    const from = this.#directions[side];
    const data = from.data;
    if (data === null) return;
    from.data = null;
    this.#streams.body(on, side, data.stream, data.body, data.endsStream);
  }

  /** If the gap ends within the current frame, it is still known where the next one begins. */
  gap(on: Conversation, side: Side, length: number): void {
    const from = this.#directions[side];
    const rest = from.awaited - length;
    const inFrame = from.position === Position.FRAME && from.awaited > 0 && rest >= 0;
    const wasLost = from.position === Position.LOST;
    this.#lose(side);
    if (!wasLost) malformed(on, "gap");
    from.isBehindGap = !inFrame;
    if (!inFrame) return;
    on.sink.resynchronised("http2");
    from.position = Position.FRAME;
    if (rest > 0) on.skip(side, rest);
  }

  #lose(side: Side): void {
    const from = this.#directions[side];
    from.position = Position.LOST;
    from.hpack.forget();
    from.frameTime = 0;
    from.awaited = 0;
    from.block = null;
  }

  finished(on: Conversation, side: Side): void {
    if (side === SERVER) this.ended(on);
  }

  ended(on: Conversation): void {
    this.#frameCut(on, CLIENT);
    this.#frameCut(on, SERVER);
    this.#streams.reportAll(on);
  }

  /** Counts the part of a DATA frame that came before the connection ended. */
  #frameCut(on: Conversation, side: Side): void {
    const from = this.#directions[side];
    const data = from.data;
    if (data === null) return;
    from.data = null;
    const passed = data.length - on.skipLeft(side) - data.before;
    const body = Math.max(0, Math.min(passed, data.body));
    this.#streams.body(on, side, data.stream, body, false);
  }
}

/** How many bytes of the payload are needed to read the frame at `at`; the others are skipped. */
function neededPayload(bytes: Uint8Array, at: number): number {
  const length = frameLength(bytes, at);
  switch (frameType(bytes, at)) {
    case DATA:
      return (frameFlags(bytes, at) & PADDED) === 0 ? 0 : Math.min(length, 1);
    case HEADERS:
    case PUSH_PROMISE:
    case CONTINUATION:
      // Of one that is too long only the padding length is needed, to find where its fragment begins.
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
function dataFrame(on: Conversation, bytes: Uint8Array, at: number): DataFrame {
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
