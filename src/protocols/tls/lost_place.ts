// After a hole in the records of a side: looks for the next one that can be read, by its tag or by how a message
// in it begins, and tells how much is missing.

import { sequenceDistance, u16 } from "../../bytes.ts";
import {
  type Conversation,
  type InnerStream,
  NEED_MORE,
  NOT_MINE,
  type Side,
} from "../analyser.ts";
import type { RecordCipher } from "./record_cipher.ts";
import { ALERT, APPLICATION_DATA, looksLikeRecord, MAX_RECORD, RECORD_HEADER } from "./records.ts";
import { SequenceTrials } from "./sequence_trials.ts";
import { Epoch, type LaterCipher, type SideCipher } from "./session_ciphers.ts";

/** Bytes of the shortest record that is encrypted: a tag and one of content. */
const LEAST_LENGTH = 9;
/** Bytes of records that may be missing without a hole being told, as those of the handshake were lost. */
const MAX_UNSEEN = 4096;
/** By how much a record's number may be unknown. */
const MAX_UNCERTAIN = 256;
/** Bytes of a record that is shorter than most, if there are many. */
const SHORT_RECORD = 1024;
/** Bytes of the tickets that servers send at once, as most do two. */
const MAX_TICKETS = 1024;

/** The records of a side, as far as they are read. */
export interface ReadRecords {
  readonly side: Side;
  readonly epoch: Epoch;
  readonly cipher: RecordCipher | null;
  /** The cipher with its secret. */
  readonly current: SideCipher | null;
  /** The number of the next record, and by how much it may be higher. */
  readonly sequence: number;
  readonly uncertain: number;
  /** Whether the tag of a record was right with this cipher, or a message begins with one. */
  isVerified: boolean;
  /** Whether application data was read. */
  readonly hasContent: boolean;
  /** Bytes that a record takes beside its content. */
  readonly overhead: number;
  /** Whether the record at `at` is application data that may be worth reading before it is whole. */
  isLong(bytes: Uint8Array, at: number, length: number): boolean;
  /** From now on records are of this cipher. */
  change(epoch: Epoch, next: SideCipher): void;
  /** Goes on with the record that comes `missed` after the last one, or up to `uncertain` more. */
  goOn(missed: number, uncertain: number): void;
  /** Content was lost, of at most `most` bytes, or so many less; the inner stream knows of `told` already. */
  tellLoss(on: Conversation, most: number, less: number, told?: number): void;
}

/** What is known of the session. */
export interface RecordSession {
  readonly inner: InnerStream | null;
  /** Whether it is not known yet which session it is. */
  readonly isNameless: boolean;
  /** If `records` are those of a server, those of its client; else null. */
  clientOf(records: ReadRecords): ReadRecords | null;
  /** The keys that may come next, if what changes to them was lost. */
  later(records: ReadRecords): readonly LaterCipher[];
}

export class LostPlace {
  readonly #records: ReadRecords;
  readonly #session: RecordSession;
  isLost = false;
  /** Bytes since the end of the last record that was read. */
  #bytes = 0;
  /** How many of them the inner stream was told of. */
  #told = 0;
  /** After how many of them a record was last tried of which only the beginning had come. */
  #tried = -1;
  /** Null until it is asked for. */
  #later: readonly LaterCipher[] | null = null;
  readonly #trials = new SequenceTrials();

  constructor(records: ReadRecords, session: RecordSession) {
    this.#records = records;
    this.#session = session;
  }

  /** The reader has other keys. */
  keysChanged(): void {
    this.#later = null;
  }

  /** The next `length` bytes behind the last record were lost: it is not known where the next one begins. */
  lose(on: Conversation, length: number): void {
    const records = this.#records;
    this.isLost = true;
    this.#bytes = length;
    this.#tried = -1;
    this.#told = 0;
    const { inner } = this.#session;
    if (records.epoch !== Epoch.APPLICATION || inner === null) return;
    if (inner.skipLeft(records.side) > 0 || this.#isTicket(on)) return;
    // Told before the next record is found, as it matters for requests that are sent until then.
    this.#told = Math.max(1, length - Math.ceil(length / MAX_RECORD) * records.overhead);
    inner.gap(on, records.side, this.#told);
  }

  /**
   * Whether session tickets were lost, and no message: they come first of all. As the client has sent one request
   * only, and nothing that was not captured, the answer to this is still to come.
   */
  #isTicket(on: Conversation): boolean {
    const records = this.#records;
    const client = this.#session.clientOf(records);
    if (client === null || client.sequence > 1 || records.hasContent) return false;
    if (!records.cipher!.hidesType) return false;
    return this.#bytes <= MAX_TICKETS && on.acknowledged !== null &&
      sequenceDistance(on.acknowledged, on.sequence(client.side)) <= 0;
  }

  /** The end of the handshake was lost, and with it perhaps answers. */
  #tellUnseen(on: Conversation, lost: number): void {
    const records = this.#records;
    const client = this.#session.clientOf(records);
    if (client === null || records.epoch !== Epoch.APPLICATION) return;
    // In TLS 1.2 the first record is Finished.
    const requests = client.sequence - (records.cipher!.hidesType ? 0 : 1);
    if (requests > 1 || lost > MAX_UNSEEN) records.tellLoss(on, lost, 0);
  }

  /** So many more bytes were lost. */
  add(length: number): void {
    this.#bytes += length;
  }

