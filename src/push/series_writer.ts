// Writes the WriteRequest of remote write (prompb/remote.proto of Prometheus), series by series:
//
//   message WriteRequest { repeated TimeSeries timeseries = 1; }
//   message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; }
//   message Label { string name = 1; string value = 2; }
//   message Sample { double value = 1; int64 timestamp = 2; }

import type { Labels } from "../outputs/family.ts";

/** The first byte of a field: its number, and whether it has a length (2) or is a number (1, 0). */
const TAG = { first: 0x0a, second: 0x12, value: 0x09, timestamp: 0x10 } as const;
/** Bytes of a Sample with its tag and its length: the value has 8, the time 6 until the year 2109. */
const SAMPLE = 2 + 9 + 7;
/** A NaN that says that a series has ended, little-endian. */
const STALE = Uint8Array.of(0x02, 0, 0, 0, 0, 0, 0xf0, 0x7f);
/** Bytes for the length of a series: room is left for so many. */
const MAX_LENGTH = 3;

const encoder = new TextEncoder();

export class SeriesWriter {
  /** Series written since `take`. */
  count = 0;
  readonly #labels: Labels;
  readonly #sample: Uint8Array;
  readonly #value: DataView;
  #bytes = new Uint8Array(1 << 16);
  #at = 0;
  /** Names of labels in their order, by the names that a series has. */
  readonly #orders = new Map<string, readonly string[]>();

  /** `labels`: of every series, but for those that have one of that name; `time`: in milliseconds. */
  constructor(labels: Labels, time: number) {
    this.#labels = labels;
    this.#sample = sampleAt(time);
    this.#value = new DataView(this.#sample.buffer, 3, 8);
  }

  /** Adds a series with one sample; `le`: a label more, unless it is "". Returns a hash of its labels. */
  add(name: string, labels: Labels, le: string, value: number): number {
    const start = this.#begin();
    this.#label("__name__", name);
    for (const label of this.#order(labels, le !== "")) {
      const text = label === "le" ? le : labels[label] ?? this.#labels[label]!;
      // An empty value is the same as no label.
      if (text !== "") this.#label(label, text);
    }
    const hash = hashOf(this.#bytes, start, this.#at);
    this.#value.setFloat64(0, value, true);
    this.#end(start);
    return hash;
  }

  /** Ends the series of another request of this class whose hashes are not in `kept`. */
  addStale(request: Uint8Array, kept: ReadonlySet<number>): void {
    this.#sample.set(STALE, 3);
    for (let at = 0; at < request.length;) {
      const [length, begin] = readVarint(request, at + 1);
      at = begin + length;
      const labels = request.subarray(begin, at - SAMPLE);
      if (kept.has(hashOf(labels, 0, labels.length))) continue;
      const start = this.#begin();
      this.#reserve(labels.length);
      this.#bytes.set(labels, this.#at);
      this.#at += labels.length;
      this.#end(start);
    }
  }

  /** The request with all series since the last one. It is valid until the next series is added. */
  take(): Uint8Array {
    const request = this.#bytes.subarray(0, this.#at);
    this.#at = 0;
    this.count = 0;
    return request;
  }

  /** Leaves room for the length of a series. */
  #begin(): number {
    this.#reserve(1 + MAX_LENGTH);
    this.#bytes[this.#at] = TAG.first;
    return this.#at += 1 + MAX_LENGTH;
  }

  /** Adds the sample to the series that began at `start`, and its length before it. */
  #end(start: number): void {
    this.#reserve(SAMPLE);
    this.#bytes.set(this.#sample, this.#at);
    const end = this.#at + SAMPLE;
    this.#at = start - MAX_LENGTH;
    this.#varint(end - start);
    this.#bytes.copyWithin(this.#at, start, end);
    this.#at += end - start;
    this.count++;
  }

  #order(labels: Labels, isBucket: boolean): readonly string[] {
    const names = Object.keys(labels);
    const key = (isBucket ? "le," : ",") + names.join();
    const known = this.#orders.get(key);
    if (known !== undefined) return known;
    const all = new Set([...Object.keys(this.#labels), ...names, ...isBucket ? ["le"] : []]);
    const order = [...all].sort();
    this.#orders.set(key, order);
    return order;
  }

  #label(name: string, value: string): void {
    this.#reserve(32 + 3 * (name.length + value.length));
    const start = this.#at;
    // Most labels are short: their length has one byte.
    this.#at += 2;
    this.#text(TAG.first, name);
    this.#text(TAG.second, value);
    const length = this.#at - start - 2;
    this.#bytes[start] = TAG.first;
    this.#bytes[start + 1] = length;
    if (length < 0x80) return;
    const end = this.#at;
    this.#at = start + 1;
    const body = this.#bytes.slice(start + 2, end);
    this.#varint(length);
    this.#bytes.set(body, this.#at);
    this.#at += length;
  }

  #text(tag: number, text: string): void {
    this.#bytes[this.#at++] = tag;
    const start = this.#at;
    this.#varint(text.length);
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) return this.#unicode(start, text);
      this.#bytes[this.#at++] = unit;
    }
  }

  #unicode(start: number, text: string): void {
    const bytes = encoder.encode(text);
    this.#at = start;
    this.#varint(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #varint(value: number): void {
    this.#at = writeVarint(this.#bytes, this.#at, value);
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const grown = new Uint8Array(2 * (this.#at + more));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
  }
}

/** A Sample at a time, its value still 0. */
function sampleAt(time: number): Uint8Array {
  const sample = new Uint8Array(SAMPLE);
  sample.set([TAG.second, SAMPLE - 2, TAG.value]);
  sample[11] = TAG.timestamp;
  const end = writeVarint(sample, 12, time);
  if (end !== SAMPLE) throw new RangeError(`${time} is no time of today in milliseconds`);
  return sample;
}

/** Writes a number of up to 53 bits; returns where it ends. */
function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  while (value > 0x7f) {
    bytes[at++] = value % 0x80 + 0x80;
    value = Math.floor(value / 0x80);
  }
  bytes[at++] = value;
  return at;
}

/** The number at `at`, and where it ends. */
function readVarint(bytes: Uint8Array, at: number): readonly [value: number, end: number] {
  let value = 0;
  for (let factor = 1;; factor *= 0x80) {
    const byte = bytes[at++]!;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return [value, at];
  }
}

/** FNV-1a of 32 bits, and 21 bits of another one: two of 100,000 series have the same once in 10^6. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let [one, other] = [0x811c9dc5, 0x1000193];
  for (let i = from; i < to; i++) {
    one = Math.imul(one ^ bytes[i]!, 0x01000193);
    other = Math.imul(other + bytes[i]!, 0x85ebca6b);
  }
  return (one >>> 0) * 2 ** 21 + (other >>> 11);
}
