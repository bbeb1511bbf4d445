// QUIC: the ClientHello and the ServerHello of each connection on a UDP flow, of all versions whose Initial
// packets can be read. RFC 9000 (version 1), RFC 9001 (its TLS), RFC 9369 (version 2), RFC 8999 (all).

import type { Conversation, DatagramAnalyser, Side } from "../analyser.ts";
import { GoogleHello, looksLikeGoogleQuic, parseGooglePacket } from "./gquic.ts";
import { isLongHeader, LongHeader, parseLongHeader } from "./packet_header.ts";
import { InitialExchange } from "./initial.ts";
import { INITIAL, isReservedVersion, RETRY } from "./versions.ts";

/** No client sends its first packets in smaller datagrams (RFC 9000 section 14.1). */
const MIN_CLIENT_DATAGRAM = 1200;

/** Packet number, and the sample that its protection takes. */
const MIN_PROTECTED = 20;

/**
 * How many packets may be opened in vain, or datagrams passed by, between one ClientHello and the next.
 * The largest known take three or four; MAX_CRYPTO in full-size packets takes 57.
 */
const PATIENCE = 64;

const header = new LongHeader();
const googleHello = new GoogleHello();

/** Whether the datagram `bytes[at..end)` is of the beginning of a QUIC connection, on any port. */
export function looksLikeQuic(bytes: Uint8Array, at: number, end: number): boolean {
  if (looksLikeGoogleQuic(bytes, at, end)) return true;
  if (!parseLongHeader(bytes, at, end, header)) return false;
  const isFullSize = end - at >= MIN_CLIENT_DATAGRAM;
  if (header.version === null) {
    return isReservedVersion(header.versionNumber) && header.fixedBit && isFullSize;
  }
  if (header.type === RETRY) return header.fixedBit;
  if (header.end - header.number < MIN_PROTECTED) return false;
  // Clear only in an Initial packet with a token (RFC 9287 section 3.1).
  return header.fixedBit || (header.type === INITIAL && header.tokenLength > 0 && isFullSize);
}

/** Follows the QUIC connections on one UDP flow, one after the other. */
export class QuicConnection implements DatagramAnalyser {
  #exchange: InitialExchange | null = null;
  #googleId = "";
  #patience = PATIENCE;

  /**
   * Stays with a flow after its handshake, as another connection may follow on the same ports: all
   * that later packets cost is a look at their first byte. Returns false, and has then reported what
   * there was, on a flow that goes on without a ClientHello that can be read.
   */
  datagram(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): boolean {
    if (at >= end) return true;
    if (looksLikeGoogleQuic(bytes, at, end)) this.#googlePacket(on, bytes, at, end);
    else if (isLongHeader(bytes[at]!)) this.#longPackets(on, side, bytes, at, end);
    if (this.#exchange === null && this.#googleId === "") this.#patience--;
    if (this.#patience > 0) return true;
    this.ended(on);
    return false;
  }

  /** A datagram may hold several packets, one after the other (RFC 9000 section 12.2). */
  #longPackets(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): void {
    let packet = at;
    while (packet < end && this.#patience > 0 && parseLongHeader(bytes, packet, end, header)) {
      if (header.version !== null && header.type === INITIAL) {
        this.#initialPacket(on, side, bytes, packet);
      }
      packet = header.end;
    }
  }

  #initialPacket(on: Conversation, side: Side, bytes: Uint8Array, at: number): void {
    const current = this.#exchange;
    if (current?.isKnown(side, bytes, header)) return;
    this.#patience--;
    const isOfCurrent = current?.packet(on, side, bytes, at, header) ?? false;
    if (!isOfCurrent) {
      const next = InitialExchange.open(on, side, bytes, at, header, current);
      if (next === null) return;
      this.#exchange = next;
    }
    if (this.#exchange!.greeted) this.#patience = PATIENCE;
  }

  /** Up to Q046. A client says CHLO again when the server asks for more. */
  #googlePacket(on: Conversation, bytes: Uint8Array, at: number, end: number): void {
    if (!parseGooglePacket(bytes, at, end, googleHello)) return;
    const { connectionId, serverName: host, version } = googleHello;
    if (connectionId === this.#googleId) return;
    this.#googleId = connectionId;
    this.#patience = PATIENCE;
    on.sink.hit(on, "quic", host);
    on.sink.quic(on, {
      host,
      quicVersion: version,
      alpn: "",
      helloTime: on.time,
      answerTime: 0,
    });
  }

  ended(on: Conversation): void {
    this.#exchange?.ended(on);
    this.#exchange = null;
  }
}