  /**
   * Looks for a record that can be read in `bytes[at..end)`. If it is found, nothing is lost any more, and
   * the length of what is in front of it is returned; else how many bytes need not be seen again, NEED_MORE,
   * or NOT_MINE to search no more.
   */
  search(on: Conversation, bytes: Uint8Array, at: number, end: number): number {
    if (this.#session.isNameless) return this.#passed(end - at);
    this.#later ??= this.#session.later(this.#records);
    if (this.#records.cipher === null && this.#later.length === 0) return NOT_MINE;
    for (let from = at; from < end; from++) {
      if (bytes[from]! < ALERT || bytes[from]! > APPLICATION_DATA) continue;
      if (end - from < RECORD_HEADER) return this.#passed(from - at);
      if (!looksLikeRecord(bytes, from)) continue;
      const length = u16(bytes, from + 3);
      if (length < LEAST_LENGTH) continue;
      const lost = this.#bytes + from - at;
      const isWhole = end - from >= RECORD_HEADER + length;
      const isFound = isWhole
        ? this.#isNext(on, lost, bytes, from, length)
        : this.#isBegun(on, lost, bytes, from, end, length);
      if (isFound) {
        this.isLost = false;
        on.sink.resynchronised("tls");
        return from - at;
      }
      if (!isWhole) return this.#passed(from - at);
      if (this.#trials.isOver) return NOT_MINE;
    }
    return this.#passed(end - at);
  }

  #passed(length: number): number {
    this.#bytes += length;
    return length > 0 ? length : NEED_MORE;
  }

  /** Whether the record at `at` can be opened; then the sequence number is its own. */
  #isNext(on: Conversation, lost: number, bytes: Uint8Array, at: number, length: number): boolean {
    const records = this.#records;
    const { cipher, sequence, uncertain } = records;
    if (cipher === null) return this.adopt(on, bytes, at, length, lost);
    const missed = this.#trials
      .missing(on.time, cipher, sequence, uncertain, lost, bytes, at, length);
    if (missed < 0) return this.adopt(on, bytes, at, length, lost);
    records.goOn(missed, 0);
    records.isVerified = true;
    this.#tell(on, lost, missed, missed * cipher.mostPadding);
    return true;
  }

  /** The inner stream is told what was lost with these bytes, of which so many may be padding. */
  #tell(on: Conversation, lost: number, missed: number, padding: number): void {
    const records = this.#records;
    const content = Math.max(1, lost - missed * records.overhead);
    if (this.#told > 0 || !this.#isTicket(on)) records.tellLoss(on, content, padding, this.#told);
  }

  /** Whether a message begins with the record at `at`, whose end has not come. */
  #isBegun(
    on: Conversation,
    lost: number,
    bytes: Uint8Array,
    at: number,
    end: number,
    length: number,
  ): boolean {
    const records = this.#records;
    if (lost === this.#tried || !records.isLong(bytes, at, length)) return false;
    this.#tried = lost;
    const { cipher, sequence } = records;
    if (records.epoch === Epoch.APPLICATION) {
      const missed = this.#missedBefore(on, cipher!, sequence, lost, bytes, at, end, length);
      if (missed >= 0) {
        this.#takeMessage(lost, missed);
        const { isSelfContained, mostPadding } = cipher!;
        this.#tell(
          on,
          lost,
          missed,
          isSelfContained ? this.#mostOverhead(lost) : missed * mostPadding,
        );
        return true;
      }
    }
    for (const later of this.#later!) {
      if (later.epoch !== Epoch.APPLICATION) continue;
      const missed = this.#missedBefore(on, later.cipher, 0, lost, bytes, at, end, length);
      if (missed < 0) continue;
      records.change(later.epoch, later);
      this.#takeMessage(lost, missed);
      this.#tellUnseen(on, lost);
      return true;
    }
    return false;
  }

  /** Bytes that are no content of so many lost ones, if records are not very short. */
  #mostOverhead(lost: number): number {
    const most = 2 + Math.floor(lost / SHORT_RECORD);
    return most * (this.#records.overhead + this.#records.cipher!.mostPadding);
  }

  #missedBefore(
    on: Conversation,
    cipher: RecordCipher,
    sequence: number,
    lost: number,
    bytes: Uint8Array,
    at: number,
    end: number,
    length: number,
  ): number {
    const { inner } = this.#session;
    if (inner === null || !cipher.mayStream(length)) return -1;
    const most = mostRecords(cipher, lost);
    return this.#trials.missingBefore(on.time, inner, cipher, sequence, most, bytes, at, end);
  }

  /** A message begins with the record after those that are missing. */
  #takeMessage(lost: number, missed: number): void {
    const records = this.#records;
    const cipher = records.cipher!;
    const more = cipher.isSelfContained ? records.uncertain + mostRecords(cipher, lost) : 0;
    records.goOn(missed, Math.min(MAX_UNCERTAIN, more));
    records.isVerified = true;
  }

  /** Whether the record at `at` is of keys that come later, if what changes to them was lost; takes them. */
  adopt(
    on: Conversation,
    bytes: Uint8Array,
    at: number,
    length: number,
    lost = MAX_UNSEEN,
  ): boolean {
    const records = this.#records;
    this.#later ??= this.#session.later(records);
    for (const later of this.#later) {
      if (length < later.cipher.leastLength) continue;
      const missed = this.#trials.missing(on.time, later.cipher, 0, 0, lost, bytes, at, length);
      if (missed < 0) continue;
      records.change(later.epoch, later);
      records.goOn(missed, 0);
      if (this.isLost) this.#tellUnseen(on, lost);
      return true;
    }
    return false;
  }
}

/** How many records may be missing with so many bytes. */
const mostRecords = (cipher: RecordCipher, lost: number): number =>
  Math.ceil(lost / (RECORD_HEADER + cipher.leastLength));
