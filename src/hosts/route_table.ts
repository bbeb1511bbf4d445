// What is counted of a host by route, up to a limit; the routes without a place are one, `other`.
//
// A scanner asks for hundreds of paths, most of which are not there: they must not drive out the routes
// that are used, and routes that come and go would be new series each time. So an answer of 4xx weighs
// little, and a route takes the place of another only once it weighs twice as much: however many paths
// are asked for, each doubling of the requests brings at most as many new routes as there are places.
// What was counted as `other` stays there, so that no count ever shrinks.

import { detached } from "../text.ts";
import type { Count, CountRows } from "./count_rows.ts";
import { Durations } from "./durations.ts";
import type { DurationScale } from "./duration_scale.ts";
import { codeLabel } from "./label_values.ts";

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

/** Codes kept one by one of a route; the rest are counted as OTHER_CODE. */
const MAX_CODES = 8;
const OTHER_CODE = "other";

/** What a request weighs that was answered with 4xx; others weigh 1. */
const REFUSED_WEIGHT = 1 / 16;
/** How much heavier a route has to be than the one whose place it takes. */
const HEAVIER = 2;

/** Routes without a place that are weighed, for each place; the lightest are forgotten. */
const WEIGHED = 2;
/** So much of them is forgotten at once, so that sorting is rare. */
const FORGOTTEN = 1 / 4;

/** Of a counter, its texts and its place in the tables, at most; of each code; of a weight. */
const ROUTE_BYTES = 450;
const CODE_BYTES = 100;
const WEIGHT_BYTES = 250;

/** What a request weighs. `status`: 0 without an answer. */
export const weightOf = (status: number): number =>
  status >= 400 && status < 500 ? REFUSED_WEIGHT : 1;

/** What a route is known by, of its host. */
export const routeKey = (method: string, route: string): string => `${method} ${route}`;

/** What is counted of a route. */
export class Route {
  readonly method: string;
  readonly route: string;
  /** By code. */
  readonly codes: CountRows = new Map();
  /** From the first byte of requests to the first byte of their answers; null if nothing was timed. */
  durations: Durations | null = null;
  /** Seconds. */
  slowest = 0;
  weight = 0;
  readonly #scale: DurationScale;

  constructor(method: string, route: string, scale: DurationScale) {
    this.method = method;
    this.route = route;
    this.#scale = scale;
  }

  /** `seconds`: null if not known. */
  add(code: string, seconds: number | null): void {
    this.#code(code).count++;
    if (seconds === null) return;
    this.#timed().observe(seconds);
    this.slowest = Math.max(this.slowest, seconds);
  }

  absorb(other: Route): void {
    for (const [code, { count }] of other.codes) this.#code(code).count += count;
    if (other.durations !== null) this.#timed().absorb(other.durations);
    this.slowest = Math.max(this.slowest, other.slowest);
  }

  #code(code: string): Count {
    const known = this.codes.get(code);
    if (known !== undefined) return known;
    if (this.codes.size >= MAX_CODES && code !== OTHER_CODE) return this.#code(OTHER_CODE);
    const row = { count: 0 };
    this.codes.set(code, row);
    return row;
  }

  #timed(): Durations {
    return this.durations ??= new Durations(this.#scale);
  }

  /** Bytes of memory, as an estimate. */
  get held(): number {
    return ROUTE_BYTES + CODE_BYTES * this.codes.size + (this.durations?.held ?? 0);
  }

  get counts(): RouteCount {
    const { method, route, durations, slowest } = this;
    let count = 0;
    let errors = 0;
    for (const [code, row] of this.codes) {
      count += row.count;
      if (Number(code) >= 400) errors += row.count;
    }
    let timed = 0;
    durations?.eachStep((_, count) => timed += count);
    return { method, route, count, errors, timed, seconds: durations?.sum ?? 0, slowest };
  }
}

export class RouteTable {
  readonly #scale: DurationScale;
  /** By method and route. */
  readonly #kept = new Map<string, Route>();
  readonly #other: Route;
  /** Of routes that have no place. */
  readonly #weights = new Map<string, number>();
  /** A route with a place weighs at least that. */
  #leastWeight = 0;

  constructor(scale: DurationScale) {
    this.#scale = scale;
    this.#other = new Route("", OTHER_ROUTE, scale);
  }

