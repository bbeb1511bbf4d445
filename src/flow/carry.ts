// Bytes of a stream that an analyser cannot read before more of them have come.

/** Of a message: most analysers see no longer ones at once. */
const LONGEST = 1 << 16;
/** Of a segment, if the network card has joined several, and of some kept with it. */
const LONGEST_SEGMENT = 3 << 16;

/** Bytes that may be kept for an analyser: its longest message, and the segment with the end of it. */
export const maxCarry = (analyser: { readonly longest?: number } | null): number =>
  Math.max(LONGEST, analyser?.longest ?? 0) + LONGEST_SEGMENT;

/** Arrays grow to twice what is needed, beyond so many bytes by a quarter. */
const LARGE = 1 << 16;
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
    const spare = needed < LARGE ? needed : needed >> 2;
    const room = kept.length === 0 ? Math.max(MIN_ROOM, needed) : needed + spare;
    const target = needed + spare / 2 > this.bytes.length ? new Uint8Array(room) : this.bytes;
    // Within the same array this moves the bytes to its front.
    target.set(kept);
    this.bytes = target;
    this.start = 0;
    this.end = kept.length;
  }
}
