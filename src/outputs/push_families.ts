// The metrics of --otlp and --remote-write themselves: what was sent, and what was lost.

import { counter, gauge, type Metric } from "../hosts/metric.ts";
import type { Labels, MetricSample, NumberFamily } from "./family.ts";

/** Metrics on their way to a server. */
export interface PushCounts {
  /** "otlp" or "remote-write". */
  readonly to: string;
  /** Samples that the server has taken. */
  readonly sent: number;
  /** Samples that it has not, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Requests that were sent again. */
  readonly retries: number;
  /** Bytes that wait. */
  readonly waiting: number;
}

/** None if nothing is pushed. */
export function pushFamilies(pushed: readonly PushCounts[]): NumberFamily[] {
  if (pushed.length === 0) return [];
  const family = (
    metric: Metric,
    rows: (push: PushCounts) => readonly (readonly [Labels, number])[],
  ): NumberFamily => ({
    ...metric,
    *values(): Iterable<MetricSample> {
      for (const push of pushed) {
        for (const [labels, value] of rows(push)) yield [{ to: push.to, ...labels }, value];
      }
    },
  });
  return [
    family(
      counter(
        "webstat_push_sent_total",
        "Samples, or data points of OTLP, that a server has taken.",
      ),
      ({ sent }) => [[{}, sent]],
    ),
    family(
      counter(
        "webstat_push_dropped_total",
        "Samples that were lost: too many waited, the server refused them, or webstat ended.",
      ),
      ({ dropped }) => Object.entries(dropped).map(([reason, count]) => [{ reason }, count]),
    ),
    family(
      counter(
        "webstat_push_retries_total",
        "Requests that were sent again, as the server was busy or could not be reached.",
      ),
      ({ retries }) => [[{}, retries]],
    ),
    family(
      gauge("webstat_push_waiting_bytes", "Compressed bytes that wait for a server."),
      ({ waiting }) => [[{}, waiting]],
    ),
  ];
}
