// Rates a second, of the capture and of each host, from the difference of two snapshots.

import { sum } from "../../sums.ts";
import type { Snapshot } from "../../hosts/snapshot.ts";

/** Time constant of the exponential moving average of a host's rate, in seconds. */
const SMOOTHING = 5;
/** Lower rates count as 0, so that a fading average ends. */
const LEAST = 0.01;
/** How many values of bytes a second are kept for the graph in the header. */
const GRAPH_LENGTH = 32;

interface HostRate {
  readonly hits: number;
  readonly perSecond: number | null;
}

export interface Rates {
  /** When the snapshot came, milliseconds since 1970. */
  readonly at: number;
  readonly packets: number;
  readonly bytes: number;
  readonly packetsPerSecond: number;
  readonly bytesPerSecond: number;
  /**
   * Bytes over time, the newest last: live in each of the latest seconds, else of the whole file.
   */
  readonly graph: readonly number[];
  readonly hosts: ReadonlyMap<string, HostRate>;
  /** Whether all rates of hosts are 0: then only another snapshot can change them. */
  readonly still: boolean;
}

/**
 * The rates of a live capture after `snapshot` came at `now` (milliseconds). `isSame`: whether
 * `before` was made of the same snapshot.
 */
export function liveRates(
  before: Rates | null,
  snapshot: Snapshot,
  now: number,
  isSame = false,
): Rates {
  const packets = sum(snapshot.interfaces.map((it) => it.packets));
  const bytes = sum(snapshot.interfaces.map((it) => it.bytes));
  const seconds = before === null ? 0 : (now - before.at) / 1000;
  const rate = (was: number, is: number) => seconds > 0 ? grown(was, is) / seconds : 0;
  const hosts = isSame && before?.still ? before.hosts : hostRates(before, snapshot, seconds);
  const bytesPerSecond = rate(before?.bytes ?? 0, bytes);
  return {
    at: now,
    packets,
    bytes,
    packetsPerSecond: rate(before?.packets ?? 0, packets),
    bytesPerSecond,
    graph: seconds > 0 ? [...before!.graph, bytesPerSecond].slice(-GRAPH_LENGTH) : [],
    hosts,
    still: hosts === before?.hosts && isStill(hosts),
  };
}

function isStill(hosts: Rates["hosts"]): boolean {
  for (const { perSecond } of hosts.values()) if (perSecond !== null && perSecond > 0) return false;
  return true;
}

/** The same map as before if nothing changed. */
function hostRates(before: Rates | null, snapshot: Snapshot, seconds: number): Rates["hosts"] {
  let isSame = before !== null && before.hosts.size === snapshot.hosts.length;
  const rates = new Map<string, HostRate>();
  for (const host of snapshot.hosts) {
    const hits = sum(host.hits);
    const known = before?.hosts.get(host.name);
    const perSecond = smoothed(known, hits, seconds);
    const isKnown = known?.hits === hits && known.perSecond === perSecond;
    isSame &&= isKnown;
    rates.set(host.name, isKnown ? known : { hits, perSecond });
  }
  return isSame && before !== null ? before.hosts : rates;
}

function smoothed(known: HostRate | undefined, hits: number, seconds: number): number | null {
  if (seconds <= 0) return known?.perSecond ?? null;
  const now = grown(known?.hits ?? 0, hits) / seconds;
  const before = known?.perSecond ?? now;
  const smooth = now + (before - now) * Math.exp(-seconds / SMOOTHING);
  return smooth < LEAST ? 0 : smooth;
}

/** A counter that is lower than before was reset in between. */
const grown = (before: number, now: number): number => now < before ? now : now - before;

/**
 * The rates of a file: averages from its first to its last packet, and its bytes over all that
 * time.
 */
export function fileRates(snapshot: Snapshot, now: number): Rates {
  const { traffic, time } = snapshot;
  const seconds = traffic === null ? 0 : (time - traffic.from) / 1e6;
  const average = (total: number) => seconds > 0 ? total / seconds : null;
  const packets = sum(snapshot.interfaces.map((it) => it.packets));
  const bytes = sum(snapshot.interfaces.map((it) => it.bytes));
  return {
    at: now,
    packets,
    bytes,
    packetsPerSecond: average(packets) ?? 0,
    bytesPerSecond: average(bytes) ?? 0,
    graph: traffic?.bytes ?? [],
    still: true,
    hosts: new Map(snapshot.hosts.map((host) => {
      const hits = sum(host.hits);
      return [host.name, { hits, perSecond: average(hits) }];
    })),
  };
}
