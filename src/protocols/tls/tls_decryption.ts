// A TLS connection whose secrets may be in a key log: follows its handshake, and gives what its records contain
// to the reader of a stream inside. RFC 8446 (TLS 1.3), RFC 5246 (TLS 1.2). What cannot be decrypted is read as
// without a key log: up to its hellos.

import { HOLDER_INDEX } from "../../memory_ledger.ts";
import type { KeyStore } from "../../keylog/key_store.ts";
import {
  CLIENT,
  type Conversation,
  type DecryptionOutcome,
  DONE,
  type InnerStream,
  NOT_MINE,
  SERVER,
  type Side,
  type StreamAnalyser,
} from "../analyser.ts";
import {
  ENCRYPTED_EXTENSIONS,
  END_OF_EARLY_DATA,
  FINISHED,
  KEY_UPDATE,
} from "./handshake_messages.ts";
import { CLIENT_HELLO, SERVER_HELLO } from "./hello.ts";
import { helloTap, KeptHellos } from "./hello_tap.ts";
import { encryptedExtensions } from "./negotiation.ts";
import type { ReadRecords } from "./lost_place.ts";
import { plaintextOf } from "./plaintexts.ts";
import { type RecordOwner, RecordReader } from "./record_reader.ts";
import {
  ALERT,
  APPLICATION_DATA,
  CHANGE_CIPHER_SPEC,
  HANDSHAKE,
  looksLikeRecord,
  RECORD_HEADER,
} from "./records.ts";
import type { RecordCipher } from "./record_cipher.ts";
import {
  Epoch,
  type LaterCipher,
  SessionCiphers,
  type SideCipher,
  updated,
} from "./session_ciphers.ts";

/** Bytes of memory that a connection takes, beside its readers and what is inside. */
const CONNECTION_BYTES = 600;

export class TlsDecryption implements StreamAnalyser, RecordOwner {
  readonly #ciphers: SessionCiphers;
  readonly #readers = [new RecordReader(CLIENT, this), new RecordReader(SERVER, this)] as const;
  /** Null once both hellos are read. */
  #hellos: KeptHellos | null = new KeptHellos();
  /** Whether only the hellos are read. */
  #hasGivenUp = false;
  #isTold = false;
  /** Whether the server has changed to encryption, in TLS 1.2. */
  #hasServerChanged = false;
  #failure: DecryptionOutcome = "lost";
  #alpn = "";
  inner: InnerStream | null = null;

  constructor(keys: KeyStore) {
    this.#ciphers = new SessionCiphers(keys);
  }

  get holder(): number {
    return HOLDER_INDEX.tls;
  }

  get held(): number {
    const [client, server] = this.#readers;
    return CONNECTION_BYTES + client.held + server.held + (this.#hellos?.held ?? 0) +
      (this.inner?.held ?? 0);
  }

  data(on: Conversation, side: Side, bytes: Uint8Array, at: number, end: number): number {
    const reader = this.#readers[side];
    if (this.#hasGivenUp) return this.#onlyHellos(on, reader, bytes, at, end);
    const isHello = !reader.isHelloDone && looksLikeRecord(bytes, at);
    if (isHello && this.#hellos?.show(on, reader, bytes, at, end)) this.#hellosDone(on);
    const consumed = reader.data(on, bytes, at, end);
    if (consumed === NOT_MINE || this.inner?.isLeft) {
      return this.#giveUp(on, reader, bytes, at, end);
    }
    reader.seen = Math.max(0, reader.seen - consumed);
    return consumed;
  }

  /** Both hellos are read. What TLS 1.3 has negotiated beside is encrypted: the report waits for it. */
  #hellosDone(on: Conversation): void {
    for (const reader of this.#readers) {
      reader.isHelloDone = true;
      reader.seen = 0;
    }
    if (this.#hellos?.handshake?.version !== "1.3") this.#flush(on);
  }

  #flush(on: Conversation): void {
    this.#hellos?.flush(on);
    this.#hellos = null;
  }

  /** No more can be decrypted; goes on with the hellos, unless they are read. */
  #giveUp(on: Conversation, reader: RecordReader, bytes: Uint8Array, at: number, end: number) {
    this.#hasGivenUp = true;
    if (this.#ciphers.isGreeted || this.#ciphers.isAnswered) this.#tell(on, this.#failure);
    this.#close(on);
    return this.#onlyHellos(on, reader, bytes, at, end);
  }

  #close(on: Conversation): void {
    this.inner?.ended(on);
    this.inner = null;
    for (const each of this.#readers) each.cipher = each.secret = null;
    this.#ciphers.end();
  }

  #onlyHellos(
    on: Conversation,
    reader: RecordReader,
    bytes: Uint8Array,
    at: number,
    end: number,
  ): number {
    if (this.#hellos === null || this.#readers.every((each) => each.isHelloDone)) {
      this.#flush(on);
      return DONE;
    }
    if (reader.isHelloDone) {
      on.skip(reader.side, Infinity);
      return end - at;
    }
    const { seen } = reader;
    reader.seen = 0;
    if (seen > 0) return seen;
    const consumed = this.#hellos.data(on, reader.side, bytes, at, end);
    if (consumed < 0) this.#flush(on);
    return consumed;
  }

  #tell(on: Conversation, outcome: DecryptionOutcome): void {
    if (this.#isTold) return;
    this.#isTold = true;
    on.sink.decrypted(outcome);
  }

  /** Notes why no more can be read. */
  #fail(outcome: DecryptionOutcome): false {
    this.#failure = outcome;
    return false;
  }

