// Address ranges and their places as columns, searched by bisection. The places of the whole
// internet take 25 MB of memory, and 6 MB as a file.

import { gunzipSync, gzipSync } from "node:zlib";
import { toIPv4 } from "./address_number.ts";
import { type Place, placeOf, UNKNOWN_PLACE } from "./place.ts";

/**
 * A range ends where the next one starts, so ranges without a place are listed too. Starts ascend.
 * A place is an index into `names`.
 */
export interface PlaceColumns {
  readonly starts4: Uint32Array;
  readonly places4: Uint32Array;
  /** Upper halves of addresses: no range is smaller than a /64. */
  readonly starts6: BigUint64Array;
  readonly places6: Uint32Array;
  /** UTF-8, a line for each place: country, tab, city, newline. */
  readonly names: Uint8Array;
}

const TAB = 9;
const NEWLINE = 10;

/** Finds places in a table. */
export class PlaceTable {
  readonly #columns: PlaceColumns;
  /** Where the line of each place starts in `names`, and where the last one ends. */
  readonly #lines: Uint32Array;

  constructor(columns: PlaceColumns) {
    this.#columns = columns;
    this.#lines = lineStarts(columns.names);
  }

  find(address: bigint): Place {
    const v4 = toIPv4(address);
    const place = v4 === null ? this.#find6(address) : this.#find4(v4);
    return place === undefined ? UNKNOWN_PLACE : this.#name(place);
  }

  #find4(address: number): number | undefined {
    const { starts4, places4 } = this.#columns;
    return places4[lastWhere(starts4.length, (i) => starts4[i]! <= address)];
  }

  #find6(address: bigint): number | undefined {
    const { starts6, places6 } = this.#columns;
    const upper = address >> 64n;
    return places6[lastWhere(starts6.length, (i) => starts6[i]! <= upper)];
  }

  #name(place: number): Place {
    const start = this.#lines[place];
    const end = this.#lines[place + 1];
    if (start === undefined || end === undefined) return UNKNOWN_PLACE;
    const line = this.#columns.names.subarray(start, end - 1);
    const tab = line.indexOf(TAB);
    const text = new TextDecoder();
    return placeOf(text.decode(line.subarray(tab + 1)), text.decode(line.subarray(0, tab)));
  }
}

/**
 * The last index below `length` for which `holds` is true, if it is true up to there; -1 for none.
 */
function lastWhere(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function lineStarts(names: Uint8Array): Uint32Array {
  const starts = [0];
  for (let at = names.indexOf(NEWLINE); at >= 0; at = names.indexOf(NEWLINE, at + 1)) {
    starts.push(at + 1);
  }
  return Uint32Array.from(starts);
}

/** Four numbers before the columns: ranges of IPv4, ranges of IPv6, bytes of names, and FORMAT. */
const HEADER = 16;
/** Changes with the layout, so that a file of another layout is refused. */
const FORMAT = 0x5754_0001;
/** Bytes: four times what the places of the internet take. */
const MAX_SIZE = 100_000_000;

/**
 * Columns as one compressed file. Widest elements come first, so that each column is aligned; their
 * byte order is the little-endian one of every machine that Deno runs on. The starts of IPv4 are
 * stored as differences, which compress four times better.
 */
export function packColumns(columns: PlaceColumns): Uint8Array<ArrayBuffer> {
  const { starts4, places4, starts6, places6, names } = columns;
  const header = Uint32Array.of(starts4.length, starts6.length, names.length, FORMAT);
  const steps = starts4.map((start, i) => start - (starts4[i - 1] ?? 0));
  const parts = [header, starts6, steps, places4, places6, names];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += part.byteLength;
  }
  return new Uint8Array(gzipSync(bytes));
}

/** Undoes packColumns; throws an Error if the file is not one of its. */
export function unpackColumns(packed: Uint8Array): PlaceColumns {
  const bytes = unzip(packed);
  const [count4 = 0, count6 = 0, nameBytes = 0, format] = new Uint32Array(bytes.buffer, 0, 4);
  const size = HEADER + count6 * 12 + count4 * 8 + nameBytes;
  if (format !== FORMAT || bytes.length !== size) throw new Error("not a pack of places");
  let at = HEADER;
  const take = (length: number) => (at += length) - length;
  const starts6 = new BigUint64Array(bytes.buffer, take(count6 * 8), count6);
  const starts4 = new Uint32Array(bytes.buffer, take(count4 * 4), count4);
  const places4 = new Uint32Array(bytes.buffer, take(count4 * 4), count4);
  const places6 = new Uint32Array(bytes.buffer, take(count6 * 4), count6);
  const names = new Uint8Array(bytes.buffer, take(nameBytes), nameBytes);
  for (let i = 1; i < count4; i++) starts4[i]! += starts4[i - 1]!;
  return { starts4, places4, starts6, places6, names };
}

/**
 * gzip ends with the size of its content (RFC 1952); unzipped in one piece it takes half the
 * memory.
 */
function unzip(packed: Uint8Array): Uint8Array {
  const trailer = new DataView(packed.buffer, packed.byteOffset + packed.length - 4);
  const size = trailer.getUint32(0, true);
  if (size > MAX_SIZE) throw new Error("not a pack of places");
  const bytes = gunzipSync(packed, { chunkSize: Math.max(size, HEADER) + 64 });
  // Typed arrays need an aligned start.
  return bytes.byteOffset === 0 ? bytes : new Uint8Array(bytes);
}
