// Bytes of a stream that an analyser cannot read before more of them have come.

/**
 * Bytes that may be kept: a line or message of 64 KiB, and the segment with its end, which is as
 * long if the network card has joined several.
 */
export const MAX_CARRY = 1 << 18;
/** Bytes of memory that a carry takes, beside its array. */
export const CARRY_BYTES = 330;
/** Little is asked for at first: an attacker needs a single byte to make a carry. */
const MIN_ROOM = 64;

const NOTHING = new Uint8Array(0);

/** The unread bytes are `bytes[start..end)`. */
export class Carry {
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;

  get length(): number {
    return this.end - this.start;
  }

  append(bytes: Uint8Array, from: number, to: number): void {
    const length = to - from;
    if (this.end + length > this.bytes.length) this.#makeRoom(length);
    this.bytes.set(bytes.subarray(from, to), this.end);
    this.end += length;
  }

  clear(): void {
    this.start = this.end = 0;
  }

  #makeRoom(length: number): void {
    const kept = this.bytes.subarray(this.start, this.end);
    const needed = kept.length + length;
    const room = kept.length === 0 ? Math.max(MIN_ROOM, needed) : needed * 2;
    const target = needed > this.bytes.length / 2 ? new Uint8Array(room) : this.bytes;
    // Within the same array this moves the bytes to its front.
    target.set(kept);
    this.bytes = target;
    this.start = 0;
    this.end = kept.length;
  }
}
