// The PROXY protocol: a load balancer puts this header before a connection, to name the client. The
// header is skipped, and the protocol behind it is detected.
// https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt

import { HOLDER_INDEX } from "../memory_ledger.ts";
import { u16 } from "../bytes.ts";
import {
  type Conversation,
  HAND_OVER,
  NEED_MORE,
  NOT_MINE,
  type Side,
  type StreamAnalyser,
} from "./analyser.ts";

const TEXT_SIGNATURE = new TextEncoder().encode("PROXY ");
/** Version 1 is a line of at most 107 bytes (section 2.1). */
const MAX_TEXT = 107;
const LF = 0x0a;

const BINARY_SIGNATURE = Uint8Array.of(13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10);
/** Signature, version, family, length (section 2.2). */
const BINARY_HEADER = 16;
const BINARY_LENGTH_AT = 14;

/** Whether a header of either version begins at `at`: 1, NEED_MORE or NOT_MINE. */
export function looksLikeProxyHeader(bytes: Uint8Array, at: number, end: number): number {
  const text = startsWith(bytes, at, end, TEXT_SIGNATURE);
  return text === NOT_MINE ? startsWith(bytes, at, end, BINARY_SIGNATURE) : text;
}

function startsWith(bytes: Uint8Array, at: number, end: number, signature: Uint8Array): number {
  const length = Math.min(end - at, signature.length);
  for (let i = 0; i < length; i++) {
    if (bytes[at + i] !== signature[i]) return NOT_MINE;
  }
  return length === signature.length ? 1 : NEED_MORE;
}

/** Length of the header at `at`; NEED_MORE if its end has not come, NOT_MINE if it has none. */
function headerLength(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== TEXT_SIGNATURE[0]) {
    if (end - at < BINARY_HEADER) return NEED_MORE;
    const length = BINARY_HEADER + u16(bytes, at + BINARY_LENGTH_AT);
    return at + length <= end ? length : NEED_MORE;
  }
  const limit = Math.min(end, at + MAX_TEXT);
  for (let i = at; i < limit; i++) {
    if (bytes[i] === LF) return i + 1 - at;
  }
  return end - at < MAX_TEXT ? NEED_MORE : NOT_MINE;
}

/** Where the payload of a datagram begins: load balancers put a binary header before each. */
export function behindProxyHeader(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== BINARY_SIGNATURE[0] || at >= end) return at;
  if (startsWith(bytes, at, end, BINARY_SIGNATURE) !== 1) return at;
  const length = headerLength(bytes, at, end);
  return length > 0 ? at + length : at;
}

export class ProxyHeader implements StreamAnalyser {
  readonly held = 0;
  #passed = false;

  get holder(): number {
    return HOLDER_INDEX.flows;
  }

  data(_on: Conversation, _side: Side, bytes: Uint8Array, at: number, end: number): number {
    if (this.#passed) return HAND_OVER;
    const length = headerLength(bytes, at, end);
    this.#passed = length > 0;
    return length;
  }

  skipped(): void {}
  gap(): void {
    this.#passed = true;
  }
  finished(): void {}
  ended(): void {}
}
