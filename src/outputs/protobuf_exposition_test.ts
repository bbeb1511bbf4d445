// What a Prometheus reads of the page is tested in tests/e2e/native_histograms_test.ts.

import assert from "node:assert/strict";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { viewOf } from "../hosts/columns.ts";
import { counter, gauge } from "../hosts/metric.ts";
import { exampleDurations, exampleSnapshot } from "./example.ts";
import type { Family } from "./family.ts";
import { SeriesTally } from "./series.ts";
import { protobufPage } from "./protobuf_exposition.ts";

/** The bytes of each field of a message by its number; numbers and times stay as they are written. */
function fieldsOf(message: Uint8Array): Map<number, Uint8Array[]> {
  const reader = new BinaryReader(message);
  const fields = new Map<number, Uint8Array[]>();
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    const from = reader.pos;
    const value = type === WireType.LengthDelimited
      ? reader.bytes()
      : (reader.skip(type), message.subarray(from, reader.pos));
    fields.set(field, [...fields.get(field) ?? [], value]);
  }
  return fields;
}

/** The families of a page, each written after its length. */
function familiesOf(families: readonly Family[]): Map<number, Uint8Array[]>[] {
  const view = viewOf({ ip: false, place: null });
  const reader = new BinaryReader(
    protobufPage(families, exampleSnapshot(), view, new SeriesTally("protobuf")),
  );
  const found: Map<number, Uint8Array[]>[] = [];
  while (reader.pos < reader.len) found.push(fieldsOf(reader.bytes()));
  return found;
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const double = (bytes: Uint8Array) =>
  new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0, true);
const varint = (bytes: Uint8Array) => new BinaryReader(bytes).uint32();
const signed = (bytes: Uint8Array) => new BinaryReader(bytes).sint32();

Deno.test("protobuf: a counter with its labels, and since when it is counted", () => {
  const [family, ...others] = familiesOf([
    { ...counter("w_total", "Help."), values: () => [[{ host: "é\ud800" }, 2.5, 1_500_000]] },
    { ...gauge("w_none", "No samples: such a family is not allowed."), values: () => [] },
  ]);
  assert.equal(others.length, 0);
  assert.deepEqual([1, 2].map((field) => text(family!.get(field)![0]!)), ["w_total", "Help."]);
  const metric = fieldsOf(family!.get(4)![0]!);
  const label = fieldsOf(metric.get(1)![0]!);
  assert.deepEqual([1, 2].map((field) => text(label.get(field)![0]!)), ["host", "é\ufffd"]);
  const counted = fieldsOf(metric.get(3)![0]!);
  assert.equal(double(counted.get(1)![0]!), 2.5);
  const since = fieldsOf(counted.get(3)![0]!);
  assert.deepEqual([...since].map(([field, [value]]) => [field, varint(value!)]), [[1, 1]]);
});

Deno.test("protobuf: durations are a native histogram", () => {
  const durations = exampleDurations({ 9: 2, 10: 1, 11: 5 }, 20.5);
  const [family] = familiesOf([
    { name: "w_seconds", help: "", type: "histogram", values: () => [[{}, durations]] },
  ]);
  assert.equal(text(family!.get(5)![0]!), "seconds");
  const histogram = fieldsOf(fieldsOf(family!.get(4)![0]!).get(7)![0]!);
  assert.equal(varint(histogram.get(1)![0]!), 8);
  assert.equal(double(histogram.get(2)![0]!), 20.5);
  assert.equal(signed(histogram.get(5)![0]!), 3);
  assert.equal(double(histogram.get(6)![0]!), 1e-6);
  // 0.5, 1 and 2.5 seconds are in the buckets -8, 0 and 11: not next to each other.
  const spans = histogram.get(12)!.map(fieldsOf)
    .map((span) => [signed(span.get(1)![0]!), varint(span.get(2)![0]!)]);
  assert.deepEqual(spans, [[-8, 1], [7, 1], [10, 1]]);
  const deltas = new BinaryReader(histogram.get(13)![0]!);
  assert.deepEqual([deltas.sint32(), deltas.sint32(), deltas.sint32()], [2, -1, 4]);
});
