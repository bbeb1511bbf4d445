// HPACK, the header compression of HTTP/2 (RFC 7541): one decoder for each direction of a
// connection. It also works if header blocks were not captured: the dynamic table is indexed from
// its newest entry, so that entries added since then are found, and references to older ones are
// reported as unknown.

import { latin1 } from "../../bytes.ts";
import { decodedBound, decodeHuffman } from "./huffman.ts";
import { STATIC_TABLE } from "./hpack_tables.ts";

/** Size of a dynamic table until its encoder changes it (RFC 9113 section 6.5.2). */
const INITIAL_TABLE_SIZE = 4096;
/** The most that is kept of a dynamic table, whatever size the two ends agree on. */
export const MAX_TABLE_SIZE = 65536;
/** Added to the lengths of name and value for the size of an entry (RFC 7541 section 4.1). */
const ENTRY_OVERHEAD = 32;
/** Bytes of an integer after its prefix: 28 bits, more than any length here can be (section 5.1). */
const MAX_INTEGER_BYTES = 4;

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

const NOTHING = new Uint8Array(0);
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
export class HpackDecoder {
  readonly #table = new DynamicTable();
  #bytes: Uint8Array = NOTHING;
  #at = 0;
  #end = 0;
  #broken = false;

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
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
    this.#broken = false;
    this.#readSizeUpdates();
    while (this.#at < end && !this.#broken) this.#readField(to);
    this.#bytes = NOTHING;
    if (this.#broken) this.forget();
    return !this.#broken;
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
    while (this.#at < this.#end && !this.#broken && this.#bytes[this.#at]! >> 5 === 0b001) {
      const size = this.#integer(5);
      if (!this.#broken) this.#table.resize(size);
    }
  }

  /** Sections 6.1 and 6.2: the first bits tell which of four representations follows. */
  #readField(to: FieldReceiver): void {
    const first = this.#bytes[this.#at]!;
    if (first >= 0x80) this.#indexed(to);
    else if (first >= 0x40) this.#literal(to, 6, true);
    else if (first >= 0x20) this.#fail();
    else this.#literal(to, 4, false);
  }

  #indexed(to: FieldReceiver): void {
    const { name, value } = this.#lookUp(this.#integer(7));
    if (!this.#broken) to.field(name, value);
  }

  #literal(to: FieldReceiver, prefix: number, indexing: boolean): void {
    const index = this.#integer(prefix);
    const name = index === 0 ? this.#string() : this.#lookUp(index).name;
    const value = this.#string();
    if (this.#broken) return;
    if (indexing) this.#table.add(entry(name, value));
    to.field(name, value);
  }

  /** Section 2.3.3: one index for both tables, the static one first. */
  #lookUp(index: number): Entry {
    const found = index === 0
      ? undefined
      : STATIC_ENTRIES[index - 1] ?? this.#table.at(index - 1 - STATIC_ENTRIES.length);
    if (found !== undefined) return found;
    this.#fail();
    return UNKNOWN;
  }

  /** Section 5.1. */
  #integer(prefix: number): number {
    if (this.#at >= this.#end) return this.#fail();
    const full = (1 << prefix) - 1;
    let value = this.#bytes[this.#at++]! & full;
    if (value < full) return value;
    for (let i = 0; i < MAX_INTEGER_BYTES && this.#at < this.#end; i++) {
      const byte = this.#bytes[this.#at++]!;
      value += (byte & 0x7f) << (7 * i);
      if (byte < 0x80) return value;
    }
    return this.#fail();
  }

  /** Section 5.2. */
  #string(): string {
    const huffman = this.#at < this.#end && this.#bytes[this.#at]! >= 0x80;
    const length = this.#integer(7);
    if (this.#broken || length > this.#end - this.#at) {
      this.#fail();
      return "";
    }
    const from = this.#at;
    this.#at += length;
    if (!huffman) return latin1(this.#bytes, from, this.#at);
    const out = scratch(decodedBound(length));
    const written = decodeHuffman(this.#bytes, from, this.#at, out);
    if (written < 0) this.#fail();
    return latin1(out, 0, written);
  }

  /** Returns 0, for callers that return a number. */
  #fail(): 0 {
    this.#broken = true;
    return 0;
  }
}

let decoded = new Uint8Array(1024);

/** Room for a decoded string; the next one overwrites it. */
function scratch(length: number): Uint8Array {
  if (length > decoded.length) decoded = new Uint8Array(length);
  return decoded;
}
