// How many series there are on /metrics, which Prometheus has to store.

import type { View } from "../hosts/columns.ts";
import type { DurationSnapshot, HostSnapshot, Snapshot } from "../hosts/snapshot.ts";
import type { Family } from "./family.ts";
import { familiesOf } from "./families.ts";

/** Of each set of labels: a histogram has its buckets, that of +Inf, the sum and the count. */
const seriesOf = (value: number | DurationSnapshot): number =>
  typeof value === "number" ? 1 : value.scale.bounds.length + 3;

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
    for (const [, value] of family.values(snapshot, view)) series += seriesOf(value);
  }
  return series;
}

/** Counts the series of a page while it is written, so that its last metric can tell. */
export class SeriesTally {
  series = 0;

  /** `families`, and the one that says how many series there are. */
  families(families: readonly Family[], view: View): Family[] {
    const counted = families.map((family) => this.#counted(family));
    return view.isServed(SERIES) ? [...counted, this.#family()] : counted;
  }

  #counted(family: Family): Family {
    return { ...family, values: (...given) => this.#count(family, ...given) } as Family;
  }

  *#count(family: Family, snapshot: Snapshot, view: View): Iterable<unknown> {
    for (const sample of family.values(snapshot, view)) {
      this.series += seriesOf(sample[1]);
      yield sample;
    }
  }

  #family(): Family {
    return {
      name: SERIES,
      help: "Series on this page, which Prometheus has to store.",
      type: "gauge",
      values: () => [[{}, ++this.series]],
    };
  }
}

const SERIES = "webstat_series";
