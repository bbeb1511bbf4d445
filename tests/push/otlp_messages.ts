// Reads what is sent by OTLP, with OpenTelemetry's own code.

import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import root from "otlp-messages/root.js";

type Value = { readonly stringValue?: string; readonly doubleValue?: number; intValue?: number };

interface Attribute {
  readonly key: string;
  readonly value: Value;
}

export interface Point {
  readonly attributes: readonly Attribute[];
  readonly asDouble?: number;
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
  readonly count?: string;
  readonly sum?: number;
  readonly bucketCounts?: readonly string[];
  readonly explicitBounds?: readonly number[];
}

export interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly sum?: { dataPoints: Point[]; isMonotonic: boolean; aggregationTemporality: string };
  readonly gauge?: { dataPoints: Point[] };
  readonly histogram?: { dataPoints: Point[]; aggregationTemporality: string };
}

export interface Request {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeMetrics: readonly { scope: { name: string }; metrics: Metric[] }[];
  }[];
}

/** A message of Protocol Buffers, as protobufjs makes it. */
interface Message {
  decode(bytes: Uint8Array): object;
  verify(message: object): string | null;
  toObject(message: object, options: object): object;
  fromObject(given: object): object;
  encode(message: object): { finish(): Uint8Array<ArrayBuffer> };
}

/** An older version of OpenTelemetry's transformer, which can also read. */
export const messages = (root as unknown as {
  readonly opentelemetry: {
    readonly proto: { collector: { metrics: { v1: Record<string, Message> } } };
  };
}).opentelemetry.proto.collector.metrics.v1;
const TYPE = messages.ExportMetricsServiceRequest!;

/** A body that was compressed with gzip, as it came over HTTP. */
export function decode(body: Uint8Array): Request {
  const message = TYPE.decode(gunzipSync(body));
  assert.equal(TYPE.verify(message), null);
  return TYPE.toObject(message, { longs: String, enums: String, arrays: true }) as Request;
}

export const attributesOf = ({ attributes }: { readonly attributes: readonly Attribute[] }) =>
  Object.fromEntries(attributes.map(({ key, value }) => {
    const [plain] = Object.values(value);
    return [key, "intValue" in value ? Number(plain) : plain];
  }));

export const metricsIn = ({ resourceMetrics }: Request): Metric[] =>
  resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics).flatMap(({ metrics }) => metrics);
