// TLS over TCP: the ClientHello and the ServerHello, which may span several records and segments.
// RFC 8446 sections 4.1 (hellos) and 5.1 (records). What follows them is skipped.

import { HOLDER_INDEX } from "../../memory_ledger.ts";
import { u16, u24, u32 } from "../../bytes.ts";
import {
  CLIENT,
  type Conversation,
  DONE,
  NEED_MORE,
  NOT_MINE,
  type Side,
  type StreamAnalyser,
} from "../analyser.ts";
import { ja4 } from "./ja4.ts";
import { isSsl2ServerHello, looksLikeSsl2Hello, SSL2_VERSION } from "./ssl2.ts";
import {
  CLIENT_HELLO,
  ClientHello,
  HANDSHAKE_HEADER,
  MAX_HELLO,
  parseClientHello,
  parseServerHello,
  SERVER_HELLO,
  ServerHello,
  skipHelloRequests,
  versionName,
} from "./hello.ts";
import {
  ALERT,
  CHANGE_CIPHER_SPEC,
  changeCipherSpecLength,
  HANDSHAKE,
  MAX_RECORD,
  mayBeRecord,
  mayBeVersion,
  RECORD_HEADER,
  skipWarnings,
  warningLength,
} from "./records.ts";
import type { TlsHandshake } from "../transactions.ts";

const clientHello = new ClientHello();
const serverHello = new ServerHello();

/** Whether a ClientHello begins at `at`: 1 for yes, NEED_MORE or NOT_MINE. */
export function looksLikeClientHello(bytes: Uint8Array, at: number, end: number): number {
  return looksLikeHello(bytes, at, end, CLIENT_HELLO);
}

/** The same for a ServerHello, as the server's side may be captured first or alone. */
export function looksLikeServerHello(bytes: Uint8Array, at: number, end: number): number {
  return looksLikeHello(bytes, at, end, SERVER_HELLO);
}

/** Warnings may come before it (RFC 5246 section 7.2). */
function looksLikeHello(bytes: Uint8Array, from: number, end: number, type: number): number {
  const at = skipWarnings(bytes, from, end);
  if (at === end || warningLength(bytes, at, end) === NEED_MORE) return NEED_MORE;
  if (bytes[at] !== HANDSHAKE) return NOT_MINE;
  if (!mayBeVersion(bytes, at + 1, end)) return NOT_MINE;
  const length = end - at;
  if (length < RECORD_HEADER + 1) return NEED_MORE;
  const record = u16(bytes, at + 3);
  if (record === 0 || record > MAX_RECORD || bytes[at + RECORD_HEADER] !== type) return NOT_MINE;
  // Records may split a message anywhere, even within its header.
  if (record < HANDSHAKE_HEADER) return 1;
  if (length < RECORD_HEADER + HANDSHAKE_HEADER) return NEED_MORE;
  const message = u24(bytes, at + RECORD_HEADER + 1);
  if (message < 38 || message > MAX_HELLO) return NOT_MINE;
  return 1;
}

/** Whether a server has taken the hello for a request, and answers that. */
const isHttp = (bytes: Uint8Array, at: number, end: number): boolean =>
  end - at >= 4 && u32(bytes, at) === LETTERS_HTTP;

/** Takes one side's handshake messages out of its records. */
class HandshakeReader {
  /** Bytes of the current record that have not come yet. */
  recordLeft = 0;
  /** Bytes that came before the first record. */
  words = 0;
  /** The beginning of a message whose end has not come yet; null if there is none. */
  held: Uint8Array | null = null;
  heldLength = 0;

  /** Whether nothing was read yet. */
  get isFresh(): boolean {
    return this.recordLeft === 0 && this.held === null;
  }

  /** Whether `held` is a whole message. Parsing it before, with each record, would take quadratic time. */
  get hasMessage(): boolean {
    if (this.held === null || this.heldLength < HANDSHAKE_HEADER) return false;
    const length = u24(this.held, 1);
    return length > MAX_HELLO || this.heldLength >= HANDSHAKE_HEADER + length;
  }

  dropHelloRequests(): void {
    const from = skipHelloRequests(this.held!, 0, this.heldLength);
    this.held!.copyWithin(0, from, this.heldLength);
    this.heldLength -= from;
  }

