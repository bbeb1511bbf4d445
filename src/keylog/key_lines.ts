// The lines of a key log in the NSS format (RFC 9850): a label, the client's random, a secret, with a space
// between them; numbers in hex. Other lines, as comments and what is torn, are passed over.

import { latin1 } from "../bytes.ts";
import type { Bytes } from "../crypto/cipher.ts";
import { type KeyStore, RANDOM_BYTES } from "./key_store.ts";
import { secretName } from "./session_secrets.ts";

/** More than any line has: 32 for a label, 64 and 128 for the numbers. */
const MAX_LINE = 512;
/** As many bytes as the hash has, and 48 for the master secret of TLS 1.2. */
const SECRET_LENGTHS = [32, 48];

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;

/** Takes a log in pieces, which may end anywhere. */
export class KeyLines {
  readonly #store: KeyStore;
  /** The beginning of a line whose end has not come. */
  readonly #line: Bytes = new Uint8Array(MAX_LINE);
  #length = 0;
  /** Whether the line is longer than any that is read. */
  #isTooLong = false;

  constructor(store: KeyStore) {
    this.#store = store;
  }

  add(bytes: Uint8Array, at = 0, end = bytes.length): void {
    for (let from = at; from < end;) {
      const feed = bytes.indexOf(LINE_FEED, from);
      const stop = feed < 0 || feed > end ? end : feed;
      this.#append(bytes, from, stop);
      if (stop < end) this.end();
      from = stop + 1;
    }
  }

  #append(bytes: Uint8Array, at: number, end: number): void {
    if (this.#isTooLong || this.#length + end - at > MAX_LINE) this.#isTooLong = true;
    else {
      this.#line.set(bytes.subarray(at, end), this.#length);
      this.#length += end - at;
    }
  }

  /** The line ends here, also without a line feed. */
  end(): void {
    if (!this.#isTooLong) readLine(this.#line, this.#length, this.#store);
    this.#line.fill(0, 0, this.#length);
    this.#length = 0;
    this.#isTooLong = false;
  }
}

function readLine(line: Uint8Array, length: number, store: KeyStore): void {
  const end = line[length - 1] === CARRIAGE_RETURN ? length - 1 : length;
  const first = line.indexOf(SPACE);
  const random = first + 1;
  const second = random + 2 * RANDOM_BYTES;
  if (first < 0 || second >= end || line[second] !== SPACE) return;
  const secretLength = (end - second - 1) / 2;
  if (!SECRET_LENGTHS.includes(secretLength)) return;
  const name = secretName(latin1(line, 0, first));
  if (name === null) return;
  const randomBytes = fromHex(line, random, RANDOM_BYTES);
  const secret = fromHex(line, second + 1, secretLength);
  if (randomBytes !== null && secret !== null) store.add(name, randomBytes, secret);
}

/** `length` bytes from twice as many digits; null if some are none. */
function fromHex(text: Uint8Array, at: number, length: number): Bytes | null {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const high = digit(text[at + 2 * i]!);
    const low = digit(text[at + 2 * i + 1]!);
    if (high < 0 || low < 0) return null;
    bytes[i] = high << 4 | low;
  }
  return bytes;
}

/** The value of a hexadecimal digit; -1 if it is none. */
function digit(character: number): number {
  if (character >= 0x30 && character <= 0x39) return character - 0x30;
  const lower = character | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}
