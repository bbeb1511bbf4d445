// Whether a message of HTTP/1 begins with a record whose end has not come. Its first words tell that the keys and
// the record's number are right as surely as its tag would, which may be lost.

import type { Bytes } from "../../crypto/cipher.ts";
import type { InnerStream } from "../analyser.ts";
import type { RecordCipher } from "./record_cipher.ts";

/** Bytes that are decrypted: as many as most request lines have. */
const MOST = 512;
/** How many records may be missing in front of it. */
const MAX_MISSING = 64;

const start: Bytes = new Uint8Array(MOST);

/** Whether one begins with the record at `at`, of which `bytes[at..end)` has come, if that is its number. */
export function beginsMessage(
  inner: InnerStream,
  cipher: RecordCipher,
  sequence: number,
  bytes: Uint8Array,
  at: number,
  end: number,
): boolean {
  const size = cipher.beginning(bytes, at, end, sequence, MOST, start);
  return inner.beginsMessage(start, 0, size);
}

/** How many numbers are to be tried if so many records may be missing. */
export const triesOf = ({ isSelfContained }: RecordCipher, missing: number): number =>
  isSelfContained ? 1 : Math.min(MAX_MISSING, missing + 1);
