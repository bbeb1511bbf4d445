// Hosts packed for another thread: all numbers in one array, whose memory is transferred instead of
// copied, and each text only once, after which its number stands for it. read_hosts.ts unpacks
// them.

import { DEFAULT_SCALE, type DurationScale } from "./duration_scale.ts";
import {
  type HostNumbers,
  type HostVectors,
  NUMBER_NAMES,
  TABLE_NAMES,
  type TableName,
  VECTOR_NAMES,
} from "./fields.ts";
import {
  ADDRESSES,
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
import { writeNumbers } from "./packed_numbers.ts";

/** What is sent. */
export interface PackedHosts {
  /** The bounds of the scale that durations are counted on. */
  readonly bounds: readonly number[];
  readonly count: number;
  /** One host after the other, in the layout of packed_layout.ts. */
  readonly values: Float64Array<ArrayBuffer>;
  /** Texts that were not sent before. The first has the number after the last one sent. */
  readonly texts: readonly string[];
  /** Whether the texts that were sent before no longer count: numbers begin at 0 again. */
  readonly renumbered: boolean;
}

interface CountedDurations {
  readonly sum: number;
  eachStep(visit: (step: number, count: number) => void): void;
}

/** What a packer reads: the host itself, so that nothing is copied first. */
export interface CountedHost extends HostNumbers, HostVectors {
  readonly name: string;
  /** By key, see labelled.ts. */
  readonly tables: Readonly<Record<TableName, ReadonlyMap<string, { readonly count: number }>>>;
  readonly addresses: ReadonlyMap<string, readonly number[]>;
  /** Indexed as PHASES. */
  readonly phases: readonly (CountedDurations | null)[];
  /** Null if none were counted. */
  readonly routes: Iterable<CountedRoute> | null;
}

interface CountedRoute {
  readonly method: string;
  readonly route: string;
  readonly codes: ReadonlyMap<string, { readonly count: number }>;
  readonly durations: CountedDurations | null;
}

const NO_ROUTES: readonly CountedRoute[] = [];

/** Numbering begins again once there are twice as many texts as when it began, plus these. */
const SPARE_TEXTS = 2000;

const NO_VALUES = new Float64Array();
/** Room for so many values at first. */
const MIN_VALUES = 1024;

/** Packs the hosts of one store, again and again. */
export class HostPacker {
  readonly #scale: DurationScale;
  readonly #withRoutes: boolean;
  #numbers = new Map<string, number>();
  #newTexts: string[] = [];
  /** How many texts there were when numbering began. */
  #inUse = 0;
  /** Empty between two calls of `pack`, as each gives its values away. */
  #values = NO_VALUES;
  #length = 0;

  /** `scale`: that on which the hosts count durations. `withRoutes`: whether routes are packed. */
  constructor(scale = DEFAULT_SCALE, withRoutes = true) {
    this.#scale = scale;
    this.#withRoutes = withRoutes;
  }

  /** `values.buffer` of the result may be transferred. */
  pack(hosts: Iterable<CountedHost>): PackedHosts {
    const renumbered = this.#numbers.size === 0 ||
      this.#numbers.size > 2 * this.#inUse + SPARE_TEXTS;
    if (renumbered) this.#numbers.clear();
    this.#newTexts = [];
    // A quarter more than last time. Pages that are never written to take no memory.
    this.#values = new Float64Array(MIN_VALUES + Math.ceil(1.25 * this.#length));
    this.#length = 0;
    let count = 0;
    for (const host of hosts) {
      this.#host(host);
      count++;
    }
    if (renumbered) this.#inUse = this.#numbers.size;
    const values = this.#values.subarray(0, this.#length);
    this.#values = NO_VALUES;
    const { bounds } = this.#scale;
    return { bounds, count, values, texts: this.#newTexts, renumbered };
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

  /** Appends the rows, and writes how many there are of each kind from `counts` on. */
  #rows(host: CountedHost, counts: number): void {
    for (let i = 0; i < TABLE_NAMES.length; i++) {
      const rows = host.tables[TABLE_NAMES[i]!];
      for (const [key, { count }] of rows) this.#row(key, count);
      this.#values[counts + i] = rows.size;
    }
    for (const [ip, hits] of host.addresses) this.#address(ip, hits);
    const routes = this.#withRoutes && host.routes !== null ? [...host.routes] : NO_ROUTES;
    const codes = this.#routes(routes);
    const durations = routes.length === 0
      ? host.phases
      : [...host.phases, ...routes.map((route) => route.durations)];
    const timed = this.#timed(durations);
    const steps = this.#steps(durations, timed);
    // Written last: appending a row may replace `this.#values` by a larger array.
    this.#values[counts + ADDRESSES] = host.addresses.size;
    this.#values[counts + ROUTES] = routes.length;
    this.#values[counts + ROUTE_CODES] = codes;
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

  /** Appends routes, then their codes. Returns how many codes there are. */
  #routes(routes: readonly CountedRoute[]): number {
    let codes = 0;
    for (const route of routes) {
      const values = this.#room(ROW_SIZES[ROUTES]!);
      values[this.#length++] = this.#number(route.method);
      values[this.#length++] = this.#number(route.route);
      values[this.#length++] = route.codes.size;
      codes += route.codes.size;
    }
    for (const route of routes) {
      for (const [code, { count }] of route.codes) this.#row(code, count);
    }
    return codes;
  }

  /** Returns how many rows there are: what has no durations has none. */
  #timed(all: readonly (CountedDurations | null)[]): number {
    let timed = 0;
    for (let i = 0; i < all.length; i++) {
      const durations = all[i];
      if (durations === null || durations === undefined) continue;
      const values = this.#room(ROW_SIZES[TIMED]!);
      values[this.#length] = i;
      values[this.#length + 1] = durations.sum;
      this.#length += ROW_SIZES[TIMED]!;
      timed++;
    }
    return timed;
  }

  /** Appends the steps of the durations, whose `timed` rows are the last. Returns how many there are. */
  #steps(all: readonly (CountedDurations | null)[], timed: number): number {
    const begin = this.#length;
    let counted = begin - timed * ROW_SIZES[TIMED]! + STEP_COUNT_AT;
    for (const durations of all) {
      if (durations === null) continue;
      const before = this.#length;
      durations.eachStep((step, count) => this.#step(step, count));
      this.#values[counted] = (this.#length - before) / ROW_SIZES[STEPS]!;
      counted += ROW_SIZES[TIMED]!;
    }
    return (this.#length - begin) / ROW_SIZES[STEPS]!;
  }

  #step(step: number, count: number): void {
    const values = this.#room(ROW_SIZES[STEPS]!);
    values[this.#length++] = step;
    values[this.#length++] = count;
  }

  /** The values, with room for `more` of them. */
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
