// What was counted when the page was asked for before: for rates, and for lines over time. Nothing is
// remembered while nobody looks.

import type { HostSnapshot, Snapshot } from "../../hosts/snapshot.ts";
import { sum } from "../../sums.ts";

/** Milliseconds that samples are kept, and that are between two of them at least. */
const KEPT = 300_000;
const INTERVAL = 1000;
/** Milliseconds that a line is of at least. */
const LEAST_SPAN = 30_000;
/** Milliseconds that rates are of, if there is a sample so old. */
const RATE_SPAN = 10_000;
/** Hosts in a sample, the busiest: with 300 samples at most, 60,000 numbers. */
const MAX_HOSTS = 200;

interface Sample {
  /** Milliseconds, by a clock that is not set. */
  readonly at: number;
  readonly packets: number;
  readonly bytes: number;
  readonly hits: ReadonlyMap<string, number>;
}

export interface Point {
  /** 0 for the oldest sample, 1 for the newest. */
  readonly at: number;
  /** Hits a second since the point before. */
  readonly rate: number;
}

export class PageHistory {
  #samples: Sample[] = [];

  /** Remembers what a snapshot has, `now` milliseconds after some moment. */
  add(snapshot: Snapshot, now: number): void {
    const newest = this.#samples.at(-1);
    if (newest !== undefined && now - newest.at < INTERVAL) return;
    this.#samples = this.#samples.filter(({ at }) => now - at < KEPT);
    this.#samples.push(sampleOf(snapshot, now));
  }

  /** Of the whole capture in a second; null if it is the first sample. */
  get totals(): { readonly packets: number; readonly bytes: number } | null {
    const span = this.#span();
    if (span === null) return null;
    const { from, to, seconds } = span;
    return {
      packets: Math.max(0, to.packets - from.packets) / seconds,
      bytes: Math.max(0, to.bytes - from.bytes) / seconds,
    };
  }

  /** Hits of a host in a second; null if it is not known. */
  rate(host: string): number | null {
    const span = this.#span();
    return span === null ? null : rateBetween(span.from, span.to, host);
  }

  /** Hits of a host over time; empty if less than two points are known. */
  points(host: string): Point[] {
    const samples = this.#samples;
    const newest = samples.at(-1)?.at ?? 0;
    const span = Math.max(LEAST_SPAN, newest - (samples[0]?.at ?? 0));
    return samples.slice(1).flatMap((sample, i) => {
      const rate = rateBetween(samples[i]!, sample, host);
      return rate === null ? [] : { at: 1 - (newest - sample.at) / span, rate };
    });
  }

  #span(): { readonly from: Sample; readonly to: Sample; readonly seconds: number } | null {
    const to = this.#samples.at(-1);
    const from = this.#samples.find(({ at }) => to !== undefined && to.at - at <= RATE_SPAN);
    if (from === undefined || to === undefined) return null;
    // After a pause there is nothing newer to compare with than the sample before.
    const before = from === to ? this.#samples.at(-2) : from;
    return before === undefined ? null : { from: before, to, seconds: (to.at - before.at) / 1000 };
  }
}

function sampleOf({ hosts, interfaces }: Snapshot, at: number): Sample {
  return {
    at,
    packets: sum(interfaces.map(({ packets }) => packets)),
    bytes: sum(interfaces.map(({ bytes }) => bytes)),
    hits: new Map(busiest(hosts)),
  };
}

function busiest(hosts: readonly HostSnapshot[]): [string, number][] {
  const all = hosts.map((host): [string, number] => [host.name, sum(host.hits)]);
  return all.length <= MAX_HOSTS ? all : all.sort((a, b) => b[1] - a[1]).slice(0, MAX_HOSTS);
}

/** Counters that went back were reset meanwhile. */
function rateBetween(from: Sample, to: Sample, host: string): number | null {
  const [before, now] = [from.hits.get(host), to.hits.get(host)];
  if (before === undefined || now === undefined) return null;
  return Math.max(0, now - before) / ((to.at - from.at) / 1000);
}