  /**
   * Counts a request. `status`: 0 without an answer. `seconds`: null if not known. `limit`: the most
   * routes to keep. Returns whether a route lost its place.
   */
  add(
    method: string,
    route: string,
    status: number,
    seconds: number | null,
    limit: number,
  ): boolean {
    const weight = weightOf(status);
    const key = routeKey(method, route);
    let kept = this.#kept.get(key);
    let isTaken = false;
    if (kept === undefined) {
      const total = (this.#weights.get(key) ?? 0) + weight;
      const isFull = this.#kept.size >= limit;
      isTaken = isFull && limit > 0 && this.#takePlace(total);
      if (isFull && !isTaken) {
        this.#weigh(key, total, limit);
        this.#other.add(codeLabel(status), seconds);
        return false;
      }
      kept = this.#keep(key, method, route);
      kept.weight = total - weight;
    }
    kept.weight += weight;
    kept.add(codeLabel(status), seconds);
    return isTaken;
  }

  #keep(key: string, method: string, route: string): Route {
    const kept = new Route(method, detached(route), this.#scale);
    this.#weights.delete(key);
    this.#kept.set(routeKey(method, kept.route), kept);
    this.#leastWeight = 0;
    return kept;
  }

  /** Makes a place for a route of that weight, if the lightest that has one is light enough. */
  #takePlace(weight: number): boolean {
    // Most need no search.
    if (weight < HEAVIER * this.#leastWeight) return false;
    let lightest: [string, Route] | null = null;
    for (const each of this.#kept) {
      if (lightest === null || each[1].weight < lightest[1].weight) lightest = each;
    }
    this.#leastWeight = lightest![1].weight;
    if (weight < HEAVIER * this.#leastWeight) return false;
    this.#give(...lightest!);
    return true;
  }

  /** Counts a route as `other` from now on. */
  #give(key: string, route: Route): void {
    this.#kept.delete(key);
    this.#other.absorb(route);
  }

  #weigh(key: string, weight: number, limit: number): void {
    if (limit === 0) return;
    this.#weights.set(detached(key), weight);
    if (this.#weights.size <= WEIGHED * limit) return;
    const lightest = [...this.#weights].sort((a, b) => a[1] - b[1]);
    const forgotten = Math.ceil(lightest.length * FORGOTTEN);
    for (const [key] of lightest.slice(0, forgotten)) this.#weights.delete(key);
  }

  /** Keeps the `limit` heaviest. Returns how many lost their places. */
  fold(limit: number): number {
    this.#weights.clear();
    const lightest = [...this.#kept].sort((a, b) => a[1].weight - b[1].weight);
    const given = lightest.slice(0, Math.max(0, lightest.length - limit));
    for (const each of given) this.#give(...each);
    return given.length;
  }

  /** Counts the routes of these keys as `other`. Returns how many lost their places. */
  foldAll(keys: Iterable<string>): number {
    let given = 0;
    for (const key of keys) {
      const route = this.#kept.get(key);
      if (route === undefined) continue;
      this.#give(key, route);
      given++;
    }
    return given;
  }

  /** Counts all routes of `other` as `other`. */
  absorb(other: RouteTable): void {
    for (const route of other) this.#other.absorb(route);
  }

  /** Those that have a place, and `other` if anything was counted there. */
  *[Symbol.iterator](): Iterator<Route> {
    yield* this.#kept.values();
    if (this.#other.codes.size > 0) yield this.#other;
  }

  /** Bytes of memory, as an estimate. */
  get held(): number {
    let held = this.#other.held + WEIGHT_BYTES * this.#weights.size;
    for (const route of this.#kept.values()) held += route.held;
    return held;
  }

  counts(): RouteCount[] {
    return Array.from(this, ({ counts }) => counts);
  }
}

/** The counts of several workers, as of one. */
export function mergeRouteCounts(counts: readonly RouteCount[]): RouteCount[] {
  return [...Map.groupBy(counts, ({ method, route }) => routeKey(method, route)).values()]
    .map((same) => same.reduce(addCounts));
}

const addCounts = (a: RouteCount, b: RouteCount): RouteCount => ({
  method: a.method,
  route: a.route,
  count: a.count + b.count,
  errors: a.errors + b.errors,
  timed: a.timed + b.timed,
  seconds: a.seconds + b.seconds,
  slowest: Math.max(a.slowest, b.slowest),
});
