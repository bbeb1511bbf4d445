// The slots of the table of names that clients have asked for (asked_names.ts): each is a client and an
// address that it was told, with the names that it asked for. Arrays instead of objects, as there are many.

/** Names kept of a pair: one address may serve many. */
export const NAMES_EACH = 4;
/** Of a key: an address of four words, twice. */
export const WORDS = 8;
/** Bytes of a name: its text's slot, two times, and how long it is valid. */
const NAME_BYTES = 8 + 2 * 8 + 2;
/** Bytes of memory: tag, key, the number of connections, and names. */
export const SLOT_BYTES = 1 + 4 * WORDS + 4 + NAMES_EACH * NAME_BYTES;

/** In microseconds. */
export const SECOND = 1_000_000;

export class NameSlots {
  readonly count: number;
  /** Some bits of each key's hash, so that few keys are compared; 0 for a free slot. */
  readonly tags: Uint8Array;
  /** WORDS of each slot. */
  readonly keys: Int32Array;
  /** Connections of the pair that are open. */
  readonly open: Int32Array;
  /** NAMES_EACH of each slot; null for none. */
  readonly names: (string | null)[];
  /** When the name was answered last, in microseconds, and for how many seconds that counts. */
  readonly learned: Float64Array;
  readonly validity: Uint16Array;
  /** When the last connection began that was named so, in microseconds; 0 for none. */
  readonly used: Float64Array;

  constructor(count: number) {
    const names = count * NAMES_EACH;
    this.count = count;
    this.tags = new Uint8Array(count);
    this.keys = new Int32Array(count * WORDS);
    this.open = new Int32Array(count);
    this.names = new Array<null>(names).fill(null);
    this.learned = new Float64Array(names);
    this.validity = new Uint16Array(names);
    this.used = new Float64Array(names);
  }

  /** Until when the name at `at` counts, microseconds. */
  until(at: number): number {
    return this.learned[at]! + this.validity[at]! * SECOND;
  }

  /** Copies all but tag and key into `slot` from a slot of `other`. */
  copy(slot: number, other: NameSlots, otherSlot: number): void {
    this.open[slot] = other.open[otherSlot]!;
    for (let i = 0; i < NAMES_EACH; i++) {
      const [at, from] = [slot * NAMES_EACH + i, otherSlot * NAMES_EACH + i];
      this.names[at] = other.names[from]!;
      this.learned[at] = other.learned[from]!;
      this.validity[at] = other.validity[from]!;
      this.used[at] = other.used[from]!;
    }
  }
}
