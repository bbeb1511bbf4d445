// TLS in TDS, the protocol of SQL Server: its handshake comes in packets of the kind that negotiates it.
// [MS-TDS] sections 2.2.3.1 (packets) and 2.2.6.5 (PRELOGIN).

import { HOLDER_INDEX } from "../../memory_ledger.ts";
import { u16 } from "../../bytes.ts";
import {
  type Conversation,
  NEED_MORE,
  NOT_MINE,
  type Side,
  type StreamAnalyser,
} from "../analyser.ts";
import { looksLikeClientHello, TlsConnection } from "./tls.ts";

/** Type, status, length (with the header), process id (2), packet id, window. */
const PACKET_HEADER = 8;
export const PRELOGIN = 0x12;
const RESPONSE = 0x04;
/** The only status bit that such packets have: the last one of a message. */
const END_OF_MESSAGE = 1;

/** Whether a packet with a ClientHello is at `at`: 1, NEED_MORE or NOT_MINE. */
export function looksLikeTdsHello(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== PRELOGIN || end - at > 1 && bytes[at + 1]! > END_OF_MESSAGE) return NOT_MINE;
  if (end - at <= PACKET_HEADER) return NEED_MORE;
  if (u16(bytes, at + 2) <= PACKET_HEADER || bytes[at + 7] !== 0) return NOT_MINE;
  return looksLikeClientHello(bytes, at + PACKET_HEADER, end);
}

/** Takes the hellos out of the packets. */
export class TdsTls implements StreamAnalyser {
  readonly #tls = new TlsConnection();
  /** By side: bytes of the current packet that have not come yet. */
  readonly #left: [number, number] = [0, 0];

  get holder(): number {
    return HOLDER_INDEX.tls;
  }

  get held(): number {
    return 100 + this.#tls.held;
  }

  data(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): number {
    const left = this.#left[side];
    if (left === 0) return this.#header(side, bytes, at, end);
    const stop = Math.min(end, at + left);
    const consumed = this.#tls.data(on, side, bytes, at, stop);
    // The header of a record that begins in one packet and ends in the next: nobody sends that.
    if (consumed === NEED_MORE && stop - at === left) return NOT_MINE;
    if (consumed > 0) this.#left[side] = left - consumed;
    return consumed;
  }

  #header(side: Side, bytes: Uint8Array, at: number, end: number): number {
    if (end - at < PACKET_HEADER) return NEED_MORE;
    const length = u16(bytes, at + 2) - PACKET_HEADER;
    const isPacket = bytes[at] === PRELOGIN || bytes[at] === RESPONSE;
    if (!isPacket || length <= 0) return NOT_MINE;
    this.#left[side] = length;
    return PACKET_HEADER;
  }

  skipped(): void {}

  gap(on: Conversation, side: Side): void {
    this.#tls.gap(on, side);
  }

  finished(on: Conversation, side: Side): void {
    this.#tls.finished(on, side);
  }

  ended(on: Conversation): void {
    this.#tls.ended(on);
  }
}