  hold(bytes: Uint8Array, at: number, end: number): void {
    if (at === end) return;
    const length = this.heldLength + end - at;
    if (this.held === null || this.held.length < length) {
      const grown = new Uint8Array(this.held === null ? length : 2 * length);
      if (this.held !== null) grown.set(this.held.subarray(0, this.heldLength));
      this.held = grown;
    }
    this.held.set(bytes.subarray(at, end), this.heldLength);
    this.heldLength = length;
  }
}

/** What a ServerHello says. */
type Answer = Pick<TlsHandshake, "version" | "alpn" | "answerTime">;

/** Bytes that a server may say before its hello. */
const MAX_WORDS = 1024;
const LETTERS_HTTP = 0x48545450;

/** Bytes of memory that a connection takes, beside the messages that are kept. */
const CONNECTION_BYTES = 400;

/** Reads one connection up to its ServerHello. */
export class TlsConnection implements StreamAnalyser {
  #readers: [HandshakeReader | null, HandshakeReader | null] = [
    new HandshakeReader(),
    new HandshakeReader(),
  ];
  #handshake: TlsHandshake | null = null;
  /** What a ServerHello said that was captured before the ClientHello, or while a part of that was missing. */
  #early: Answer | null = null;
  #helloStart = 0;

  get holder(): number {
    return HOLDER_INDEX.tls;
  }

  get held(): number {
    const [client, server] = this.#readers;
    return CONNECTION_BYTES + (client?.held?.length ?? 0) + (server?.held?.length ?? 0);
  }

  data(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): number {
    const reader = this.#readers[side];
    if (reader === null) {
      on.skip(side, Infinity);
      return end - at;
    }
    if (side === CLIENT && this.#helloStart === 0) this.#helloStart = on.time;
    if (reader.isFresh && !mayBeRecord(bytes, at, end)) {
      if (bytes[at]! >= 0x80) return this.#ssl2Record(on, side, bytes, at, end);
      return this.#words(on, side, reader, bytes, at, end);
    }
    return reader.recordLeft === 0
      ? this.#record(on, side, reader, bytes, at, end)
      : this.#fragment(on, side, reader, bytes, at, end);
  }

  /** A hello in the format of SSL 2.0, whatever version it offers. */
  #ssl2Record(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): number {
    if (side === CLIENT) {
      const verdict = looksLikeSsl2Hello(bytes, at, end);
      if (verdict === NEED_MORE) return NEED_MORE;
      if (verdict === 1) {
        clientHello.reset();
        this.#clientHelloDone(on);
        this.#handshake!.ja4 = "";
      }
    } else if (isSsl2ServerHello(bytes, at, end)) {
      serverHello.version = SSL2_VERSION;
      serverHello.alpn = "";
      this.#serverHelloDone(on);
    }
    return this.#finish(on, side);
  }

  /** What a server says before TLS: "220 go ahead". A client's words were passed over before. */
  #words(
    on: Conversation,
    side: Side,
    reader: HandshakeReader,
    bytes: Uint8Array,
    at: number,
    end: number,
  ): number {
    for (let hello = at + 1; hello < Math.min(end, at + MAX_WORDS); hello++) {
      if (looksLikeServerHello(bytes, hello, end) === 1) return hello - at;
    }
    reader.words += end - at;
    const isOver = reader.words > MAX_WORDS || isHttp(bytes, at, end);
    return side === CLIENT || isOver ? this.#lost(on, side) : end - at;
  }

  #record(
    on: Conversation,
    side: Side,
    reader: HandshakeReader,
    bytes: Uint8Array,
    at: number,
    end: number,
  ): number {
    if (end - at < RECORD_HEADER) return NEED_MORE;
    const length = u16(bytes, at + 3);
    if (!mayBeVersion(bytes, at + 1, end) || length > MAX_RECORD) return this.#lost(on, side);
    const type = bytes[at];
    if (type === HANDSHAKE) {
      reader.recordLeft = length;
      return RECORD_HEADER;
    }
    const warning = type === CHANGE_CIPHER_SPEC && side !== CLIENT
      ? changeCipherSpecLength(bytes, at, end)
      : warningLength(bytes, at, end);
    if (warning >= 0) return warning;
    // Another alert ends the handshake; before any other record the hello was not captured.
    if (type === ALERT || reader.heldLength === 0) return this.#finish(on, side);
    return this.#lost(on, side);
  }

  #fragment(
    on: Conversation,
    side: Side,
    reader: HandshakeReader,
    bytes: Uint8Array,
    at: number,
    end: number,
  ): number {
    const stop = Math.min(end, at + reader.recordLeft);
    reader.recordLeft -= stop - at;
    let consumed: number;
    if (reader.heldLength === 0) {
      const from = skipHelloRequests(bytes, at, stop);
      consumed = this.#message(on, side, bytes, from, stop);
      if (consumed === NEED_MORE) reader.hold(bytes, from, stop);
    } else {
      reader.hold(bytes, at, stop);
      reader.dropHelloRequests();
      consumed = reader.hasMessage
        ? this.#message(on, side, reader.held!, 0, reader.heldLength)
        : NEED_MORE;
    }
    if (consumed === NOT_MINE) return this.#lost(on, side);
    if (consumed === NEED_MORE) return stop - at;
    return this.#finish(on, side);
  }

  /** Reads the first message of a side; no other is needed. */
  #message(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): number {
    if (side !== CLIENT) {
      const consumed = parseServerHello(bytes, at, end, serverHello);
      if (consumed > 0) this.#serverHelloDone(on);
      return consumed;
    }
    clientHello.wantsLists = on.sink.detail;
    const consumed = parseClientHello(bytes, at, end, clientHello);
    if (consumed > 0) this.#clientHelloDone(on);
    return consumed;
  }

  #clientHelloDone(on: Conversation): void {
    this.#handshake = {
      host: clientHello.serverName,
      version: "",
      alpn: "",
      offeredAlpn: clientHello.alpn[0] ?? "",
      ja4: on.sink.detail ? ja4("t", clientHello) : "",
      ech: clientHello.encrypted,
      helloTime: this.#helloStart,
      answerTime: 0,
    };
    on.sink.hit(on, "tls", clientHello.serverName, clientHello.encrypted);
    if (this.#early !== null) this.#answered(this.#handshake, this.#early);
  }

  #serverHelloDone(on: Conversation): void {
    const { version, alpn } = serverHello;
    const answer = { version: versionName(version), alpn, answerTime: on.time };
    if (this.#handshake === null) this.#early = answer;
    else this.#answered(this.#handshake, answer);
  }

  #answered(handshake: TlsHandshake, { version, alpn, answerTime }: Answer): void {
    handshake.version = version;
    handshake.alpn = alpn;
    handshake.answerTime = Math.max(handshake.helloTime, answerTime);
  }

  /** No more has to be read of `side`. */
  #finish(on: Conversation, side: Side): number {
    this.#readers[side] = null;
    if (this.#readers[CLIENT] === null && this.#readers[1] === null) {
      this.ended(on);
      return DONE;
    }
    // Not yet of the other side: captures may show the ServerHello before the ClientHello.
    on.skip(side, Infinity);
    return 1;
  }

  /** The side cannot be read on: the part of its hello that has come may still name the host. */
  #lost(on: Conversation, side: Side): number {
    if (side === CLIENT) this.#salvage(on);
    return this.#finish(on, side);
  }

  #salvage(on: Conversation): void {
    const reader = this.#readers[CLIENT];
    if (this.#handshake !== null || reader === null || reader.heldLength === 0) return;
    parseClientHello(reader.held!, 0, reader.heldLength, clientHello);
    if (clientHello.serverName !== "") this.#clientHelloDone(on);
  }

  skipped(): void {}

  gap(on: Conversation, side: Side): void {
    if (this.#readers[side] !== null) this.#lost(on, side);
  }

  finished(on: Conversation, side: Side): void {
    if (this.#readers[side] !== null) this.#lost(on, side);
  }

  ended(on: Conversation): void {
    this.#salvage(on);
    if (this.#handshake !== null) this.report(on, this.#handshake);
    this.#handshake = null;
  }

  protected report(on: Conversation, handshake: TlsHandshake): void {
    on.sink.tls(on, handshake);
  }
}
