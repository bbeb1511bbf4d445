// From the target of a request to its route: "/users/4711?tab=1" is "/users/:id".

import { templateOf } from "./route_segment.ts";

/** Characters of a route; the rest of a longer path is cut. */
const MAX_LENGTH = 120;
/** Segments of a route; the rest of a deeper path is cut. */
const MAX_SEGMENTS = 8;

/** A target that is no path: that of CONNECT, with a name and a port. */
const NO_PATH = ":authority";

/**
 * A target (RFC 9112 section 3.2) without its query, and without the authority, which may hold a
 * password.
 */
export function pathOf(target: string): string {
  const path = target.startsWith("/") ? target : target.replace(AUTHORITY, "");
  const query = path.indexOf("?");
  const fragment = path.indexOf("#");
  const end = query < 0 || fragment < 0 ? Math.max(query, fragment) : Math.min(query, fragment);
  return (end < 0 ? path : path.slice(0, end)) || "/";
}

const AUTHORITY = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;

/**
 * The path, with placeholders for what differs from request to request or tells of users. At most
 * MAX_LENGTH characters.
 */
export function routeOf(target: string): string {
  // Bounds the work: what is cut off could not be shown.
  const path = pathOf(target.slice(0, 4 * MAX_LENGTH));
  if (path === "*") return path;
  if (!path.startsWith("/")) return NO_PATH;
  const segments = path.split("/", MAX_SEGMENTS + 2);
  let route = "";
  for (let i = 1; i < segments.length && i <= MAX_SEGMENTS; i++) {
    route += `/${templateOf(segments[i]!, segments[i - 1]!)}`;
  }
  if (segments.length > MAX_SEGMENTS + 1) route += "/…";
  return route.length <= MAX_LENGTH ? route : `${route.slice(0, MAX_LENGTH - 1)}…`;
}
