// The Initial packets of one QUIC connection: the client's bring its ClientHello, the server's its
// ServerHello. RFC 9000 section 7, RFC 9001 section 4; connection ids: RFC 9000 section 7.2.

import { type Conversation, NEED_MORE, NOT_MINE, type Side } from "./analyser.ts";
import { CryptoStream, readFrames, readGoogleFrames } from "./crypto_frames.ts";
import { GoogleHello, parseGoogleHello } from "./gquic.ts";
import type { LongHeader } from "./quic_header.ts";
import { initialKeys, openPacket, type PacketKeys } from "./quic_keys.ts";
import type { QuicVersion } from "./quic_versions.ts";
import { ClientHello, parseClientHello, parseServerHello, ServerHello } from "./tls_hello.ts";
import type { QuicHandshake } from "./transactions.ts";

const clientHello = new ClientHello();
const serverHello = new ServerHello();
const googleHello = new GoogleHello();

/** What one side sends, under its keys. */
class Half {
  readonly stream = new CryptoStream();

  constructor(readonly version: QuicVersion, readonly keys: PacketKeys) {}

  readFrames(payload: Uint8Array): boolean {
    return this.version.googleFrames
      ? readGoogleFrames(payload, this.stream)
      : readFrames(payload, this.stream);
  }
}

export class InitialExchange {
  readonly #client: Side;
  readonly #version: QuicVersion;
  /** The destination that the client chose for its first packet: all keys come from it. */
  readonly #firstId: Uint8Array;
  /** The same of the connection before, on the same ports: its packets may come late. */
  #formerId: Uint8Array | null = null;
  /** What the server, then the client, wants packets to be addressed to. */
  #serverId: Uint8Array | null = null;
  readonly #clientId: Uint8Array;

  /** Null once its hello is read. */
  #clientHalf: Half | null;
  /** Null until the server answers, and once its hello is read. */
  #serverHalf: Half | null = null;
  #answered = false;

  #begun: number;
  #handshake: QuicHandshake | null = null;
  #reported = false;

  private constructor(
    on: Conversation,
    client: Side,
    half: Half,
    firstId: Uint8Array,
    clientId: Uint8Array,
  ) {
    this.#begun = on.time;
    this.#client = client;
    this.#version = half.version;
    this.#clientHalf = half;
    this.#firstId = firstId;
    this.#clientId = clientId;
  }

  /** A connection that begins with the packet at `at`; null where `side` does not begin one with it. */
  static open(
    on: Conversation,
    side: Side,
    bytes: Uint8Array,
    at: number,
    header: LongHeader,
    former: InitialExchange | null,
  ): InitialExchange | null {
    const firstId = destinationId(bytes, header);
    const half = new Half(header.version!, initialKeys(header.version!, firstId, "client in"));
    const payload = openPacket(half.keys, bytes, at, header);
    if (payload === null) return null;
    const exchange = new InitialExchange(on, side, half, firstId, sourceId(bytes, header));
    if (former !== null) exchange.#follow(on, former, header.tokenLength > 0);
    exchange.#clientFrames(on, payload);
    return exchange;
  }

  /** Whether the ClientHello is read, or cannot be. */
  get greeted(): boolean {
    return this.#clientHalf === null;
  }

  /**
   * The same ClientHello again, after Retry (RFC 9000 section 8.1) or version negotiation (6), is no
   * second connection: a token, or another version than before, tells. The server's packets, which ask
   * for it, tell no more, and may not have been captured.
   */
  #follow(on: Conversation, former: InitialExchange, hasToken: boolean): void {
    this.#formerId = former.#firstId;
    const isSame = !former.#answered && (hasToken || former.#version !== this.#version);
    if (!isSame) return former.ended(on);
    this.#begun = former.#begun;
    if (former.#handshake === null) return;
    this.#handshake = { ...former.#handshake, quicVersion: this.#version.name };
    this.#clientHalf = null;
  }

