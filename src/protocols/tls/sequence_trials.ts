// Which sequence number a record has that comes after a hole: the one that its tag fits.

import type { Bytes } from "../../crypto/cipher.ts";
import type { RecordCipher } from "./record_cipher.ts";
import { MAX_RECORD, RECORD_HEADER } from "./records.ts";

/** Sequence numbers that are tried for one record, and for all of a connection's side. */
const MAX_TRIES = 4096;
const ALL_TRIES = 65_536;

const trial: Bytes = new Uint8Array(MAX_RECORD + 64);

export class SequenceTrials {
  #left = ALL_TRIES;

  /** Whether no more are allowed. */
  get isOver(): boolean {
    return this.#left <= 0;
  }

  /**
   * How many records of `cipher` are missing, in `lost` bytes, in front of the one at `at`, if the next one
   * would have the number `sequence`; -1 if it cannot be opened.
   */
  missing(
    cipher: RecordCipher,
    sequence: number,
    lost: number,
    bytes: Uint8Array,
    at: number,
    length: number,
  ): number {
    const overhead = RECORD_HEADER + cipher.leastLength;
    const most = Math.min(MAX_TRIES, Math.ceil(lost / overhead) + 1);
    for (let missed = 0; missed <= most && this.#left > 0; missed++) {
      this.#left--;
      if (cipher.open(bytes, at, length, sequence + missed, trial) >= 0) return missed;
    }
    return -1;
  }
}
