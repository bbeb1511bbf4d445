// A host whose fields are made when they are first read. Each second brings a thousand hosts, of
// most of which only the columns of a table are read.

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

export abstract class LazyHost implements HostSnapshot {
  abstract readonly name: string;
  #vectors: (readonly number[])[] | null = null;
  #tables: (readonly LabelledRow[])[] | null = null;
  #addresses: readonly AddressCount[] | null = null;
  #phases: readonly (DurationSnapshot | null)[] | null = null;
  #routes: readonly RouteSnapshot[] | null = null;

  /** `i` is an index into NUMBER_NAMES, VECTOR_NAMES, TABLE_NAMES. */
  protected abstract readNumber(i: number): number;
  protected abstract readVector(i: number): readonly number[];
  protected abstract readTable(i: number): readonly LabelledRow[];
  protected abstract readAddresses(): readonly AddressCount[];
  protected abstract readPhases(): readonly (DurationSnapshot | null)[];
  protected abstract readRoutes(): readonly RouteSnapshot[];

  get addresses(): readonly AddressCount[] {
    return this.#addresses ??= this.readAddresses();
  }

  get phases(): readonly (DurationSnapshot | null)[] {
    return this.#phases ??= this.readPhases();
  }

  get routes(): readonly RouteSnapshot[] {
    return this.#routes ??= this.readRoutes();
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
      define(name, (host) => (host.#vectors ??= [])[i] ??= host.readVector(i))
    );
    TABLE_NAMES.forEach((name, i) =>
      define(name, (host) => (host.#tables ??= [])[i] ??= host.readTable(i))
    );
  }
}

/** What the static block defines. */
export interface LazyHost extends HostNumbers, HostVectors, HostTables {}
