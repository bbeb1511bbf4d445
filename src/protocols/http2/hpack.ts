// HPACK, the header compression of HTTP/2 (RFC 7541): one decoder for each direction of a
// connection. It also works if header blocks were not captured: the dynamic table is indexed from
// its newest entry, so that entries added since then are found, and references to older ones are
// reported as unknown.

import { FieldDecoder } from "./field_decoder.ts";
import { STATIC_TABLE } from "./hpack_tables.ts";

/** Size of a dynamic table until its encoder changes it (RFC 9113 section 6.5.2). */
const INITIAL_TABLE_SIZE = 4096;
/** The most that is kept of a dynamic table, whatever size the two ends agree on. */
export const MAX_TABLE_SIZE = 65536;
/** Added to the lengths of name and value for the size of an entry (RFC 7541 section 4.1). */
const ENTRY_OVERHEAD = 32;

/**
 * Takes the fields of a header block in order, as strings with one character for each byte; null
 * for what refers to an entry of the dynamic table that was not captured.
 */
export interface FieldReceiver {
  field(name: string | null, value: string | null): void;
}

/** Bytes of memory that an entry takes, beyond the 32 that HPACK counts for it. */
const ENTRY_BYTES = 32;

interface Entry {
  readonly name: string | null;
  readonly value: string | null;
  readonly size: number;
}

const UNKNOWN: Entry = { name: null, value: null, size: 0 };
const STATIC_ENTRIES: readonly Entry[] = STATIC_TABLE.map(([name, value]) => entry(name, value));

function entry(name: string | null, value: string | null): Entry {
  const bytes = (name?.length ?? 0) + (value?.length ?? 0);
  return { name, value, size: bytes + ENTRY_OVERHEAD };
}

/** Sections 2.3.2 and 4: first in, first out. */
class DynamicTable {
  /** Entries from `#oldest` on; the newest is the last. */
  #entries: Entry[] = [];
  #oldest = 0;
  #size = 0;
  #maxSize = INITIAL_TABLE_SIZE;
  /** Whether it has all entries that the encoder's table has. */
  #complete = true;

  /** The entry `index` places before the newest; undefined if the encoder cannot have one there. */
  at(index: number): Entry | undefined {
    const place = this.#entries.length - 1 - index;
    if (place >= this.#oldest) return this.#entries[place];
    return this.#complete ? undefined : UNKNOWN;
  }

  add(added: Entry): void {
    this.#evict(this.#maxSize - added.size);
    // An entry larger than the table leaves it empty (section 4.4).
    if (added.size > this.#maxSize) return;
    this.#entries.push(added);
    this.#size += added.size;
  }

  /**
   * Section 4.3. If the encoder's table is larger than MAX_TABLE_SIZE, entries evicted here are
   * unknown.
   */
  resize(maxSize: number): void {
    if (maxSize > MAX_TABLE_SIZE) this.#complete = false;
    this.#maxSize = Math.min(maxSize, MAX_TABLE_SIZE);
    this.#evict(this.#maxSize);
  }

  /** After a loss: the encoder may have added and evicted entries, and changed the size. */
  forget(): void {
    this.#evict(0);
    this.#complete = false;
    this.#maxSize = MAX_TABLE_SIZE;
  }

  #evict(room: number): void {
    while (this.#size > room && this.#oldest < this.#entries.length) {
      this.#size -= this.#entries[this.#oldest++]!.size;
    }
    if (this.#oldest * 2 > this.#entries.length) {
      this.#entries.splice(0, this.#oldest);
      this.#oldest = 0;
    }
  }

  /** Newest first, as in the examples of the RFC. */
  list(): Entry[] {
    return this.#entries.slice(this.#oldest).reverse();
  }

  get size(): number {
    return this.#size;
  }

  /** Bytes of memory: entries take as much more than HPACK counts as their slots and objects do. */
  get held(): number {
    return this.#size + this.#entries.length * ENTRY_BYTES;
  }
}

/** Reads the header blocks of one direction. */
export class HpackDecoder extends FieldDecoder {
  readonly #table = new DynamicTable();

  /** Bytes of memory, see MemoryUser. */
  get held(): number {
    return this.#table.held;
  }

  /**
   * Reads one whole header block, `bytes[at..end)`. Returns false if it is malformed: the fields
   * taken until then must not be used, and the table is forgotten.
   *
   * Time and memory are bounded by the block's length: fields from a table are not copied.
   */
  decode(bytes: Uint8Array, at: number, end: number, to: FieldReceiver): boolean {
    this.turnTo(bytes, at, end);
    this.#readSizeUpdates();
    while (this.at < end && !this.isBroken) this.#readField(to);
    this.release();
    if (this.isBroken) this.forget();
    return !this.isBroken;
  }

  /** A header block was lost: only entries that are added from now on are known. */
  forget(): void {
    this.#table.forget();
  }

  /** What the dynamic table holds, newest first, and its size (section 4.1). */
  get table(): { entries: { name: string | null; value: string | null }[]; size: number } {
    return { entries: this.#table.list(), size: this.#table.size };
  }

  /**
   * Section 6.3; they come before the fields (section 4.2). That they stay below the other end's
   * SETTINGS_HEADER_TABLE_SIZE is not checked: it may have been sent in `HTTP2-Settings` (RFC 7540
   * section 3.2.1), and is not needed, as the encoder always writes here which size it uses.
   */
  #readSizeUpdates(): void {
    while (this.at < this.end && !this.isBroken && this.bytes[this.at]! >> 5 === 0b001) {
      const size = this.integer(5);
      if (!this.isBroken) this.#table.resize(size);
    }
  }

  /** Sections 6.1 and 6.2: the first bits tell which of four representations follows. */
  #readField(to: FieldReceiver): void {
    const first = this.bytes[this.at]!;
    if (first >= 0x80) this.#indexed(to);
    else if (first >= 0x40) this.#literal(to, 6, true);
    else if (first >= 0x20) this.fail();
    else this.#literal(to, 4, false);
  }

  #indexed(to: FieldReceiver): void {
    const { name, value } = this.#lookUp(this.integer(7));
    if (!this.isBroken) to.field(name, value);
  }

  #literal(to: FieldReceiver, prefix: number, indexing: boolean): void {
    const index = this.integer(prefix);
    const name = index === 0 ? this.string(7) : this.#lookUp(index).name;
    const value = this.string(7);
    if (this.isBroken) return;
    if (indexing) this.#table.add(entry(name, value));
    to.field(name, value);
  }

  /** Section 2.3.3: one index for both tables, the static one first. */
  #lookUp(index: number): Entry {
    const found = index === 0
      ? undefined
      : STATIC_ENTRIES[index - 1] ?? this.#table.at(index - 1 - STATIC_ENTRIES.length);
    if (found !== undefined) return found;
    this.fail();
    return UNKNOWN;
  }
}
