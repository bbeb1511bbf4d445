// Prometheus' protobuf format: a MetricFamily after the other, each after its length (metrics.proto of
// Prometheus' client model). Durations are native histograms, whose buckets the text formats cannot tell.

import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { View } from "../hosts/columns.ts";
import {
  MAX_NATIVE_BUCKETS,
  type NativeBucket,
  nativeHistogram,
} from "../hosts/native_histogram.ts";
import type { DurationSnapshot, Snapshot } from "../hosts/snapshot.ts";
import { type Family, type Labels, unitOf } from "./family.ts";
import type { SeriesTally } from "./series.ts";

/** `io.prometheus.client.MetricType`. */
const TYPES = { counter: 0, gauge: 1, histogram: 4 } as const;

/** The fields of the messages that are written, by their numbers. */
const FAMILY = { name: 1, help: 2, type: 3, metric: 4, unit: 5 } as const;
const METRIC = { label: 1, gauge: 2, counter: 3, histogram: 7 } as const;
const LABEL = { name: 1, value: 2 } as const;
const NUMBER = { value: 1, created: 3 } as const;
const HISTOGRAM = {
  count: 1,
  sum: 2,
  schema: 5,
  zeroThreshold: 6,
  zeroCount: 7,
  positiveSpan: 12,
  positiveDelta: 13,
  created: 15,
} as const;
const SPAN = { offset: 1, length: 2 } as const;
const TIMESTAMP = { seconds: 1 } as const;

/** All samples of the families, one family after the other. */
export function protobufPage(
  families: Iterable<Family>,
  snapshot: Snapshot,
  view: View,
  tally: SeriesTally,
): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  for (const family of families) {
    const samples = family.values(snapshot, view)[Symbol.iterator]();
    // A family has at least one metric.
    let next = samples.next();
    if (next.done) continue;
    writer.fork();
    writer.tag(FAMILY.name, WireType.LengthDelimited).string(family.name);
    writer.tag(FAMILY.help, WireType.LengthDelimited).string(family.help);
    writer.tag(FAMILY.type, WireType.Varint).int32(TYPES[family.type]);
    const unit = unitOf(family);
    if (unit !== undefined) writer.tag(FAMILY.unit, WireType.LengthDelimited).string(unit);
    for (; !next.done; next = samples.next()) {
      const [labels, value, since = snapshot.since] = next.value;
      tally.add(family, value);
      writer.tag(FAMILY.metric, WireType.LengthDelimited).fork();
      writeLabels(writer, labels);
      if (typeof value === "number") writeNumber(writer, family.type, value, since);
      else writeHistogram(writer, value, since);
      writer.join();
    }
    writer.join();
  }
  return writer.finish();
}

function writeLabels(writer: BinaryWriter, labels: Labels): void {
  for (const name in labels) {
    writer.tag(METRIC.label, WireType.LengthDelimited).fork();
    writer.tag(LABEL.name, WireType.LengthDelimited).string(name);
    writer.tag(LABEL.value, WireType.LengthDelimited).string(labels[name]!.toWellFormed());
    writer.join();
  }
}

function writeNumber(
  writer: BinaryWriter,
  type: Family["type"],
  value: number,
  since: number,
): void {
  const isCounter = type === "counter";
  const field = isCounter ? METRIC.counter : METRIC.gauge;
  writer.tag(field, WireType.LengthDelimited).fork();
  writer.tag(NUMBER.value, WireType.Bit64).double(value);
  if (isCounter) writeTime(writer, NUMBER.created, since);
  writer.join();
}

function writeHistogram(writer: BinaryWriter, durations: DurationSnapshot, since: number): void {
  const { count, sum, schema, zeroThreshold, zeroCount, buckets } = nativeHistogram(durations);
  writer.tag(METRIC.histogram, WireType.LengthDelimited).fork();
  writeUnsigned(writer.tag(HISTOGRAM.count, WireType.Varint), count);
  writer.tag(HISTOGRAM.sum, WireType.Bit64).double(sum);
  writer.tag(HISTOGRAM.schema, WireType.Varint).sint32(schema);
  writer.tag(HISTOGRAM.zeroThreshold, WireType.Bit64).double(zeroThreshold);
  writeUnsigned(writer.tag(HISTOGRAM.zeroCount, WireType.Varint), zeroCount);
  const all = withSmallGaps(buckets);
  writeSpans(writer, all);
  writeDeltas(writer, all);
  writeTime(writer, HISTOGRAM.created, since);
  writer.join();
}

/** So many empty buckets take less room than the beginning of another span. */
const SMALL_GAP = 2;

/** The buckets, and empty ones in small gaps, unless there would be too many. */
function withSmallGaps(buckets: readonly NativeBucket[]): readonly NativeBucket[] {
  const all: NativeBucket[] = [];
  let next = buckets[0]?.index ?? 0;
  for (const bucket of buckets) {
    const isSmall = bucket.index - next <= SMALL_GAP;
    for (; isSmall && next < bucket.index; next++) all.push({ index: next, count: 0 });
    all.push(bucket);
    next = bucket.index + 1;
  }
  return all.length <= MAX_NATIVE_BUCKETS ? all : buckets;
}

/** Runs of buckets: how far each is from the one before, and how long it is. */
function writeSpans(writer: BinaryWriter, buckets: readonly NativeBucket[]): void {
  let next = 0;
  for (let begin = 0; begin < buckets.length;) {
    const first = buckets[begin]!.index;
    let length = 1;
    while (buckets[begin + length]?.index === first + length) length++;
    writer.tag(HISTOGRAM.positiveSpan, WireType.LengthDelimited).fork();
    writer.tag(SPAN.offset, WireType.Varint).sint32(first - next);
    writer.tag(SPAN.length, WireType.Varint).uint32(length);
    writer.join();
    next = first + length;
    begin += length;
  }
}

/** How much more each bucket has than the one before. */
function writeDeltas(writer: BinaryWriter, buckets: readonly NativeBucket[]): void {
  if (buckets.length === 0) return;
  writer.tag(HISTOGRAM.positiveDelta, WireType.LengthDelimited).fork();
  let before = 0;
  for (const { count } of buckets) {
    writeSigned(writer, count - before);
    before = count;
  }
  writer.join();
}

/** Since when, to the second below: the rest would be 6 bytes of each sample. */
function writeTime(writer: BinaryWriter, field: number, micros: number): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  writeUnsigned(writer.tag(TIMESTAMP.seconds, WireType.Varint), Math.floor(micros / 1e6));
  writer.join();
}

/** A number of 64 bits. If 32 are enough the bytes are the same, and made without a BigInt. */
function writeUnsigned(writer: BinaryWriter, value: number): void {
  if (value < 2 ** 32) writer.uint32(value);
  else writer.uint64(value);
}

function writeSigned(writer: BinaryWriter, value: number): void {
  if (value >= -(2 ** 31) && value < 2 ** 31) writer.sint32(value);
  else writer.sint64(value);
}
