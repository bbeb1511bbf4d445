// Hosts on their way to another thread: numbers in one array that is handed over, not copied, and
// texts by number, each sent once. read_hosts.ts makes hosts of them again.

import {
  type HostNumbers,
  type HostVectors,
  NUMBER_NAMES,
  TABLE_NAMES,
  type TableName,
  VECTOR_NAMES,
} from "./fields.ts";
import { DURATIONS_SIZE, writeDurations } from "./packed_durations.ts";
import {
  ADDRESSES,
  NAME,
  NUMBERS_AT,
  ROW_COUNTS_AT,
  ROW_SIZES,
  ROWS_AT,
  STEPS,
  TIMED,
  VECTORS_AT,
} from "./packed_layout.ts";
import { writeNumbers } from "./packed_numbers.ts";
import type { Distribution, DurationSnapshot } from "./snapshot.ts";

/** Hosts as they are sent. */
export interface PackedHosts {
  readonly count: number;
  /** Host after host, each as packed_layout.ts says. */
  readonly values: Float64Array<ArrayBuffer>;
  /** Texts that were not sent before; their numbers go on from those that were. */
  readonly texts: readonly string[];
  /** Whether texts are numbered from 0 again. */
  readonly anew: boolean;
}

interface CountedDurations {
  snapshot(): DurationSnapshot;
  distribution(): Distribution;
}

/** What a host has counted, as it is kept: nothing is copied to pack it. */
export interface CountedHost extends HostNumbers, HostVectors {
  readonly name: string;
  /** Rows by their key: "GET 200 1.1". */
  readonly tables: Readonly<Record<TableName, ReadonlyMap<string, { readonly count: number }>>>;
  readonly addresses: ReadonlyMap<string, readonly number[]>;
  /** Indexed as PHASES. */
  readonly phases: readonly (CountedDurations | null)[];
}

/** Texts may be twice as many as were in use when numbering began, and these; then it begins anew. */
const SPARE_TEXTS = 2000;

const NO_VALUES = new Float64Array();
/** Values that there is room for at first. */
const MIN_VALUES = 1024;

/** Packs the hosts of one store, time after time. */
export class HostPacker {
  readonly #finely: boolean;
  #numbers = new Map<string, number>();
  #newTexts: string[] = [];
  /** How many texts were in use when numbering began. */
  #inUse = 0;
  /** Empty between two packings: each hands its values over. */
  #values = NO_VALUES;
  #length = 0;

  /** `finely`: with the distributions of durations. */
  constructor(finely = false) {
    this.#finely = finely;
  }

  /** `values.buffer` of the result is the receiver's. */
  pack(hosts: Iterable<CountedHost>): PackedHosts {
    const anew = this.#numbers.size === 0 || this.#numbers.size > 2 * this.#inUse + SPARE_TEXTS;
    if (anew) this.#numbers.clear();
    this.#newTexts = [];
    // As many as last time, and a few more: pages that are not written to take no memory.
    this.#values = new Float64Array(MIN_VALUES + Math.ceil(1.25 * this.#length));
    this.#length = 0;
    let count = 0;
    for (const host of hosts) {
      this.#host(host);
      count++;
    }
    if (anew) this.#inUse = this.#numbers.size;
    const values = this.#values.subarray(0, this.#length);
    this.#values = NO_VALUES;
    return { count, values, texts: this.#newTexts, anew };
  }

  #host(host: CountedHost): void {
    const begin = this.#length;
    const values = this.#room(ROWS_AT);
    values[begin + NAME] = this.#number(host.name);
    for (let i = 0; i < NUMBER_NAMES.length; i++) {
      values[begin + NUMBERS_AT + i] = host[NUMBER_NAMES[i]!];
    }
    for (let i = 0; i < VECTOR_NAMES.length; i++) {
      writeNumbers(values, begin + VECTORS_AT[i]!, host[VECTOR_NAMES[i]!]);
    }
    this.#length = begin + ROWS_AT;
    this.#rows(host, begin + ROW_COUNTS_AT);
  }

  /** `counts`: where to say how many rows there are of each kind. */
  #rows(host: CountedHost, counts: number): void {
    for (let i = 0; i < TABLE_NAMES.length; i++) {
      const rows = host.tables[TABLE_NAMES[i]!];
      for (const [key, { count }] of rows) this.#row(key, count);
      this.#values[counts + i] = rows.size;
    }
    for (const [ip, hits] of host.addresses) this.#address(ip, hits);
    const timed = this.#phases(host);
    const steps = this.#finely ? this.#steps(host) : 0;
    // Only now: each row may have moved the values to a larger array.
    this.#values[counts + ADDRESSES] = host.addresses.size;
    this.#values[counts + TIMED] = timed;
    this.#values[counts + STEPS] = steps;
  }

  #row(key: string, count: number): void {
    const values = this.#room(2);
    values[this.#length++] = this.#number(key);
    values[this.#length++] = count;
  }

  #address(ip: string, hits: readonly number[]): void {
    const values = this.#room(1 + hits.length);
    values[this.#length++] = this.#number(ip);
    writeNumbers(values, this.#length, hits);
    this.#length += hits.length;
  }

  /** Returns how many of the phases were timed. */
  #phases({ phases }: CountedHost): number {
    const begin = this.#length;
    for (let phase = 0; phase < phases.length; phase++) {
      const durations = phases[phase]?.snapshot();
      if (durations === undefined) continue;
      writeDurations(this.#room(DURATIONS_SIZE), this.#length, phase, durations);
      this.#length += DURATIONS_SIZE;
    }
    return (this.#length - begin) / DURATIONS_SIZE;
  }

  /** Returns how many there are. */
  #steps({ phases }: CountedHost): number {
    const begin = this.#length;
    for (let phase = 0; phase < phases.length; phase++) {
      for (const { seconds, count } of phases[phase]?.distribution() ?? []) {
        const values = this.#room(ROW_SIZES[STEPS]!);
        values[this.#length++] = phase;
        values[this.#length++] = seconds;
        values[this.#length++] = count;
      }
    }
    return (this.#length - begin) / ROW_SIZES[STEPS]!;
  }

  /** The values, with room for so many more. */
  #room(more: number): Float64Array {
    if (this.#length + more > this.#values.length) {
      const larger = new Float64Array(2 * (this.#length + more));
      larger.set(this.#values);
      this.#values = larger;
    }
    return this.#values;
  }

  #number(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(text, number);
    this.#newTexts.push(text);
    return number;
  }
}
