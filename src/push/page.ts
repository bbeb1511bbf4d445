// What is pushed: the metrics of /metrics, at one time.

import type { View } from "../hosts/columns.ts";
import type { Snapshot } from "../hosts/snapshot.ts";
import type { Family } from "../outputs/family.ts";
import type { Outcome, Parcel } from "./delivery.ts";
import type { Answer } from "./http_post.ts";

export interface Page {
  readonly families: readonly Family[];
  readonly snapshot: Snapshot;
  readonly view: View;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** A protocol that metrics are pushed by. */
export interface Protocol {
  /** Header fields of its requests. */
  readonly fields: Readonly<Record<string, string>>;
  /** The requests for a page. */
  parcels(page: Page): Iterable<Parcel>;
  /** The requests that say that no more will come. `time`: milliseconds since 1970. */
  farewell(time: number): Iterable<Parcel>;
  /** What an answer with a status of 200 to 299 says about `parcel`. */
  taken(parcel: Parcel, answer: Answer): Outcome;
  /** Whether a request with this answer may be sent again. */
  isRetried(status: number): boolean;
}
