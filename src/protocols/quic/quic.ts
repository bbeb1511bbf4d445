// QUIC: the ClientHello and the ServerHello of each connection on a UDP flow, in all versions whose
// Initial packets can be decrypted. RFC 8999 (all versions), RFC 9000 and 9001 (version 1), RFC
// 9369 (version 2).

import { HOLDER_INDEX } from "../../memory_ledger.ts";
import type { KeyStore } from "../../keylog/key_store.ts";
import type { Conversation, DatagramAnalyser, Side } from "../analyser.ts";
import { GoogleHello, looksLikeGoogleQuic, parseGooglePacket } from "./gquic.ts";
import { isLongHeader, LongHeader, parseLongHeader } from "./packet_header.ts";
import { destinationOf, type PacketReader } from "./connection_ids.ts";
import { InitialExchange } from "./initial.ts";
import { mayAttempt, noteVain } from "./vain_attempts.ts";
import { INITIAL, isReservedVersion, RETRY, ZERO_RTT } from "./versions.ts";

/** Clients send their first packets in datagrams of at least this size (RFC 9000 section 14.1). */
const MIN_CLIENT_DATAGRAM = 1200;

/** Bytes of the packet number and of the sample for header protection. */
const MIN_PROTECTED = 20;

/**
 * How many packets may be decrypted in vain, or datagrams ignored, until the next ClientHello is
 * complete. The largest known ones take three or four packets; MAX_CRYPTO bytes would take 57.
 */
const MAX_ATTEMPTS = 64;

const header = new LongHeader();
const googleHello = new GoogleHello();

/** Whether a QUIC connection begins with the datagram `bytes[at..end)`, on any port. */
export function looksLikeQuic(bytes: Uint8Array, at: number, end: number): boolean {
  if (looksLikeGoogleQuic(bytes, at, end)) return true;
  if (!isLongHeader(bytes[at]!)) return destinationOf(bytes, at, end) !== null;
  if (!parseLongHeader(bytes, at, end, header)) return false;
  const isFullSize = end - at >= MIN_CLIENT_DATAGRAM;
  if (header.version === null) {
    return isReservedVersion(header.versionNumber) && header.fixedBit && isFullSize;
  }
  if (header.type === RETRY) return header.fixedBit;
  if (header.end - header.number < MIN_PROTECTED) return false;
  // It may be 0 only in an Initial packet with a token (RFC 9287 section 3.1).
  return header.fixedBit || (header.type === INITIAL && header.tokenLength > 0 && isFullSize);
}

export const QUIC_PORT = 443;

/** Whether the datagram may be one of a connection that has begun: RFC 9000 section 17.3.1. */
export const isShortPacket = (bytes: Uint8Array, at: number, end: number): boolean =>
  end - at >= MIN_PROTECTED && (bytes[at]! & 0xc0) === 0x40;

/** Bytes of memory that a flow's analyser takes by itself. */
const FLOW_BYTES = 100;

/** Reads the QUIC connections on one UDP flow, one after the other. */
export class QuicConnection implements DatagramAnalyser {
  #exchange: InitialExchange | null = null;
  #googleId = "";
  #attemptsLeft = MAX_ATTEMPTS;
  readonly #keys: KeyStore;
  /** A connection that began on another flow, and whether its client is this one's server. */
  #migrated: PacketReader | null = null;
  #isTurned = false;

  constructor(keys: KeyStore) {
    this.#keys = keys;
  }

  get holder(): number {
    return HOLDER_INDEX.quic;
  }

  get held(): number {
    return FLOW_BYTES + (this.#exchange?.held ?? 0);
  }

  /**
   * Reads on after a handshake, as another connection may follow on the same ports; of other
   * packets only the first byte is read. Returns false, after it has reported what is open, if too
   * many datagrams have come without a ClientHello.
   */
  datagram(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): boolean {
    if (at >= end) return true;
    if (!isLongHeader(bytes[at]!) && this.#keys.isUsed) {
      this.#shortPackets(on, side, bytes, at, at, end);
    }
    if (looksLikeGoogleQuic(bytes, at, end)) this.#googlePacket(on, bytes, at, end);
    else if (isLongHeader(bytes[at]!)) this.#longPackets(on, side, bytes, at, end);
    const isKnown = this.#exchange !== null || this.#googleId !== "" || this.#migrated !== null;
    if (!isKnown) this.#attemptsLeft--;
    if (this.#attemptsLeft > 0) return true;
    this.ended(on);
    return false;
  }

  /** A datagram may contain several packets (RFC 9000 section 12.2). */
  #longPackets(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): void {
    let packet = at;
    while (packet < end && this.#attemptsLeft > 0 && parseLongHeader(bytes, packet, end, header)) {
      if (header.version !== null && header.type === INITIAL) {
        this.#initialPacket(on, side, bytes, packet);
      }
      const session = this.#exchange?.session;
      if (session && header.version !== null && header.type !== RETRY) {
        session.noteIds(side, bytes, header);
        if (header.type === ZERO_RTT) session.early(on, bytes, packet, header);
      }
      packet = header.end;
    }
    if (packet > at && packet < end && !isLongHeader(bytes[packet]!)) {
      this.#shortPackets(on, side, bytes, at, packet, end);
    }
  }

  /** What follows a handshake; it can only be read with secrets. */
  #shortPackets(
    on: Conversation,
    side: Side,
    bytes: Uint8Array,
    start: number,
    at: number,
    end: number,
  ): void {
    const session = this.#exchange?.session ?? null;
    if (session !== null) return session.packets(on, side, bytes, start, at, end);
    if (this.#migrated === null) {
      const found = this.#exchange === null ? destinationOf(bytes, at, end) : null;
      if (found === null) return;
      this.#migrated = found.session;
      this.#isTurned = found.sender !== side;
      this.#migrated.join();
    }
    const sender = (this.#isTurned ? side ^ 1 : side) as Side;
    this.#migrated.packets(on, sender, bytes, start, at, end);
  }

  #initialPacket(on: Conversation, side: Side, bytes: Uint8Array, at: number): void {
    const current = this.#exchange;
    if (current?.isKnown(side, bytes, header)) return;
    if (!mayAttempt(on.time)) return on.sink.evicted("quic");
    this.#attemptsLeft--;
    const isOfCurrent = current?.packet(on, side, bytes, at, header) ?? false;
    if (!isOfCurrent) {
      const next = InitialExchange.open(on, side, bytes, at, header, current, this.#keys);
      if (next === null) return noteVain();
      this.#exchange = next;
    }
    if (this.#exchange!.greeted) this.#attemptsLeft = MAX_ATTEMPTS;
  }

  /** A packet up to Q046. The client sends CHLO again if the server asks for more. */
  #googlePacket(on: Conversation, bytes: Uint8Array, at: number, end: number): void {
    if (!parseGooglePacket(bytes, at, end, googleHello)) return;
    const { connectionId, serverName: host, version } = googleHello;
    if (connectionId === this.#googleId) return;
    this.#googleId = connectionId;
    this.#attemptsLeft = MAX_ATTEMPTS;
    on.sink.hit(on, "quic", host);
    on.sink.quic(on, {
      host,
      quicVersion: version,
      alpn: "",
      ech: false,
      helloTime: on.time,
      answerTime: 0,
    });
  }

  ended(on: Conversation): void {
    this.#exchange?.ended(on);
    this.#exchange = null;
    this.#migrated?.ended(on);
    this.#migrated = null;
  }
}
