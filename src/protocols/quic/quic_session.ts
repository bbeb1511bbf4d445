// A QUIC connection whose secrets may be in a key log: its 0-RTT and 1-RTT packets, and the streams of HTTP/3 in
// them. RFC 9001, RFC 9000 sections 12 (packets), 13.3 (retransmissions) and 17.3 (short headers).

import type { Bytes } from "../../crypto/cipher.ts";
import { canDecrypt } from "../../crypto/decryption.ts";
import type { KeyStore } from "../../keylog/key_store.ts";
import type { SessionSecrets } from "../../keylog/session_secrets.ts";
import { CLIENT, type Conversation, type DecryptionOutcome, type Side } from "../analyser.ts";
import { Http3 } from "../http3/http3.ts";
import { type CipherSuite, suitesOfSecret } from "../tls/cipher_suites.ts";
import { addConnectionId, type PacketReader, removeConnectionId } from "./connection_ids.ts";
import {
  type FrameReceiver,
  readApplicationFrames,
  readStreamHead,
  skipAckOrPadding,
  STREAM,
  streamHead,
} from "./frames.ts";
import type { LongHeader } from "./packet_header.ts";
import { HANDSHAKE } from "./versions.ts";
import { PacketProtection, PROTECTION_BYTES } from "./packet_protection.ts";

/** Packets that are opened in vain before the secrets are taken for others. */
const MAX_VAIN = 32;
/** Bytes of the payload of a datagram on an Ethernet. */
const MAX_SINGLE = 1500;
/** Bytes of the shortest packets that are sent several at once: RFC 9000 section 14. */
const MIN_SEGMENT = 1200;
/** How often their size is searched for, each side; it may change as paths are probed. */
const MAX_SEARCHES = 16;
/** Ids that are remembered of a connection. */
const MAX_OWN_IDS = 16;
/** Bytes of a packet that tell whether somebody wants the rest of it. */
const HEAD = 64;
/** Bytes of memory that a session takes by itself. */
const SESSION_BYTES = 600;
/** And each id that it is found by. */
const ID_BYTES = 100;

/** How long packets are that a side sends several at once, and how often that was searched for. */
interface Segments {
  size: number;
  searches: number;
}

const plaintext: Bytes = new Uint8Array(1 << 16);

export class QuicSession implements FrameReceiver, PacketReader {
  readonly #keys: KeyStore;
  readonly #http3 = new Http3();
  readonly #sides: [PacketProtection | null, PacketProtection | null] = [null, null];
  #early: PacketProtection | null = null;
  #random: Uint8Array | null = null;
  #prefix = "quic ";
  #suite: CipherSuite | null = null;
  #secrets: SessionSecrets | null = null;
  /** Length of the ids in the packets of each side. */
  readonly #idLengths: [number, number] = [0, 0];
  readonly #ids: string[] = [];
  /** Of packets that are sent several at once. */
  readonly #segments: readonly Segments[] = [{ size: 0, searches: 0 }, { size: 0, searches: 0 }];
  /** Flows that its packets come on. */
  #users = 1;
  #vain = 0;
  #isTold = false;
  isDead = false;
  /** Only while a packet is read. */
  #on: Conversation | null = null;
  #side: Side = CLIENT;

  constructor(keys: KeyStore) {
    this.#keys = keys;
  }

  /** Bytes of memory, see MemoryUser. */
  get held(): number {
    return SESSION_BYTES + 2 * PROTECTION_BYTES + ID_BYTES * this.#ids.length + this.#http3.held;
  }

  /** The ClientHello is read; labels of the version begin with `prefix`. */
  greeted(random: Uint8Array, prefix: string): void {
    this.#random = random;
    this.#prefix = prefix;
  }

  /** The ServerHello is read. `suite`: null if it is none that can be decrypted. */
  answered(on: Conversation, suite: CipherSuite | null, prefix: string): void {
    this.#prefix = prefix;
    this.#suite = suite;
    const aead = suite?.aead ?? null;
    const isReadable = aead !== null && canDecrypt(aead);
    if (!isReadable) this.#giveUp(on, "unsupported");
  }

  /** Takes the ids in the long header of a packet from `side`: those that short headers will have. */
  noteIds(side: Side, bytes: Uint8Array, header: LongHeader): void {
    const other = (side ^ 1) as Side;
    this.#idLengths[other] = header.sourceIdLength;
    this.#addId(other, bytes, header.sourceId, header.sourceIdLength);
    // In the client's first packets the server's id is not its own yet.
    if (header.type === HANDSHAKE) this.#idLengths[side] = header.destinationIdLength;
  }

  #addId(sender: Side, bytes: Uint8Array, at: number, length: number): void {
    if (this.#ids.length >= MAX_OWN_IDS) return;
    const key = addConnectionId(this, sender, bytes, at, length);
    if (key !== null) this.#ids.push(key);
  }

  join(): void {
    this.#users++;
  }

