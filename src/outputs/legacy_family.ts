// The metric of the webstat that was written in Python (--legacy-metrics), for dashboards that ask for it.

import type { LegacyName, View } from "../hosts/columns.ts";
import { sum } from "../sums.ts";
import type { Snapshot } from "../hosts/snapshot.ts";
import { type MetricSample, type NumberFamily, sinceOf } from "./family.ts";
import { byAddress, isAddressColumn } from "./hits.ts";

const COLUMNS: readonly string[] = ["city", "ip"];

/** Hits of all sources. The labels are always there, but empty unless --ip and --location fill them. */
export const legacyFamily = (name: LegacyName): NumberFamily => ({
  name,
  help: "Hits of a host, under the name of the old webstat: webstat_hits_total has more.",
  type: "counter",
  ofHosts: true,
  values,
});

function* values({ hosts }: Snapshot, view: View): Iterable<MetricSample> {
  const columns = view.columns.filter(isAddressColumn).filter(({ key }) => COLUMNS.includes(key));
  for (const host of hosts) {
    for (const [labels, hits] of byAddress(host, columns, view)) {
      const count = sum(hits);
      if (count > 0) yield [{ url: host.name, city: "", ip: "", ...labels }, count, sinceOf(host)];
    }
  }
}
