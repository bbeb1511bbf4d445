// The handshake messages of one side, which records may cut anywhere (RFC 8446 section 5.1).

import { u24 } from "../../bytes.ts";
import { HANDSHAKE_HEADER, MAX_HELLO } from "./hello.ts";

export const END_OF_EARLY_DATA = 5;
export const ENCRYPTED_EXTENSIONS = 8;
export const FINISHED = 20;
export const KEY_UPDATE = 24;

/** Messages whose content is needed; of others only that they came. */
const isNeeded = (type: number): boolean => type <= 2 || type === ENCRYPTED_EXTENSIONS;

const NOTHING = new Uint8Array(0);

export class HandshakeMessages {
  /** The beginning of a message whose end has not come. */
  #kept: Uint8Array = NOTHING;
  /** Bytes to come of a message that is not needed. */
  #skip = 0;
  /** Whether bytes are missing: what follows cannot be read. */
  isBroken = false;
  /** What was added and not read: `bytes[#at..#end)`. */
  bytes: Uint8Array = NOTHING;
  #at = 0;
  #end = 0;
  /** Where in `bytes` the message begins whose type `next` has told, and where it ends. */
  start = 0;
  stop = 0;

  get held(): number {
    return this.#kept.length;
  }

  clear(): void {
    this.#kept = NOTHING;
    this.#skip = 0;
    this.isBroken = false;
  }

  /** Adds the next bytes; then `next` is to be called until it has no more. */
  add(bytes: Uint8Array, at: number, end: number): void {
    const skipped = Math.min(this.#skip, end - at);
    this.#skip -= skipped;
    this.bytes = bytes;
    this.#at = at + skipped;
    this.#end = this.isBroken ? this.#at : end;
    if (this.#kept.length > 0) this.#join();
  }

  #join(): void {
    const added = this.bytes.subarray(this.#at, this.#end);
    const all = new Uint8Array(this.#kept.length + added.length);
    all.set(this.#kept);
    all.set(added, this.#kept.length);
    this.bytes = all;
    this.#at = 0;
    this.#end = all.length;
    this.#kept = NOTHING;
  }

  /** The type of the next message, which has come whole if its content is needed. -1 if there is none. */
  next(): number {
    const start = this.#at;
    if (this.#end - start < HANDSHAKE_HEADER) return this.#keep();
    const type = this.bytes[start]!;
    const stop = start + HANDSHAKE_HEADER + u24(this.bytes, start + 1);
    if (stop - start > MAX_HELLO) this.isBroken = true;
    if (this.isBroken || stop > this.#end && isNeeded(type)) return this.#keep();
    this.start = start;
    this.stop = stop;
    this.#at = Math.min(stop, this.#end);
    this.#skip = stop - this.#at;
    return type;
  }

  #keep(): -1 {
    if (this.#at < this.#end && !this.isBroken) this.#kept = this.bytes.slice(this.#at, this.#end);
    this.bytes = NOTHING;
    this.#at = this.#end = 0;
    return -1;
  }
}
