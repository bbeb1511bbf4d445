// The Initial packets of one QUIC connection: those of the client carry its ClientHello, those of
// the server its ServerHello. RFC 9000 sections 7 and 7.2 (connection ids), RFC 9001 section 4.

import type { KeyStore } from "../../keylog/key_store.ts";
import { type Conversation, NEED_MORE, NOT_MINE, type Side } from "../analyser.ts";
import { CryptoStream, readFrames, readGoogleFrames } from "./crypto_frames.ts";
import { GoogleHello, parseGoogleHello } from "./gquic.ts";
import type { LongHeader } from "./packet_header.ts";
import { initialKeys, openPacket, type PacketKeys } from "./initial_keys.ts";
import type { QuicVersion } from "./versions.ts";
import { ClientHello, parseClientHello, parseServerHello, ServerHello } from "../tls/hello.ts";
import { choiceOf, randomOf } from "../tls/negotiation.ts";
import type { QuicHandshake } from "../transactions.ts";
import { QuicSession } from "./quic_session.ts";

const clientHello = new ClientHello();
const serverHello = new ServerHello();
const googleHello = new GoogleHello();

const NO_ID = 0;

/** Bytes of memory that an exchange takes, until its hellos are read, and for each side's keys. */
const EXCHANGE_BYTES = 120;
const OPENING_BYTES = 450;
const HALF_BYTES = 900;

/** The handshake bytes of one side, and the keys of its packets. */
class Half {
  readonly stream = new CryptoStream();

  constructor(readonly version: QuicVersion, readonly keys: PacketKeys) {}

  readFrames(payload: Uint8Array): boolean {
    return this.version.googleFrames
      ? readGoogleFrames(payload, this.stream)
      : readFrames(payload, this.stream);
  }
}

/** What is needed only until both hellos are read: most connections last much longer. */
class Opening {
  /** The destination connection id of the client's first packet: all keys are derived from it. */
  readonly firstId: readonly number[];
  readonly version: QuicVersion;
  /** Null once the ClientHello is read. */
  clientHalf: Half | null;
  /** Null until the server answers. */
  serverHalf: Half | null = null;
  /** When the ClientHello's first packet came. */
  begun: number;
  handshake: QuicHandshake | null = null;

  constructor(half: Half, firstId: readonly number[], begun: number) {
    this.version = half.version;
    this.clientHalf = half;
    this.firstId = firstId;
    this.begun = begun;
  }
}

export class InitialExchange {
  readonly #client: Side;
  /** A digest of the destination connection id of the client's first packet. */
  readonly #firstId: number;
  /** The same of the connection before, on the same ports, whose packets may come late. */
  #formerId = NO_ID;
  /** Digests of the ids that server and client have chosen for packets to them. */
  #serverId = NO_ID;
  readonly #clientId: number;
  /** Whether the ServerHello is read, or none is expected. */
  #answered = false;
  /** Decrypts what follows; null if that is not to be done. */
  session: QuicSession | null = null;
  /** Null once both hellos are read and reported. */
  #opening: Opening | null;

  private constructor(client: Side, opening: Opening, firstId: number, clientId: number) {
    this.#client = client;
    this.#opening = opening;
    this.#firstId = firstId;
    this.#clientId = clientId;
  }

  /** The connection that begins with the packet at `at`; null if none does. `former` came before it. */
  static open(
    on: Conversation,
    side: Side,
    bytes: Uint8Array,
    at: number,
    header: LongHeader,
    former: InitialExchange | null,
    keys: KeyStore,
  ): InitialExchange | null {
    const firstId = destinationIdBytes(bytes, header);
    const half = new Half(header.version!, initialKeys(header.version!, firstId, "client in"));
    const payload = openPacket(half.keys, bytes, at, header);
    if (payload === null) return null;
    const opening = new Opening(half, firstId, on.time);
    const clientId = sourceId(bytes, header);
    const exchange = new InitialExchange(side, opening, destinationId(bytes, header), clientId);
    if (keys.isUsed && !half.version.googleFrames) exchange.session = new QuicSession(keys);
    if (former !== null) exchange.#follow(on, opening, former, header.tokenLength > 0);
    exchange.#clientFrames(on, opening, payload);
    return exchange;
  }

