// What is counted of a host by route: its most frequent ones, the others together.

import { detached } from "../text.ts";

export interface RouteCount {
  readonly method: string;
  /** OTHER_ROUTE for those that are counted together. */
  readonly route: string;
  readonly count: number;
  /** Answered with a status of 400 or more. */
  readonly errors: number;
  /** Answered requests whose time from first byte to first byte of the answer is known. */
  readonly timed: number;
  /** The sum of those times, and the longest of them. */
  readonly seconds: number;
  readonly slowest: number;
}

export const OTHER_ROUTE = "other";

/** Routes kept one by one of a host. */
export const MAX_ROUTES = 32;
/** Of a counter, its texts and its place in the tables, at most. */
const ROUTE_BYTES = 400;
/** A quarter is folded at once, so that sorting is rare. */
const FOLDED = MAX_ROUTES / 4;

type Counter = { -readonly [Key in keyof RouteCount]: RouteCount[Key] };

export class RouteTable {
  /** By method, then by route. */
  readonly #methods = new Map<string, Map<string, Counter>>();
  readonly #other = counter("", OTHER_ROUTE);
  #size = 0;

  /** `seconds`: null if not known. `status`: 0 without an answer. */
  add(method: string, route: string, status: number, seconds: number | null): void {
    const counter = this.#counter(method, route);
    counter.count++;
    if (status >= 400) counter.errors++;
    if (seconds === null) return;
    counter.timed++;
    counter.seconds += seconds;
    counter.slowest = Math.max(counter.slowest, seconds);
  }

  /** Bytes of memory, as an estimate. */
  get held(): number {
    return this.#size * ROUTE_BYTES;
  }

  #counter(method: string, route: string): Counter {
    const known = this.#methods.get(method)?.get(route);
    if (known !== undefined) return known;
    if (this.#size >= MAX_ROUTES) this.#foldRarest();
    const routes = this.#methods.get(method) ?? new Map<string, Counter>();
    const added = counter(method, detached(route));
    this.#methods.set(method, routes.set(added.route, added));
    this.#size++;
    return added;
  }

  #foldRarest(): void {
    const rarest = this.#all().sort((a, b) => a.count - b.count).slice(0, FOLDED);
    for (const each of rarest) {
      addTo(this.#other, each);
      const routes = this.#methods.get(each.method)!;
      routes.delete(each.route);
      if (routes.size === 0) this.#methods.delete(each.method);
    }
    this.#size -= rarest.length;
  }

  #all(): Counter[] {
    return [...this.#methods.values()].flatMap((routes) => [...routes.values()]);
  }

  counts(): RouteCount[] {
    const other = this.#other.count > 0 ? [this.#other] : [];
    return [...this.#all(), ...other].map((each) => ({ ...each }));
  }
}

/** The counts of several workers, as of one. */
export function mergeRoutes(counts: readonly RouteCount[]): RouteCount[] {
  const merged = new Map<string, Counter>();
  for (const each of counts) {
    const key = `${each.method} ${each.route}`;
    const same = merged.get(key) ?? counter(each.method, each.route);
    addTo(same, each);
    merged.set(key, same);
  }
  return [...merged.values()];
}

const counter = (method: string, route: string): Counter => ({
  ...{ method, route, count: 0, errors: 0, timed: 0, seconds: 0, slowest: 0 },
});

function addTo(sum: Counter, added: RouteCount): void {
  sum.count += added.count;
  sum.errors += added.errors;
  sum.timed += added.timed;
  sum.seconds += added.seconds;
  sum.slowest = Math.max(sum.slowest, added.slowest);
}
