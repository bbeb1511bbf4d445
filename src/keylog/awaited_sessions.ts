// Sessions that begin in bytes which are about to be read, but whose secrets have not come: a browser on a busy
// machine writes them seconds later.

import { type KeyStore, RANDOM_BYTES } from "./key_store.ts";

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
/** Where the random of a ClientHello is, behind the headers of record and message, and the version. */
const RANDOM_AT = 11;
/** Bytes of headers in front of it in a packet, at most, and of the shortest packet that has one. */
const MOST_HEADERS = 128;
const LEAST_PACKET = 160;
/** Sessions that are looked for in the same bytes. */
const MOST_SESSIONS = 256;
/** So many in a row have been waited for in vain: then this program writes no secrets. */
const MOST_IN_VAIN = 64;

export class AwaitedSessions {
  readonly #store: KeyStore;
  #bytes: Uint8Array | null = null;
  /** The randoms of those that are missing. */
  #missing: Uint8Array[] = [];
  #inVain = 0;

  constructor(store: KeyStore) {
    this.#store = store;
  }

  /** Whether secrets are missing of sessions that begin in `bytes`. To be asked again for the same bytes. */
  areIn(bytes: Uint8Array): boolean {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.begin();
      for (let at = bytes.indexOf(HANDSHAKE); at >= 0; at = bytes.indexOf(HANDSHAKE, at + 1)) {
        this.#note(bytes, at, bytes.length);
      }
    }
    return this.areMissing;
  }

  /** Looks for the beginning of a session in the packet `bytes[at..end)`. `begin` comes first. */
  look(bytes: Uint8Array, at: number, end: number): void {
    if (end - at < LEAST_PACKET) return;
    for (let i = at; i < at + MOST_HEADERS; i++) {
      if (bytes[i] === HANDSHAKE) this.#note(bytes, i, end);
    }
  }

  /** Whether secrets are missing of those that were found since `begin`. */
  get areMissing(): boolean {
    const before = this.#missing.length;
    this.#missing = this.#missing.filter((random) => !this.#store.has(random));
    if (this.#missing.length < before) this.#inVain = 0;
    return this.#missing.length > 0 && this.#inVain < MOST_IN_VAIN;
  }

  /** Others are looked for from now on: those that are still missing were waited for in vain. */
  begin(): void {
    this.#inVain += this.#missing.length;
    if (this.#missing.length > 0) this.#missing = [];
  }

  #note(bytes: Uint8Array, at: number, end: number): void {
    if (!isClientHello(bytes, at, end) || this.#missing.length >= MOST_SESSIONS) return;
    this.#missing.push(bytes.slice(at + RANDOM_AT, at + RANDOM_AT + RANDOM_BYTES));
  }
}

/** Whether a record begins at `at` that has a ClientHello, whose length is below 64 KiB. */
const isClientHello = (bytes: Uint8Array, at: number, end: number): boolean =>
  at + RANDOM_AT + RANDOM_BYTES <= end && bytes[at + 1] === 3 && bytes[at + 2]! <= 4 &&
  bytes[at + 5] === CLIENT_HELLO && bytes[at + 6] === 0 && bytes[at + 9] === 3;