  /** Bytes of memory, see MemoryUser. */
  get held(): number {
    const opening = this.#opening;
    const session = this.session?.held ?? 0;
    if (opening === null) return EXCHANGE_BYTES + session;
    const { clientHalf, serverHalf, handshake } = opening;
    return EXCHANGE_BYTES + OPENING_BYTES + session + (handshake?.host.length ?? 0) +
      (clientHalf === null ? 0 : HALF_BYTES + clientHalf.stream.held) +
      (serverHalf === null ? 0 : HALF_BYTES + serverHalf.stream.held);
  }

  /** Whether the ClientHello is read, or cannot be read. */
  get greeted(): boolean {
    return this.#opening === null || this.#opening.clientHalf === null;
  }

  /**
   * If the server asks for it, by Retry (RFC 9000 section 8.1) or version negotiation (6), the
   * client sends its ClientHello again: with a token, or in another version. That is no second
   * connection. The server's packets are not needed to see it, and may not have been captured.
   */
  #follow(on: Conversation, opening: Opening, former: InitialExchange, hasToken: boolean): void {
    this.#formerId = former.#firstId;
    const before = former.#opening;
    if (former.#answered || before === null) return former.ended(on);
    if (!hasToken && before.version === opening.version) return former.ended(on);
    opening.begun = before.begun;
    if (before.handshake === null) return;
    opening.handshake = { ...before.handshake, quicVersion: opening.version.name };
    opening.clientHalf = null;
    // Its ClientHello is the same.
    this.session = former.session;
    former.session = null;
  }

  /** Whether a packet of this connection, or of the one before, has nothing left to read. */
  isKnown(side: Side, bytes: Uint8Array, header: LongHeader): boolean {
    const id = destinationId(bytes, header);
    if (side !== this.#client) return this.#answered && id === this.#clientId;
    if (id === this.#formerId) return true;
    return this.greeted && (id === this.#firstId || id === this.#serverId);
  }

  /** Reads the Initial packet at `at`. False if it does not belong to this connection. */
  packet(
    on: Conversation,
    side: Side,
    bytes: Uint8Array,
    at: number,
    header: LongHeader,
  ): boolean {
    const opening = this.#opening;
    if (opening === null) return false;
    return side === this.#client
      ? this.#clientPacket(on, opening, bytes, at, header)
      : this.#serverPacket(on, opening, bytes, at, header);
  }

  #clientPacket(
    on: Conversation,
    opening: Opening,
    bytes: Uint8Array,
    at: number,
    header: LongHeader,
  ): boolean {
    if (opening.clientHalf === null) return false;
    const payload = openPacket(opening.clientHalf.keys, bytes, at, header);
    if (payload === null) return false;
    this.#clientFrames(on, opening, payload);
    return true;
  }

  #serverPacket(
    on: Conversation,
    opening: Opening,
    bytes: Uint8Array,
    at: number,
    header: LongHeader,
  ): boolean {
    if (this.#answered) return false;
    const half = serverHalfFor(opening, header.version!);
    const payload = openPacket(half.keys, bytes, at, header);
    if (payload === null) return false;
    opening.serverHalf = half;
    if (this.#serverId === NO_ID) this.#serverId = sourceId(bytes, header);
    if (!half.readFrames(payload)) on.sink.malformed("quic", "frame");
    this.#readAnswer(on, opening, half.stream);
    opening.serverHalf?.stream.keep();
    return true;
  }

  #clientFrames(on: Conversation, opening: Opening, payload: Uint8Array): void {
    const half = opening.clientHalf;
    if (half === null) return;
    if (!half.readFrames(payload)) on.sink.malformed("quic", "frame");
    if (half.version.googleHandshake) this.#readGoogleHello(on, opening, half.stream);
    else this.#readHello(on, opening, half.stream);
    opening.clientHalf?.stream.keep();
  }

  #readHello(on: Conversation, opening: Opening, stream: CryptoStream): void {
    const { bytes, at, length } = stream;
    const consumed = parseClientHello(bytes, at, at + length, clientHello);
    if (consumed === NEED_MORE) return;
    if (consumed === NOT_MINE) {
      on.sink.malformed("quic", "hello");
      opening.clientHalf = null;
    } else {
      if (clientHello.alpn.some((name) => name.startsWith("h3"))) {
        this.session?.greeted(randomOf(bytes, at), opening.version.labelPrefix);
      } else this.session = null;
      this.#helloDone(
        on,
        opening,
        clientHello.serverName,
        clientHello.alpn[0] ?? "",
        clientHello.encrypted,
      );
    }
  }

