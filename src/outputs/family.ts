// Metrics with their samples: what the formats of /metrics, and the pushes, are made of.

import type { View } from "../hosts/columns.ts";
import type { Metric } from "../hosts/metric.ts";
import type { DurationSnapshot, HostSnapshot, Snapshot } from "../hosts/snapshot.ts";

/** Names are webstat's own; values may come from the wire. */
export type Labels = Readonly<Record<string, string>>;

/**
 * A value for a set of labels. `since`: when a counter began at 0, in microseconds since 1970; if it is
 * left out, it was when everything began to be counted.
 */
export type Sample<Value> = readonly [labels: Labels, value: Value, since?: number | undefined];
export type MetricSample = Sample<number>;

interface PerHost {
  /** Whether each sample is of a host. */
  readonly ofHosts?: boolean;
}

/** A metric with one number for each set of labels. */
export interface NumberFamily extends Metric, PerHost {
  values(snapshot: Snapshot, view: View): Iterable<MetricSample>;
}

/** A metric with a distribution of durations for each set of labels. */
export interface HistogramFamily extends Omit<Metric, "type">, PerHost {
  readonly type: "histogram";
  values(snapshot: Snapshot, view: View): Iterable<Sample<DurationSnapshot>>;
}

export type Family = NumberFamily | HistogramFamily;

/** The unit of a metric, which its name ends with (but for `_total`); undefined if it has none. */
export const unitOf = ({ name }: Family): string | undefined =>
  /_(seconds|bytes)(?:_total)?$/.exec(name)?.[1];

/** Since when the counters of a host are counted; undefined if it is not known. */
export const sinceOf = (host: HostSnapshot): number | undefined => host.firstSeen || undefined;

/**
 * Whether OpenMetrics tells since when it is counted. Not of hosts: Prometheus stores each such line as
 * a series, and each host would have 13 more.
 */
export const hasCreated = ({ type, ofHosts }: Family): boolean =>
  type !== "gauge" && ofHosts !== true;
