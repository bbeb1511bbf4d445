// A host whose fields are made when they are read, and kept from their second reading on. Each second
// brings a thousand hosts, of most of which only the columns of a table are read; a page of /metrics
// reads all fields, but once, and so leaves nothing behind.

import {
  type HostNumbers,
  type HostTables,
  type HostVectors,
  NUMBER_NAMES,
  TABLE_NAMES,
  VECTOR_NAMES,
} from "./fields.ts";
import type { LabelledRow } from "./labelled.ts";
import type { AddressCount, DurationSnapshot, HostSnapshot, RouteSnapshot } from "./snapshot.ts";

const VECTORS_AT = 0;
const TABLES_AT = VECTORS_AT + VECTOR_NAMES.length;
const ADDRESSES_AT = TABLES_AT + TABLE_NAMES.length;
const PHASES_AT = ADDRESSES_AT + 1;
const ROUTES_AT = PHASES_AT + 1;

/** A field of which a host has nothing. */
export const NOTHING: readonly never[] = [];

export abstract class LazyHost implements HostSnapshot {
  abstract readonly name: string;
  /** A bit for each field that was read. */
  #read = 0;
  /** Those that were read twice. */
  #kept: unknown[] | null = null;

  /** `i` is an index into NUMBER_NAMES, VECTOR_NAMES, TABLE_NAMES. */
  protected abstract readNumber(i: number): number;
  protected abstract readVector(i: number): readonly number[];
  protected abstract readTable(i: number): readonly LabelledRow[];
  protected abstract readAddresses(): readonly AddressCount[];
  protected abstract readPhases(): readonly (DurationSnapshot | null)[];
  protected abstract readRoutes(): readonly RouteSnapshot[];

  get addresses(): readonly AddressCount[] {
    return this.#field(ADDRESSES_AT, () => this.readAddresses());
  }

  get phases(): readonly (DurationSnapshot | null)[] {
    return this.#field(PHASES_AT, () => this.readPhases());
  }

  get routes(): readonly RouteSnapshot[] {
    return this.#field(ROUTES_AT, () => this.readRoutes());
  }

  #field<Field>(at: number, read: () => Field): Field {
    const known = this.#kept?.[at] as Field | undefined;
    if (known !== undefined) return known;
    const field = read();
    // Most hosts have nothing of most fields, and it costs nothing to find that out again.
    if (field === NOTHING) return field;
    if (this.#read & 1 << at) (this.#kept ??= [])[at] = field;
    this.#read |= 1 << at;
    return field;
  }

  static {
    const define = (name: string, read: (host: LazyHost) => unknown) =>
      Object.defineProperty(this.prototype, name, {
        get(this: LazyHost) {
          return read(this);
        },
      });
    NUMBER_NAMES.forEach((name, i) => define(name, (host) => host.readNumber(i)));
    VECTOR_NAMES.forEach((name, i) =>
      define(name, (host) => host.#field(VECTORS_AT + i, () => host.readVector(i)))
    );
    TABLE_NAMES.forEach((name, i) =>
      define(name, (host) => host.#field(TABLES_AT + i, () => host.readTable(i)))
    );
  }
}

/** What the static block defines. */
export interface LazyHost extends HostNumbers, HostVectors, HostTables {}
