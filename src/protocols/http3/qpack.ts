// QPACK, the header compression of HTTP/3 (RFC 9204): one decoder for what each side sends. Entries of the
// dynamic table come on a stream of their own, so that a header block may have to wait for them.

import { FieldDecoder } from "../http2/field_decoder.ts";
import type { FieldReceiver } from "../http2/hpack.ts";
import { STATIC_FIELDS } from "./qpack_static_table.ts";

/** The block refers to entries that have not come yet. */
export const BLOCKED = 0;
export const BROKEN = -1;

/** The most that is kept of a dynamic table, whatever size the two ends agree on. */
const MAX_TABLE_SIZE = 65536;
/** Added to the lengths of name and value for the size of an entry (section 3.2.1). */
const ENTRY_OVERHEAD = 32;
/** Bytes of memory that an entry takes, beyond these 32. */
const ENTRY_BYTES = 32;

type Field = readonly [name: string | null, value: string | null];

const UNKNOWN: Field = [null, null];

/** Entries by their absolute index (section 3.2.4): the first that was ever inserted is 0. */
class QpackTable {
  /** From `#dropped` on. */
  #entries: Field[] = [];
  #dropped = 0;
  #size = 0;
  #capacity = 0;

  /** How many were ever inserted. */
  get inserts(): number {
    return this.#dropped + this.#entries.length;
  }

  get held(): number {
    return this.#size + this.#entries.length * ENTRY_BYTES;
  }

  at(index: number): Field {
    return this.#entries[index - this.#dropped] ?? UNKNOWN;
  }

  add(entry: Field): void {
    this.#entries.push(entry);
    this.#size += sizeOf(entry);
    this.#evict();
  }

  resize(capacity: number): void {
    this.#capacity = Math.min(capacity, MAX_TABLE_SIZE);
    this.#evict();
  }

  #evict(): void {
    let count = 0;
    while (this.#size > this.#capacity && count < this.#entries.length) {
      this.#size -= sizeOf(this.#entries[count++]!);
    }
    if (count === 0) return;
    this.#entries.splice(0, count);
    this.#dropped += count;
  }
}

const sizeOf = ([name, value]: Field): number =>
  (name?.length ?? 0) + (value?.length ?? 0) + ENTRY_OVERHEAD;

export class QpackDecoder extends FieldDecoder {
  readonly #table = new QpackTable();
  /** What the other side allows (SETTINGS_QPACK_MAX_TABLE_CAPACITY), as far as it is known. */
  #maxCapacity = 0;
  /** Whether entries were lost: then none is known. */
  #isForgotten = false;

  get held(): number {
    return this.#table.held;
  }

  /** The other side has told how large the table may be. */
  allow(capacity: number): void {
    this.#maxCapacity = Math.max(this.#maxCapacity, capacity);
  }

  /** Instructions were lost: entries of the dynamic table are unknown from now on. */
  forget(): void {
    this.#isForgotten = true;
  }

  /** Takes instructions of the encoder (section 4.3). Returns how many bytes are whole ones. */
  instructions(bytes: Uint8Array, at: number, end: number): number {
    let done = at;
    for (this.turnTo(bytes, at, end); this.at < end; done = this.at) {
      this.#instruction();
      if (this.isBroken) break;
    }
    this.release();
    return done - at;
  }

  #instruction(): void {
    const first = this.bytes[this.at]!;
    if (first >= 0x80) this.#insertNamed((first & 0x40) !== 0);
    else if (first >= 0x40) this.#insert(this.string(5), this.string(7));
    else if (first >= 0x20) {
      const capacity = this.integer(5);
      if (this.isBroken) return;
      this.#table.resize(capacity);
      this.allow(capacity);
    } else {
      const index = this.integer(5);
      const [name, value] = this.#table.at(this.#table.inserts - 1 - index);
      this.#insert(name, value);
    }
  }

  #insertNamed(isStatic: boolean): void {
    const index = this.integer(6);
    const [name] = isStatic
      ? STATIC_FIELDS[index] ?? UNKNOWN
      : this.#table.at(this.#table.inserts - 1 - index);
    this.#insert(name, this.string(7));
  }

  #insert(name: string | null, value: string | null): void {
    if (!this.isBroken) this.#table.add([name, value]);
  }

  /** Reads a whole header block. Returns 1, BLOCKED or BROKEN. */
  decode(bytes: Uint8Array, at: number, end: number, to: FieldReceiver): number {
    this.turnTo(bytes, at, end);
    const required = this.#requiredInserts();
    if (required > this.#table.inserts && !this.#isForgotten) return BLOCKED;
    const isBehind = this.at < end && bytes[this.at]! >= 0x80;
    const delta = this.integer(7);
    const base = isBehind ? required - delta - 1 : required + delta;
    while (this.at < end && !this.isBroken) this.#line(base, to);
    this.release();
    return this.isBroken ? BROKEN : 1;
  }

  /** How many entries have to be there (section 4.5.1.1); Infinity if that cannot be told yet. */
  #requiredInserts(): number {
    const encoded = this.integer(8);
    if (encoded === 0) return 0;
    const most = Math.floor(this.#maxCapacity / ENTRY_OVERHEAD);
    if (most === 0) return Infinity;
    const range = 2 * most;
    const highest = this.#table.inserts + most;
    const required = Math.floor(highest / range) * range + encoded - 1;
    return required > highest ? required - range : required;
  }

  /** A field, in one of five representations (sections 4.5.2 to 4.5.6). */
  #line(base: number, to: FieldReceiver): void {
    const first = this.bytes[this.at]!;
    const isStatic = first >= 0x80 ? (first & 0x40) !== 0 : (first & 0x10) !== 0;
    if (first >= 0x80) this.#indexed(isStatic, this.integer(6), base, to);
    else if (first >= 0x40) this.#named(isStatic, this.integer(4), base, to);
    else if (first >= 0x20) this.#give(to, this.string(3), this.string(7));
    else if (isStatic) {
      const [name, value] = this.#dynamic(base + this.integer(4));
      this.#give(to, name, value);
    } else {
      const [name] = this.#dynamic(base + this.integer(3));
      this.#give(to, name, this.string(7));
    }
  }

  #indexed(isStatic: boolean, index: number, base: number, to: FieldReceiver): void {
    const [name, value] = this.#lookUp(isStatic, index, base);
    this.#give(to, name, value);
  }

  #named(isStatic: boolean, index: number, base: number, to: FieldReceiver): void {
    const [name] = this.#lookUp(isStatic, index, base);
    this.#give(to, name, this.string(7));
  }

  #lookUp(isStatic: boolean, index: number, base: number): Field {
    return isStatic ? STATIC_FIELDS[index] ?? UNKNOWN : this.#dynamic(base - 1 - index);
  }

  #dynamic(index: number): Field {
    return this.#isForgotten ? UNKNOWN : this.#table.at(index);
  }

  #give(to: FieldReceiver, name: string | null, value: string | null): void {
    if (!this.isBroken) to.field(name, value);
  }
}