  /** In Google's own handshake no single message is the server's answer: reports at once. */
  #readGoogleHello(on: Conversation, opening: Opening, stream: CryptoStream): void {
    const { bytes, at, length } = stream;
    if (!parseGoogleHello(bytes, at, at + length, googleHello)) return;
    this.#answered = true;
    this.#helloDone(on, opening, googleHello.serverName, "");
  }

  #helloDone(
    on: Conversation,
    opening: Opening,
    host: string,
    alpn: string,
    ech = false,
  ): void {
    opening.clientHalf = null;
    opening.handshake = {
      host,
      quicVersion: opening.version.name,
      alpn,
      ech,
      helloTime: opening.begun,
      answerTime: 0,
    };
    on.sink.hit(on, "quic", host, ech);
    if (this.#answered) this.#report(on, opening);
  }

  #readAnswer(on: Conversation, opening: Opening, stream: CryptoStream): void {
    const { bytes, at, length } = stream;
    const consumed = parseServerHello(bytes, at, at + length, serverHello);
    if (consumed === NEED_MORE) return;
    this.#answered = true;
    if (consumed > 0) this.#choose(on, opening, bytes, at, length);
    opening.serverHalf = null;
    if (opening.handshake === null) return;
    if (consumed > 0) opening.handshake.answerTime = on.time;
    this.#report(on, opening);
  }

  /** The server may have chosen another version, too (RFC 9368 section 2.3). */
  #choose(
    on: Conversation,
    opening: Opening,
    bytes: Uint8Array,
    at: number,
    length: number,
  ): void {
    if (this.session === null) return;
    const choice = choiceOf(bytes, at, at + length);
    const { version } = opening.serverHalf!;
    if (choice !== null) this.session.answered(on, choice.suite, version.labelPrefix);
  }

  #report(on: Conversation, opening: Opening): void {
    this.#opening = null;
    if (opening.handshake !== null) on.sink.quic(on, opening.handshake);
  }

  /** No more packets come: the part of the ClientHello that has come may still name the host. */
  ended(on: Conversation): void {
    this.session?.ended(on);
    this.session = null;
    const opening = this.#opening;
    if (opening === null) return;
    const half = opening.clientHalf;
    if (half !== null && !half.version.googleHandshake) {
      const { bytes, at, length } = half.stream;
      parseClientHello(bytes, at, at + length, clientHello);
      const { serverName, alpn, encrypted } = clientHello;
      if (serverName !== "") this.#helloDone(on, opening, serverName, alpn[0] ?? "", encrypted);
    }
    if (this.#opening !== null) this.#report(on, opening);
  }
}

/** A server may answer in another version than the client's (RFC 9368 section 2.3). */
function serverHalfFor({ serverHalf, firstId }: Opening, version: QuicVersion): Half {
  if (serverHalf?.version === version) return serverHalf;
  return new Half(version, initialKeys(version, firstId, "server in"));
}

function destinationIdBytes(bytes: Uint8Array, header: LongHeader): number[] {
  const id: number[] = [];
  for (let i = 0; i < header.destinationIdLength; i++) id.push(bytes[header.destinationId + i]!);
  return id;
}

const destinationId = (bytes: Uint8Array, header: LongHeader): number =>
  digestOf(bytes, header.destinationId, header.destinationIdLength);

const sourceId = (bytes: Uint8Array, header: LongHeader): number =>
  digestOf(bytes, header.sourceId, header.sourceIdLength);

/**
 * A digest of a connection id, int32, never NO_ID: it takes a thirtieth of an array's memory.
 * Collisions do not matter, as ids are random, and compared with at most four others.
 */
function digestOf(bytes: Uint8Array, at: number, length: number): number {
  let hash = length + 1;
  for (let i = at; i < at + length; i++) {
    hash = Math.imul(hash ^ bytes[i]!, 0x5bd1e995);
    hash ^= hash >>> 15;
  }
  return hash === NO_ID ? 1 : hash;
}