  record(
    on: Conversation,
    reader: RecordReader,
    bytes: Uint8Array,
    at: number,
    length: number,
  ): boolean {
    const type = bytes[at]!;
    if (type === CHANGE_CIPHER_SPEC) return this.#changeCipher(reader);
    if (this.isNameless && (this.#hasServerChanged || type === APPLICATION_DATA)) {
      return this.#identify(on, reader, bytes, at, length);
    }
    if (reader.epoch !== Epoch.PLAIN) return this.#encrypted(on, reader, bytes, at, length);
    if (type === HANDSHAKE) {
      return this.#handshake(on, reader, bytes, at + RECORD_HEADER, at + RECORD_HEADER + length);
    }
    if (type === ALERT) return true;
    if (this.#ciphers.is13) {
      return this.#enterHandshake(reader) && this.#encrypted(on, reader, bytes, at, length);
    }
    const isEarly = reader.side === CLIENT && this.#ciphers.offersEarly &&
      !this.#ciphers.isAnswered;
    return isEarly && this.#early(on, reader, bytes, at, length) ||
      this.#adopt(on, reader, bytes, at, length);
  }

  get isNameless(): boolean {
    return this.#ciphers.isNameless;
  }

  /** The server's first encrypted record, of a session whose ClientHello was not captured. */
  #identify(
    on: Conversation,
    reader: RecordReader,
    bytes: Uint8Array,
    at: number,
    length: number,
  ): boolean {
    const opens = (cipher: RecordCipher) => cipher.open(bytes, at, length, 0, plaintextOf(on)) >= 0;
    const first = reader.side === SERVER ? this.#ciphers.identify(on.time, opens) : null;
    if (first === null) return false;
    reader.change(this.#ciphers.is13 ? Epoch.HANDSHAKE : Epoch.APPLICATION, first);
    return this.#encrypted(on, reader, bytes, at, length);
  }

  /** A client's record before the server's answer. */
  #early(
    on: Conversation,
    reader: RecordReader,
    bytes: Uint8Array,
    at: number,
    length: number,
  ): boolean {
    const possible = this.#ciphers.early();
    const found = possible
      .find(({ cipher }) => cipher.open(bytes, at, length, 0, plaintextOf(on)) >= 0);
    if (found === undefined) return this.#fail(possible.length === 0 ? "no-keys" : "wrong-keys");
    reader.change(Epoch.EARLY, found);
    return this.#encrypted(on, reader, bytes, at, length);
  }

