// Counts the routes of all hosts: at most so many of each, in their part of the memory.

import type { MemoryLedger } from "../memory_ledger.ts";
import type { HttpExchange } from "../protocols/transactions.ts";
import type { Host } from "./host.ts";
import type { Hosts } from "./hosts.ts";
import type { RouteKeys } from "./merge_routes.ts";
import { methodLabel, OTHER_HOST } from "./label_values.ts";
import { KnownRoutes } from "./known_routes.ts";

/** Routes that the terminal shows of a host, unless --routes wants another number. */
export const SHOWN_ROUTES = 32;

/** All routes may take this part of the memory. */
const MEMORY_SHARE = 1 / 8;
/** How fast their number may grow again, each time that they are charged. */
const REGROWTH = 1.1;
/** After folding, so much of their part is in use. */
const FOLD_TO = 0.9;

/** Less than one: then all are `other`. From 0 it could not grow. */
const LEAST = 0.5;

const MICROSECONDS = 1e6;

export class HostRoutes {
  readonly #limit: number;
  readonly #known = new KnownRoutes();
  /** Routes that lost their places, by reason. */
  readonly #folded = { full: 0, memory: 0 };
  /** Fewer than #limit while they take too much memory. */
  #most: number;

  /** `limit`: routes of a host; 0 if none are to be counted. */
  constructor(limit: number) {
    this.#limit = this.#most = limit;
  }

  get areCounted(): boolean {
    return this.#limit > 0;
  }

  /** A request to a host was answered, or given up. */
  count(host: Host, { method, target, status, requestTime, responseTime }: HttpExchange): void {
    const isTimed = requestTime > 0 && responseTime > 0;
    const isFull = host.routeTable().add(
      methodLabel(method),
      this.#known.routeOf(target),
      status,
      isTimed ? Math.max(0, responseTime - requestTime) / MICROSECONDS : null,
      // Those of hosts that have nothing to do with each other.
      host.name === OTHER_HOST ? 0 : Math.floor(this.#most),
    );
    if (isFull) this.#folded.full++;
  }

  /** Counts these routes as `other`: those of several workers together are too many. */
  fold(hosts: Hosts, routes: RouteKeys): void {
    for (const [label, keys] of routes) {
      this.#folded.full += hosts.find(label)?.routes?.foldAll(keys) ?? 0;
    }
  }

  /** Charges the ledger. If routes take too much memory, the lightest of each host lose their places. */
  charge(ledger: MemoryLedger, hosts: Iterable<Host>): void {
    if (!this.areCounted) return;
    const tables = Array.from(hosts, ({ routes }) => routes).filter((routes) => routes !== null);
    const held = tables.reduce((sum, table) => sum + table.held, 0);
    const share = ledger.limit * MEMORY_SHARE;
    if (held <= share) this.#most = Math.min(this.#limit, this.#most * REGROWTH);
    else {
      this.#most = Math.max(LEAST, this.#most * FOLD_TO * share / held);
      for (const table of tables) {
        this.#folded.memory += table.fold(Math.floor(this.#most));
      }
    }
    ledger.set("routes", held + this.#known.held);
  }

  get folded(): { readonly reason: string; readonly count: number }[] {
    return Object.entries(this.#folded).map(([reason, count]) => ({ reason, count }));
  }

  reset(): void {
    this.#folded.full = this.#folded.memory = 0;
  }
}