  /** Reads the 0-RTT packet at `at`. */
  early(on: Conversation, bytes: Uint8Array, at: number, header: LongHeader): void {
    if (this.isDead) return;
    const secret = this.#findSecrets()?.early ?? null;
    if (secret === null) return;
    const tried = this.#early !== null
      ? [this.#early]
      : suitesOfSecret(secret.length).map((suite) =>
        new PacketProtection(suite, secret, this.#prefix)
      );
    for (const protection of tried) {
      if (!protection.readHeader(bytes, at, header.number, header.end, false)) return;
      if (!protection.open(bytes, at, header.end, plaintext)) continue;
      this.#early = protection;
      return this.#read(on, CLIENT, protection.length);
    }
  }

  packets(
    on: Conversation,
    side: Side,
    bytes: Uint8Array,
    start: number,
    at: number,
    end: number,
  ): void {
    const protection = this.#protection(on, side);
    if (protection === null) return;
    if (end - start <= MAX_SINGLE) return this.#packet(on, side, protection, bytes, at, end);
    const size = this.#segmentSize(side, protection, bytes, start, at, end);
    for (let from = at; from < end;) {
      const stop = segmentEnd(start, from, size, end);
      this.#packet(on, side, protection, bytes, from, stop);
      from = stop;
    }
  }

  /**
   * A sender may give several packets of one size to its kernel at once (UDP_SEGMENT of Linux), which a capture
   * there shows as one datagram. The size is that for which a tag fits.
   */
  #segmentSize(
    side: Side,
    protection: PacketProtection,
    bytes: Uint8Array,
    start: number,
    at: number,
    end: number,
  ): number {
    const segments = this.#segments[side]!;
    const number = at + 1 + this.#idLengths[side];
    if (!protection.readHeader(bytes, at, number, end, true)) return end - start;
    const fits = (size: number): boolean =>
      protection.open(bytes, at, segmentEnd(start, at, size, end), plaintext);
    if (segments.size > 0 && fits(segments.size)) return segments.size;
    if (segments.searches++ >= MAX_SEARCHES) return segments.size || end - start;
    if (fits(end - start)) return end - start;
    for (let size = MIN_SEGMENT; size <= MAX_SINGLE; size++) {
      if (fits(size)) return segments.size = size;
    }
    return end - start;
  }

  #packet(
    on: Conversation,
    side: Side,
    protection: PacketProtection,
    bytes: Uint8Array,
    at: number,
    end: number,
  ): void {
    const number = at + 1 + this.#idLengths[side];
    if (!protection.readHeader(bytes, at, number, end, true)) return;
    if (protection.mayPart && this.#passes(on, side, protection, bytes)) {
      return protection.noteNumber();
    }
    if (protection.open(bytes, at, end, plaintext)) {
      this.#tell(on, "read");
      this.#read(on, side, protection.length);
    } else if (!protection.isVerified && ++this.#vain > MAX_VAIN) this.#giveUp(on, "wrong-keys");
  }

  #findSecrets(): SessionSecrets | null {
    if (this.#random !== null) this.#secrets ??= this.#keys.find(this.#random, 0);
    return this.#secrets;
  }

  #protection(on: Conversation, side: Side): PacketProtection | null {
    const known = this.#sides[side];
    if (known !== null || this.isDead) return known;
    const secrets = this.#findSecrets();
    const secret = (side === CLIENT ? secrets?.clientTraffic : secrets?.serverTraffic) ?? null;
    if (secret === null) {
      this.#giveUp(on, "no-keys");
      return null;
    }
    // Without the ServerHello the usual suite for the secret's length is taken.
    const suite = this.#suite ?? suitesOfSecret(secret.length)[0]!;
    return this.#sides[side] = new PacketProtection(suite, secret, this.#prefix);
  }

  /** Whether a packet is nothing but a piece of a stream that nobody wants; then it is counted. */
  #passes(
    on: Conversation,
    side: Side,
    protection: PacketProtection,
    bytes: Uint8Array,
  ): boolean {
    const { length } = protection;
    if (length < 4 * HEAD) return false;
    protection.part(bytes, HEAD, plaintext);
    let at = 0;
    while (at >= 0 && at < HEAD / 2 && (plaintext[at]! & ~7) !== STREAM) {
      at = skipAckOrPadding(plaintext, at, HEAD / 2);
    }
    if (at < 0 || at >= HEAD / 2 || !readStreamHead(plaintext, at, length)) return false;
    const { id, offset, length: size, isLast } = streamHead;
    if (streamHead.at + size !== length || !this.#http3.isPassed(side, id, offset, size)) {
      return false;
    }
    this.#http3.stream(on, side, id, offset, null, 0, size, isLast);
    return true;
  }

  #read(on: Conversation, side: Side, length: number): void {
    this.#on = on;
    this.#side = side;
    if (!readApplicationFrames(plaintext, length, this)) on.sink.malformed("quic", "frame");
    this.#on = null;
  }

  stream(id: number, offset: number, at: number, length: number, isLast: boolean): void {
    const on = this.#on!;
    this.#http3.stream(on, this.#side, id, offset, plaintext, at, length, isLast);
  }

  resetStream(id: number): void {
    this.#http3.reset(this.#on!, id);
  }

  newConnectionId(at: number, length: number): void {
    const other = (this.#side ^ 1) as Side;
    this.#addId(other, plaintext, at, length);
  }

  #tell(on: Conversation, outcome: DecryptionOutcome): void {
    if (!this.#isTold) on.sink.decrypted(outcome);
    this.#isTold = true;
  }

  #giveUp(on: Conversation, outcome: DecryptionOutcome): void {
    this.isDead = true;
    this.#tell(on, outcome);
  }

  /** One of the flows with its packets has ended. */
  ended(on: Conversation): void {
    if (--this.#users > 0) return;
    this.isDead = true;
    this.#http3.ended(on);
    for (const id of this.#ids) removeConnectionId(id);
    if (this.#random !== null) this.#keys.ended(this.#random, 0);
    this.#secrets = null;
    this.#sides.fill(null);
  }
}

/** Where the packet at `at` ends, in a datagram from `start` to `end` of packets of this size. */
const segmentEnd = (start: number, at: number, size: number, end: number): number =>
  Math.min(end, start + (Math.floor((at - start) / size) + 1) * size);
