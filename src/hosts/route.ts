// From the target of a request to its route: "/users/4711?tab=1" is "/users/:id".

/** Characters of a route; the rest of a longer path is cut. */
const MAX_LENGTH = 120;

const DATE = /^\d{4}-\d{2}(-\d{2})?$/;
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
/** Of at least 32 bits, in hexadecimal, and with a digit, as "deadbeef" and "facade" are words. */
const HASH = /^(?=[a-f]*\d)[\da-f]{8,}$/i;
/** Letters and digits mixed, as in identifiers in base64 and the like. */
const TOKEN = /^(?=.*\d)(?=.*[a-z])[\w~%=+-]{16,}$/i;

/**
 * A target (RFC 9112 section 3.2) without its query, and without the authority, which may hold a
 * password.
 */
export function pathOf(target: string): string {
  const path = target.startsWith("/") ? target : target.replace(AUTHORITY, "");
  const end = path.search(/[?#]/);
  return (end < 0 ? path : path.slice(0, end)) || "/";
}

const AUTHORITY = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;

/** Numbers, UUIDs, hashes and tokens become ":id", dates ":date". At most MAX_LENGTH characters. */
export function routeOf(target: string): string {
  // Bounds the work: what is cut off could not be shown.
  const path = pathOf(target.slice(0, 4 * MAX_LENGTH));
  let route = "";
  let from = 0;
  let digits = 0;
  for (let at = 0; at <= path.length; at++) {
    const code = at < path.length ? path.charCodeAt(at) : SLASH;
    if (code >= ZERO && code <= NINE) digits++;
    if (code !== SLASH) continue;
    route += segmentOf(path, from, at, digits);
    from = at;
    digits = 0;
  }
  return route.length <= MAX_LENGTH ? route : `${route.slice(0, MAX_LENGTH - 1)}…`;
}

const SLASH = "/".charCodeAt(0);
const ZERO = "0".charCodeAt(0);
const NINE = "9".charCodeAt(0);

/**
 * The part of a path from a slash up to the next. All placeholders stand for something with a
 * digit.
 */
function segmentOf(path: string, from: number, to: number, digits: number): string {
  if (digits === 0) return path.slice(from, to);
  const isSlash = path.charCodeAt(from) === SLASH;
  const begin = isSlash ? from + 1 : from;
  const template = digits === to - begin ? ":id" : templateOf(path.slice(begin, to));
  return isSlash ? `/${template}` : template;
}

/** A name may have a hash in it: "app.3f2a9c8b.js" is "app.:id.js". */
function templateOf(segment: string): string {
  if (DATE.test(segment)) return ":date";
  if (UUID.test(segment) || HASH.test(segment) || TOKEN.test(segment)) return ":id";
  return segment.includes(".") ? segment.split(".").map(partOf).join(".") : segment;
}

const partOf = (part: string): string => HASH.test(part) || UUID.test(part) ? ":id" : part;