  /** Whether there is nothing left to read in the packet of `header`. */
  isKnown(side: Side, bytes: Uint8Array, header: LongHeader): boolean {
    if (side !== this.#client) return this.#answered && isFor(this.#clientId, bytes, header);
    if (isFor(this.#formerId, bytes, header)) return true;
    if (this.#clientHalf !== null) return false;
    return isFor(this.#firstId, bytes, header) || isFor(this.#serverId, bytes, header);
  }

  /** Reads the Initial packet at `at`. False where it is not of this connection. */
  packet(
    on: Conversation,
    side: Side,
    bytes: Uint8Array,
    at: number,
    header: LongHeader,
  ): boolean {
    return side === this.#client
      ? this.#clientPacket(on, bytes, at, header)
      : this.#serverPacket(on, bytes, at, header);
  }

  #clientPacket(
    on: Conversation,
    bytes: Uint8Array,
    at: number,
    header: LongHeader,
  ): boolean {
    if (this.#clientHalf === null) return false;
    const payload = openPacket(this.#clientHalf.keys, bytes, at, header);
    if (payload === null) return false;
    this.#clientFrames(on, payload);
    return true;
  }

  #serverPacket(
    on: Conversation,
    bytes: Uint8Array,
    at: number,
    header: LongHeader,
  ): boolean {
    if (this.#answered) return false;
    const half = this.#serverHalfFor(header.version!);
    const payload = openPacket(half.keys, bytes, at, header);
    if (payload === null) return false;
    this.#serverHalf = half;
    this.#serverId ??= sourceId(bytes, header);
    if (!half.readFrames(payload)) on.sink.malformed("quic", "frame");
    this.#readAnswer(on, half.stream);
    return true;
  }

  /** A server may answer in another version than it was asked in (RFC 9368 section 2.3). */
  #serverHalfFor(version: QuicVersion): Half {
    if (this.#serverHalf?.version === version) return this.#serverHalf;
    return new Half(version, initialKeys(version, this.#firstId, "server in"));
  }

  #clientFrames(on: Conversation, payload: Uint8Array): void {
    const half = this.#clientHalf;
    if (half === null) return;
    if (!half.readFrames(payload)) on.sink.malformed("quic", "frame");
    if (this.#version.googleHandshake) this.#readGoogleHello(on, half.stream);
    else this.#readHello(on, half.stream);
  }

  #readHello(on: Conversation, stream: CryptoStream): void {
    const { bytes, at, length } = stream;
    const consumed = parseClientHello(bytes, at, at + length, clientHello);
    if (consumed === NEED_MORE) return;
    if (consumed === NOT_MINE) {
      on.sink.malformed("quic", "hello");
      this.#clientHalf = null;
    } else {
      this.#greet(on, clientHello.serverName, clientHello.alpn[0] ?? "");
    }
  }

  /** Google's own handshake goes back and forth: no single message of the server answers it. */
  #readGoogleHello(on: Conversation, stream: CryptoStream): void {
    const { bytes, at, length } = stream;
    if (!parseGoogleHello(bytes, at, at + length, googleHello)) return;
    this.#answered = true;
    this.#greet(on, googleHello.serverName, "");
  }

  #greet(on: Conversation, host: string, alpn: string): void {
    this.#clientHalf = null;
    this.#handshake = {
      host,
      quicVersion: this.#version.name,
      alpn,
      helloTime: this.#begun,
      answerTime: 0,
    };
    on.sink.hit(on, "quic", host);
    if (this.#answered) this.#report(on);
  }

  #readAnswer(on: Conversation, stream: CryptoStream): void {
    const { bytes, at, length } = stream;
    const consumed = parseServerHello(bytes, at, at + length, serverHello);
    if (consumed === NEED_MORE) return;
    this.#answered = true;
    this.#serverHalf = null;
    if (this.#handshake === null) return;
    if (consumed > 0) this.#handshake.answerTime = on.time;
    this.#report(on);
  }

  #report(on: Conversation): void {
    if (this.#handshake === null || this.#reported) return;
    this.#reported = true;
    on.sink.quic(on, this.#handshake);
  }

  /** Nothing more comes: what has come of the ClientHello may still name the host. */
  ended(on: Conversation): void {
    const half = this.#clientHalf;
    if (half !== null && !this.#version.googleHandshake) {
      const { bytes, at, length } = half.stream;
      parseClientHello(bytes, at, at + length, clientHello);
      if (clientHello.serverName !== "") {
        this.#greet(on, clientHello.serverName, clientHello.alpn[0] ?? "");
      }
    }
    this.#clientHalf = null;
    this.#report(on);
  }
}

const destinationId = (bytes: Uint8Array, header: LongHeader): Uint8Array =>
  bytes.slice(header.destinationId, header.destinationId + header.destinationIdLength);

const sourceId = (bytes: Uint8Array, header: LongHeader): Uint8Array =>
  bytes.slice(header.sourceId, header.sourceId + header.sourceIdLength);

/** Whether `id` is the packet's destination. */
function isFor(id: Uint8Array | null, bytes: Uint8Array, header: LongHeader): boolean {
  if (id === null || id.length !== header.destinationIdLength) return false;
  for (let i = 0; i < id.length; i++) {
    if (id[i] !== bytes[header.destinationId + i]) return false;
  }
  return true;
}
