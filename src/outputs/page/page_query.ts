// What a reader of the page asks for by the query string.

export interface PageQuery {
  /** The key of a column, or RATE; "" for the order by requests and handshakes. */
  readonly sort: string;
  readonly ascending: boolean;
  /** Only hosts whose names contain this, in lower case; "" for all. */
  readonly filter: string;
  /** Whether the page stays as it is. */
  readonly paused: boolean;
}

export const RATE = "rate";

/** Longer ones match no host. */
const MAX_FILTER = 255;

export function pageQuery(text: string): PageQuery {
  const given = new URLSearchParams(text);
  return {
    sort: given.get("sort") ?? "",
    ascending: given.get("order") === "up",
    filter: (given.get("q") ?? "").trim().slice(0, MAX_FILTER).toLowerCase(),
    paused: given.has("paused"),
  };
}

/** The query string of a link, with its "?". */
export function queryText({ sort, ascending, filter, paused }: PageQuery): string {
  const given = new URLSearchParams();
  if (filter !== "") given.set("q", filter);
  if (sort !== "") given.set("sort", sort);
  if (ascending) given.set("order", "up");
  if (paused) given.set("paused", "1");
  return `?${given}`;
}
