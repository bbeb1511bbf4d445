// Which sequence number a record has that comes after a hole: the one that its tag fits. Whoever sends what only
// looks like records must not make this cost much: what is tried in vain is bounded, for each side of a
// connection, and for all of them in a second.

import type { Bytes } from "../../crypto/cipher.ts";
import type { InnerStream } from "../analyser.ts";
import { beginsMessage, triesOf } from "./message_start.ts";
import type { RecordCipher } from "./record_cipher.ts";
import { MAX_RECORD, RECORD_HEADER } from "./records.ts";

/** Sequence numbers that are tried for one record, and in vain for all of a connection's side. */
const MAX_TRIES = 4096;
const ALL_TRIES = 16_384;
/** In vain in a second of packet time, by all connections: a tenth of a second of a processor. */
const TRIES_PER_SECOND = 50_000;

const trial: Bytes = new Uint8Array(MAX_RECORD + 64);

/** The second of packet time, and what was tried in vain in it. */
let second = 0;
let vainTries = 0;

/** Whether more may be tried in vain in this second of packet time. */
export function mayTry(time: number): boolean {
  const now = Math.floor(time / 1e6);
  if (now !== second) {
    second = now;
    vainTries = 0;
  }
  return vainTries < TRIES_PER_SECOND;
}

/** So much was tried in vain, in sequence numbers. */
export function triedInVain(tries: number): void {
  vainTries += tries;
}

export class SequenceTrials {
  #left = ALL_TRIES;

  /** Whether no more are allowed. */
  get isOver(): boolean {
    return this.#left <= 0;
  }

  /**
   * How many records of `cipher` are missing, in `lost` bytes, in front of the one at `at`, if the next one
   * would have the number `sequence`, or one up to `uncertain` higher; -1 if it cannot be opened. `time` is
   * packet time.
   */
  missing(
    time: number,
    cipher: RecordCipher,
    sequence: number,
    uncertain: number,
    lost: number,
    bytes: Uint8Array,
    at: number,
    length: number,
  ): number {
    if (!mayTry(time)) this.#left = 0;
    const overhead = RECORD_HEADER + cipher.leastLength;
    const most = Math.min(MAX_TRIES, this.#left, Math.ceil(lost / overhead) + 2 + uncertain);
    for (let missed = 0; missed < most; missed++) {
      if (cipher.open(bytes, at, length, sequence + missed, trial) >= 0) return missed;
    }
    this.#left -= most;
    triedInVain(most);
    return -1;
  }

  /**
   * The same for a record of which only `bytes[at..end)` has come, if a message begins with it and at most
   * `most` are missing.
   */
  missingBefore(
    time: number,
    inner: InnerStream,
    cipher: RecordCipher,
    sequence: number,
    most: number,
    bytes: Uint8Array,
    at: number,
    end: number,
  ): number {
    if (!mayTry(time)) return -1;
    const tries = triesOf(cipher, most);
    for (let missed = 0; missed < tries; missed++) {
      if (beginsMessage(inner, cipher, sequence + missed, bytes, at, end)) return missed;
    }
    triedInVain(tries);
    return -1;
  }
}