  /** Takes a record of later keys: what changes to them was not captured. */
  #adopt(
    on: Conversation,
    reader: RecordReader,
    bytes: Uint8Array,
    at: number,
    length: number,
  ): boolean {
    return reader.adopt(on, bytes, at, length) &&
      this.#encrypted(on, reader, bytes, at, length);
  }

  #enterHandshake(reader: RecordReader): boolean {
    return this.#enter(reader, Epoch.HANDSHAKE, this.#ciphers.handshake(reader.side));
  }

  #enter(reader: RecordReader, epoch: Epoch, next: SideCipher | null): boolean {
    if (next === null) return this.#fail("no-keys");
    reader.change(epoch, next);
    return true;
  }

  later({ side, epoch, current }: ReadRecords): readonly LaterCipher[] {
    return this.#ciphers.later(side, epoch, current);
  }

  /** TLS 1.2: the next records of this side are of the keys that the handshake has agreed on. */
  #changeCipher(reader: RecordReader): boolean {
    // In TLS 1.3 it means nothing (RFC 8446 appendix D.4).
    if (!this.#ciphers.isAnswered || this.#ciphers.is13) return true;
    if (this.isNameless) {
      this.#hasServerChanged = reader.side === SERVER;
      return true;
    }
    return this.#enter(reader, Epoch.APPLICATION, this.#ciphers.changed(reader.side));
  }

  #encrypted(
    on: Conversation,
    reader: RecordReader,
    bytes: Uint8Array,
    at: number,
    length: number,
  ): boolean {
    const out = plaintextOf(on);
    const { cipher } = reader;
    const isParted = reader.epoch === Epoch.APPLICATION && reader.isVerified && cipher!.hasParts;
    if (isParted && this.inner !== null && !(bytes[at] === HANDSHAKE)) {
      if (length < cipher!.leastLength) return true;
      const type = reader.content(on, bytes, at, length, out);
      // What was in `out` may be overwritten while its messages are read.
      return type !== HANDSHAKE || this.#handshake(on, reader, out, 0, reader.contentSize);
    }
    const size = reader.open(bytes, at, length, out);
    if (size < 0) return this.#unopened(on, reader, bytes, at, length);
    const type = reader.openedType(bytes[at]!, out, size);
    if (type === HANDSHAKE) return this.#handshake(on, reader, out, 0, reader.contentSize);
    if (type === APPLICATION_DATA) {
      this.#open(on).bytes(on, reader.side, out, 0, reader.contentSize);
    }
    return true;
  }

  clientOf({ side }: ReadRecords): ReadRecords | null {
    return side === SERVER ? this.#readers[CLIENT] : null;
  }

  /** A record that the keys do not fit, at first. */
  #unopened(
    on: Conversation,
    reader: RecordReader,
    bytes: Uint8Array,
    at: number,
    length: number,
  ): boolean {
    if (reader.epoch === Epoch.EARLY && this.#ciphers.is13) {
      return this.#enterHandshake(reader) && this.#encrypted(on, reader, bytes, at, length);
    }
    // Early data that the server does not take, or whose secret is not known.
    const isEarly = reader.side === CLIENT && this.#ciphers.offersEarly;
    if (reader.epoch === Epoch.HANDSHAKE && !reader.isVerified && isEarly) return true;
    return this.#adopt(on, reader, bytes, at, length) ||
      this.#fail(reader.isVerified ? "lost" : "wrong-keys");
  }

  #open(on: Conversation): InnerStream {
    this.#tell(on, "read");
    if (this.inner === null) {
      this.inner = on.inside(this.#ciphers.versionName);
      this.inner.expect(this.#alpn);
    }
    return this.inner;
  }

  #handshake(
    on: Conversation,
    reader: RecordReader,
    bytes: Uint8Array,
    at: number,
    end: number,
  ): boolean {
    const { messages } = reader;
    messages.add(bytes, at, end);
    for (let type; (type = messages.next()) >= 0;) {
      if (!this.#message(on, reader, type)) return false;
    }
    return true;
  }

  #message(on: Conversation, reader: RecordReader, type: number): boolean {
    const { bytes, start, stop } = reader.messages;
    const { is13 } = this.#ciphers;
    switch (type) {
      case CLIENT_HELLO:
        return this.#clientHello(bytes, start, stop);
      case SERVER_HELLO:
        return this.#ciphers.answer(bytes, start, stop) || this.#fail("unsupported");
      case ENCRYPTED_EXTENSIONS:
        if (is13) this.#negotiated(on, bytes, start, stop);
        return true;
      case END_OF_EARLY_DATA:
        return reader.epoch !== Epoch.EARLY || !is13 || this.#enterHandshake(reader);
      case FINISHED:
        return !is13 || reader.epoch !== Epoch.HANDSHAKE ||
          this.#enter(reader, Epoch.APPLICATION, this.#ciphers.application(reader.side));
      case KEY_UPDATE:
        if (is13 && reader.epoch === Epoch.APPLICATION) {
          reader.change(Epoch.APPLICATION, updated(reader.current!));
        }
        return true;
      default:
        return true;
    }
  }

  #clientHello(bytes: Uint8Array, start: number, stop: number): boolean {
    // If the server has asked for another one, it does not take early data.
    if (!this.#ciphers.isAnswered) this.inner = null;
    return this.#ciphers.greet(bytes, start, stop) || this.#fail("unsupported");
  }

  #negotiated(on: Conversation, bytes: Uint8Array, start: number, stop: number): void {
    const { alpn, acceptsEarlyData } = encryptedExtensions(bytes, start, stop);
    this.#alpn = alpn;
    const handshake = this.#hellos?.handshake;
    if (handshake) handshake.alpn = alpn;
    if (this.#readers.every((each) => each.isHelloDone)) this.#flush(on);
    // Early data that the server does not take is sent again.
    if (this.#ciphers.offersEarly && !acceptsEarlyData) this.inner = null;
    if (acceptsEarlyData) this.inner?.expect(alpn);
  }

  skipped(on: Conversation, side: Side): void {
    if (!this.#hasGivenUp) this.#readers[side].skipped(on);
  }

  gap(on: Conversation, side: Side, length: number): void {
    const reader = this.#readers[side];
    if (!reader.isHelloDone) {
      const tap = helloTap.of(on);
      this.#hellos?.gap(this.#hasGivenUp ? on : tap, side);
      if (tap.hasSkipped) reader.isHelloDone = true;
      reader.seen = 0;
    }
    if (!this.#hasGivenUp) reader.gap(on, length);
  }

  finished(on: Conversation, side: Side): void {
    if (!this.#readers[side].isHelloDone) this.#hellos?.finished(helloTap.of(on), side);
    if (this.#hasGivenUp) return;
    this.#readers[side].cut(on);
    this.inner?.finished(on, side);
  }

  ended(on: Conversation): void {
    for (const reader of this.#readers) reader.cut(on);
    if (!this.#hasGivenUp) this.#close(on);
    this.#hasGivenUp = true;
    this.#hellos?.ended(on);
    this.#flush(on);
  }
}
