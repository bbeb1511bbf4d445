// The routes of paths that were asked for before. Most are asked for again and again, and to find the
// route of a path takes as long as all else that is counted of a request.

import { detached } from "../text.ts";
import { pathOf, routeOf } from "./route.ts";

const MAX_CACHED = 1024;
/** Characters of a path that is remembered. Longer ones are rarely asked for twice. */
const MAX_PATH = 64;
/** Bytes of memory that one takes at most, with its route. */
const CACHED_BYTES = 300;

export class KnownRoutes {
  readonly #routes = new Map<string, string>();

  /** As routeOf of route.ts. */
  routeOf(target: string): string {
    const path = pathOf(target);
    if (path.length > MAX_PATH) return routeOf(path);
    const known = this.#routes.get(path);
    if (known !== undefined) return known;
    if (this.#routes.size >= MAX_CACHED) this.#routes.clear();
    // Of the path that is kept, as the route may be a part of it.
    const own = path === target ? path : detached(path);
    const route = routeOf(own);
    this.#routes.set(own, route);
    return route;
  }

  /** Bytes of memory, as an estimate. */
  get held(): number {
    return CACHED_BYTES * this.#routes.size;
  }
}
