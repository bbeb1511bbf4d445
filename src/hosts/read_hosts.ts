// Unpacks the hosts that packed_hosts.ts has packed.

import { SOURCES } from "../protocols/analyser.ts";
import { DEFAULT_SCALE, DurationScale } from "./duration_scale.ts";
import { durationSnapshot } from "./duration_snapshot.ts";
import { HOST_TABLES, HOST_VECTORS, PHASES, TABLE_NAMES, VECTOR_NAMES } from "./fields.ts";
import { type LabelledRow, rowOfValues, valuesOf } from "./labelled.ts";
import { LazyHost, NOTHING } from "./lazy_host.ts";
import type { PackedHosts } from "./packed_hosts.ts";
import {
  ADDRESSES,
  CODE_COUNT_AT,
  NAME,
  NUMBERS_AT,
  ROUTE_CODES,
  ROUTES,
  ROW_COUNTS_AT,
  ROW_SIZES,
  ROWS_AT,
  STEP_COUNT_AT,
  STEPS,
  TIMED,
  VECTORS_AT,
} from "./packed_layout.ts";
import { readNumbers } from "./packed_numbers.ts";
import type { AddressCount, DurationSnapshot, HostSnapshot, RouteSnapshot } from "./snapshot.ts";

/** How many numbers each vector has. */
const LENGTHS = VECTOR_NAMES.map((name) => HOST_VECTORS[name].names.length);

/** A text of some hosts. Keys of rows are few, and taken apart once. */
class PackedText {
  #values: readonly string[] | null = null;

  constructor(readonly text: string) {}

  get values(): readonly string[] {
    return this.#values ??= valuesOf(this.text);
  }
}

/** Unpacks for one packer: it has to get all that was packed, in order. */
export class HostReader {
  #texts: PackedText[] = [];
  #count = 0;
  #values = new Float64Array();
  #scale = DEFAULT_SCALE;

  read({ bounds, count, values, texts, renumbered }: PackedHosts): HostSnapshot[] {
    if (bounds.join() !== this.#scale.bounds.join()) this.#scale = new DurationScale(bounds);
    // A new array: hosts that were read before keep theirs.
    if (renumbered) this.#texts = [];
    for (const text of texts) this.#texts.push(new PackedText(text));
    this.#count = count;
    this.#values = values;
    return this.again();
  }

  /** The hosts that were read last, made anew: without the fields that were read since. */
  again(): HostSnapshot[] {
    const hosts: HostSnapshot[] = [];
    for (let at = 0; hosts.length < this.#count;) {
      hosts.push(new PackedHost(this.#scale, this.#values, at, this.#texts));
      at = rowsAt(this.#values, at, ROW_SIZES.length);
    }
    return hosts;
  }
}

/** Where the rows of a kind begin. With the number of kinds: where the host ends. */
function rowsAt(values: Float64Array, host: number, kind: number): number {
  let at = host + ROWS_AT;
  for (let i = 0; i < kind; i++) at += values[host + ROW_COUNTS_AT + i]! * ROW_SIZES[i]!;
  return at;
}

class PackedHost extends LazyHost {
  readonly #scale: DurationScale;
  readonly #values: Float64Array;
  readonly #at: number;
  readonly #texts: readonly PackedText[];

  constructor(
    scale: DurationScale,
    values: Float64Array,
    at: number,
    texts: readonly PackedText[],
  ) {
    super();
    this.#scale = scale;
    this.#values = values;
    this.#at = at;
    this.#texts = texts;
  }

  get name(): string {
    return this.#text(this.#at + NAME);
  }

  protected override readNumber(i: number): number {
    return this.#values[this.#at + NUMBERS_AT + i]!;
  }

  protected override readVector(i: number): readonly number[] {
    return readNumbers(this.#values, this.#at + VECTORS_AT[i]!, LENGTHS[i]!);
  }

  protected override readTable(i: number): readonly LabelledRow[] {
    if (this.#values[this.#at + ROW_COUNTS_AT + i] === 0) return NOTHING;
    const { labels } = HOST_TABLES[TABLE_NAMES[i]!];
    return this.#rows(i, (row) => {
      const { values } = this.#texts[this.#values[row]!]!;
      return rowOfValues(labels, values, this.#values[row + 1]!);
    });
  }

  protected override readAddresses(): readonly AddressCount[] {
    return this.#rows(
      ADDRESSES,
      (row) => ({ ip: this.#text(row), hits: readNumbers(this.#values, row + 1, SOURCES.length) }),
    );
  }

  protected override readPhases(): readonly (DurationSnapshot | null)[] {
    return this.#durations(0, PHASES.length);
  }

  protected override readRoutes(): readonly RouteSnapshot[] {
    const rows = this.#values[this.#at + ROW_COUNTS_AT + ROUTES]!;
    if (rows === 0) return NOTHING;
    const durations = this.#durations(PHASES.length, rows);
    let at = rowsAt(this.#values, this.#at, ROUTE_CODES);
    return this.#rows(ROUTES, (row, i) => {
      const codes: { code: string; count: number }[] = [];
      for (let left = this.#values[row + CODE_COUNT_AT]!; left > 0; left--) {
        codes.push({ code: this.#text(at), count: this.#values[at + 1]! });
        at += ROW_SIZES[ROUTE_CODES]!;
      }
      const [method, route] = [this.#text(row), this.#text(row + 1)];
      return { method, route, codes, processing: durations[i]! };
    });
  }

  /** Those whose indices are `length` from `first` on; null if nothing was timed. */
  #durations(first: number, length: number): (DurationSnapshot | null)[] {
    const values = this.#values;
    const durations: (DurationSnapshot | null)[] = [];
    for (let i = 0; i < length; i++) durations.push(null);
    let at = rowsAt(values, this.#at, STEPS);
    this.#eachRow(TIMED, (row) => {
      const end = at + values[row + STEP_COUNT_AT]! * ROW_SIZES[STEPS]!;
      const index = values[row]! - first;
      if (index >= 0 && index < length) {
        durations[index] = durationSnapshot(this.#scale, values, values[row + 1]!, at, end);
      }
      at = end;
    });
    return durations;
  }

  #eachRow(kind: number, read: (row: number, i: number) => void): void {
    const size = ROW_SIZES[kind]!;
    const begin = rowsAt(this.#values, this.#at, kind);
    const end = begin + size * this.#values[this.#at + ROW_COUNTS_AT + kind]!;
    for (let row = begin, i = 0; row < end; row += size, i++) read(row, i);
  }

  #rows<Result>(kind: number, read: (row: number, i: number) => Result): Result[] {
    const rows: Result[] = [];
    this.#eachRow(kind, (row, i) => rows.push(read(row, i)));
    return rows;
  }

  #text(at: number): string {
    return this.#texts[this.#values[at]!]!.text;
  }
}
