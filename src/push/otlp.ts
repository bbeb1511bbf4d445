// OTLP over HTTP: the metrics with the names that OpenTelemetry has for them, as Protocol Buffers.
//
// The messages are made by OpenTelemetry's transformer, the part of its exporter that does that. The
// exporter as a whole is not used: it sends by itself, keeps data points instead of bytes while a server
// is away, and knows no files of passwords that change.

import { gzipSync } from "node:zlib";
import { ProtobufMetricsSerializer } from "@opentelemetry/otlp-transformer";
import { AggregationTemporality, DataPointType } from "@opentelemetry/sdk-metrics";
import type { MetricData, ResourceMetrics } from "@opentelemetry/sdk-metrics";
import { type HrTime, ValueType } from "@opentelemetry/api";
import { bucketCounts } from "../hosts/duration_snapshot.ts";
import type { DurationSnapshot } from "../hosts/snapshot.ts";
import type { Family, Labels } from "../outputs/family.ts";
import { VERSION } from "../version.ts";
import type { Outcome, Parcel } from "./delivery.ts";
import type { Answer } from "./http_post.ts";
import type { Page, Protocol } from "./page.ts";
import { semanticAttributes, semanticName } from "./semantics.ts";

/** Where collectors take it. */
export const OTLP_PATH = "/v1/metrics";

/** Data points in a request, about 1 MB before compression: servers limit the size of requests. */
const POINTS_AT_ONCE = 4000;

type Point = MetricData["dataPoints"][number];

export class Otlp implements Protocol {
  readonly fields = { "Content-Type": "application/x-protobuf", "Content-Encoding": "gzip" };
  readonly #resource: ResourceMetrics["resource"];
  readonly #startTime: HrTime;

  /** `resource`: attributes of all metrics; `start`: when counting began, milliseconds since 1970. */
  constructor(resource: Labels, start: number) {
    // What the transformer reads of a resource.
    this.#resource = { attributes: resource } as ResourceMetrics["resource"];
    this.#startTime = hrTime(start);
  }

  *parcels(page: Page): Iterable<Parcel> {
    let metrics = new Map<string, MetricData>();
    let count = 0;
    for (const [family, labels, value] of samplesOf(page)) {
      const metric = getOrMake(metrics, family, labels);
      (metric.dataPoints as Point[]).push(this.#point(family.name, labels, value, page.time));
      if (++count < POINTS_AT_ONCE) continue;
      yield this.#parcelOf(metrics, count);
      metrics = new Map();
      count = 0;
    }
    if (count > 0) yield this.#parcelOf(metrics, count);
  }

  /** OTLP has no word for it. */
  farewell(): Iterable<Parcel> {
    return [];
  }

  /** A collector may take a part. */
  taken({ samples }: Parcel, { body, fields }: Answer): Outcome {
    if (!fields["content-type"]?.includes("protobuf")) return { kind: "taken", refused: 0 };
    try {
      const { partialSuccess } = ProtobufMetricsSerializer.deserializeResponse(body);
      const refused = Number(partialSuccess?.rejectedDataPoints ?? 0);
      const reason = partialSuccess?.errorMessage ?? "";
      return { kind: "taken", refused: Math.min(refused, samples), reason };
    } catch { // The status is what counts.
      return { kind: "taken", refused: 0 };
    }
  }

  /** https://opentelemetry.io/docs/specs/otlp, "Failures" of OTLP/HTTP. */
  isRetried(status: number): boolean {
    return [429, 502, 503, 504].includes(status);
  }

  #point(metric: string, labels: Labels, value: number | DurationSnapshot, time: number): Point {
    return {
      startTime: this.#startTime,
      endTime: hrTime(time),
      attributes: semanticAttributes(metric, labels),
      value: typeof value === "number" ? value : histogramOf(value),
    } as Point;
  }

  #parcelOf(metrics: ReadonlyMap<string, MetricData>, samples: number): Parcel {
    const scope = { name: "webstat", version: VERSION };
    const message = ProtobufMetricsSerializer.serializeRequest({
      resource: this.#resource,
      scopeMetrics: [{ scope, metrics: [...metrics.values()] }],
    });
    return { body: gzipSync(message!, { level: 1 }), samples };
  }
}

type Sample = readonly [Family, Labels, number | DurationSnapshot];

function* samplesOf({ families, snapshot, view }: Page): Iterable<Sample> {
  for (const family of families) {
    for (const [labels, value] of family.values(snapshot, view)) yield [family, labels, value];
  }
}

function getOrMake(metrics: Map<string, MetricData>, family: Family, labels: Labels): MetricData {
  const { name, unit } = semanticName(family.name, labels);
  const known = metrics.get(name);
  if (known !== undefined) return known;
  const metric = {
    descriptor: { name, unit, description: family.help, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPoints: [],
    ...kindOf(family),
  } as MetricData;
  metrics.set(name, metric);
  return metric;
}

function kindOf({ type }: Family) {
  if (type === "histogram") return { dataPointType: DataPointType.HISTOGRAM };
  if (type === "gauge") return { dataPointType: DataPointType.GAUGE };
  return { dataPointType: DataPointType.SUM, isMonotonic: true };
}

function histogramOf(durations: DurationSnapshot) {
  const counts = bucketCounts(durations);
  const count = counts.reduce((all, each) => all + each, 0);
  const boundaries = [...durations.scale.bounds];
  return { count, sum: durations.sum, buckets: { boundaries, counts } };
}

/** Milliseconds as seconds and nanoseconds. */
function hrTime(milliseconds: number): HrTime {
  const seconds = Math.floor(milliseconds / 1000);
  return [seconds, Math.round((milliseconds - seconds * 1000) * 1e6)];
}
