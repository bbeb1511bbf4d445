// Prometheus' remote write, version 1.0 (https://prometheus.io/docs/specs/prw/remote_write_spec): all
// series as WriteRequest messages of Protocol Buffers, compressed with Snappy.

import { compress, uncompress } from "snappyjs";
import { bucketCounts } from "../hosts/duration_snapshot.ts";
import type { DurationSnapshot } from "../hosts/snapshot.ts";
import type { Labels } from "../outputs/family.ts";
import type { Outcome, Parcel } from "./delivery.ts";
import type { Page, Protocol } from "./page.ts";
import { SeriesWriter } from "./series_writer.ts";

/** Where Prometheus and VictoriaMetrics take it. */
export const REMOTE_WRITE_PATH = "/api/v1/write";

/** Series in a request, about 0.7 MB before compression: servers limit the size of requests. */
const SERIES_AT_ONCE = 5000;

export class RemoteWrite implements Protocol {
  readonly fields = {
    "Content-Type": "application/x-protobuf",
    "Content-Encoding": "snappy",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
  };
  readonly #labels: Labels;
  /** What was sent last, compressed, and which series that were: to end those that are gone. */
  #last: readonly Parcel[] = [];
  #lastSeries = new Float64Array();

  /** `labels`: of every series. */
  constructor(labels: Labels) {
    this.#labels = labels;
  }

  /** The requests for a page, then those that end the series that are no longer on it. */
  *parcels(page: Page): Iterable<Parcel> {
    const made: Parcel[] = [];
    const series = new Set<number>();
    const writer = new SeriesWriter(this.#labels, page.time);
    for (const _ of seriesOf(page, (...each) => series.add(writer.add(...each)))) {
      if (writer.count >= SERIES_AT_ONCE) yield made[made.push(parcelOf(writer)) - 1]!;
    }
    if (writer.count > 0) yield made[made.push(parcelOf(writer)) - 1]!;
    yield* this.#gone(page.time, series);
    this.#last = made;
    this.#lastSeries = Float64Array.from(series);
  }

  *farewell(time: number): Iterable<Parcel> {
    yield* this.#gone(time, new Set());
    this.#lastSeries = new Float64Array();
  }

  taken(): Outcome {
    return { kind: "taken", refused: 0 };
  }

  isRetried(status: number): boolean {
    return status === 429 || status >= 500;
  }

  /** Stale markers for the series of the last page that are not in `kept`: else they would go on. */
  *#gone(time: number, kept: ReadonlySet<number>): Iterable<Parcel> {
    if (this.#lastSeries.every((hash) => kept.has(hash))) return;
    const writer = new SeriesWriter(this.#labels, time);
    for (const { body } of this.#last) {
      writer.addStale(uncompress(body), kept);
      if (writer.count > 0) yield parcelOf(writer);
    }
  }
}

function parcelOf(writer: SeriesWriter): Parcel {
  const samples = writer.count;
  return { body: compress(writer.take()), samples };
}

type Add = (name: string, labels: Labels, le: string, value: number) => void;

/** Has `add` get all series, those of the same labels between two results. */
function* seriesOf({ families, snapshot, view }: Page, add: Add): Iterable<void> {
  for (const family of families) {
    if (family.type === "histogram") {
      for (const [labels, durations] of family.values(snapshot, view)) {
        addHistogram(family.name, labels, durations, add);
        yield;
      }
    } else {
      for (const [labels, value] of family.values(snapshot, view)) {
        add(family.name, labels, "", value);
        yield;
      }
    }
  }
}

function addHistogram(name: string, labels: Labels, durations: DurationSnapshot, add: Add): void {
  const bounds = durations.scale.boundTexts;
  let cumulative = 0;
  for (const [i, count] of bucketCounts(durations).entries()) {
    cumulative += count;
    add(`${name}_bucket`, labels, bounds[i]!, cumulative);
  }
  add(`${name}_sum`, labels, "", durations.sum);
  add(`${name}_count`, labels, "", cumulative);
}
