// How many series there are on /metrics, which Prometheus has to store.

import type { View } from "../hosts/columns.ts";
import type { DurationSnapshot, HostSnapshot, Snapshot } from "../hosts/snapshot.ts";
import { familiesOf } from "./families.ts";
import { type Family, hasCreated } from "./family.ts";
import type { PageFormat } from "./page_format.ts";

/** Memory that Prometheus takes for a series, about. */
export const PROMETHEUS_BYTES = 2500;

/** How many series a sample has in a format. */
function seriesOf(
  format: PageFormat,
  family: Family,
  value: number | DurationSnapshot,
): number {
  const created = format === "openMetrics" && hasCreated(family) ? 1 : 0;
  if (typeof value === "number" || format === "protobuf") return 1 + created;
  // The buckets, that of +Inf, the sum and the count.
  return value.scale.bounds.length + 3 + created;
}

/** The series of some hosts of a snapshot, without those of the capture itself. */
export function countSeries(
  snapshot: Snapshot,
  hosts: readonly HostSnapshot[],
  view: View,
): number {
  return count({ ...snapshot, hosts }, view) - count({ ...snapshot, hosts: [] }, view);
}

function count(snapshot: Snapshot, view: View): number {
  let series = 0;
  for (const family of familiesOf(view)) {
    for (const [, value] of family.values(snapshot, view)) {
      series += seriesOf("text", family, value);
    }
  }
  return series;
}

/** Counts the series of a page while it is written, so that its last metric can tell. */
export class SeriesTally {
  readonly #format: PageFormat;
  series = 0;

  constructor(format: PageFormat) {
    this.#format = format;
  }

  /** Counts a sample that is written. */
  add(family: Family, value: number | DurationSnapshot): void {
    this.series += seriesOf(this.#format, family, value);
  }

  /** `families`, and the one that says how many series there are. */
  families(families: readonly Family[], view: View): readonly Family[] {
    return view.isServed(SERIES) ? [...families, this.#family()] : families;
  }

  #family(): Family {
    return {
      name: SERIES,
      help: "Series on this page, which Prometheus has to store.",
      type: "gauge",
      values: () => [[{}, this.series + 1]],
    };
  }
}

const SERIES = "webstat_series";
