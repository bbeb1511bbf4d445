// Several hosts seen as one: the hosts of a domain, with their sums.

import { sum, sumRows } from "../sums.ts";
import {
  type AddressCount,
  BUCKETS,
  type Distribution,
  type DurationSnapshot,
  type GrpcCount,
  type HandshakeCount,
  type HostSnapshot,
  type RequestCount,
} from "./snapshot.ts";

/** The sum of `hosts` (at least one) under another name. Nothing is added up before it is asked for. */
export function mergeHosts(name: string, hosts: readonly HostSnapshot[]): HostSnapshot {
  return hosts.length === 1 && hosts[0]!.name === name ? hosts[0]! : new MergedHost(name, hosts);
}

class MergedHost implements HostSnapshot {
  readonly name: string;
  readonly #hosts: readonly HostSnapshot[];
  #hits: readonly number[] | null = null;
  #requests: readonly RequestCount[] | null = null;
  #addresses: readonly AddressCount[] | null = null;
  #phases: readonly (DurationSnapshot | null)[] | null = null;

  constructor(name: string, hosts: readonly HostSnapshot[]) {
    this.name = name;
    this.#hosts = hosts;
  }

  get hits(): readonly number[] {
    return this.#hits ??= this.#each((host) => host.hits);
  }

  get errors(): number {
    return this.#total((host) => host.errors);
  }

  get requests(): readonly RequestCount[] {
    return this.#requests ??= sumRows(
      this.#hosts.flatMap((host) => host.requests),
      ({ method, code, version }) => `${method} ${code} ${version}`,
    );
  }

  get handshakes(): readonly HandshakeCount[] {
    return mergeHandshakes(this.#hosts.flatMap((host) => host.handshakes));
  }

  get quicHandshakes(): readonly HandshakeCount[] {
    return mergeHandshakes(this.#hosts.flatMap((host) => host.quicHandshakes));
  }

  get grpc(): readonly GrpcCount[] {
    return sumRows(this.#hosts.flatMap((host) => host.grpc), ({ status }) => status);
  }

  get addresses(): readonly AddressCount[] {
    return this.#addresses ??= mergeAddresses(this.#hosts.flatMap((host) => host.addresses));
  }

  get phases(): readonly (DurationSnapshot | null)[] {
    return this.#phases ??= this.#hosts[0]!.phases
      .map((_, i) => mergeDurations(this.#hosts.flatMap((host) => host.phases[i] ?? [])));
  }

  get requestBodyBytes(): number {
    return this.#total((host) => host.requestBodyBytes);
  }

  get responseBodyBytes(): number {
    return this.#total((host) => host.responseBodyBytes);
  }

  get bytesSent(): number {
    return this.#total((host) => host.bytesSent);
  }

  get bytesReceived(): number {
    return this.#total((host) => host.bytesReceived);
  }

  get connections(): readonly number[] {
    return this.#each((host) => host.connections);
  }

  get connectionsOpen(): readonly number[] {
    return this.#each((host) => host.connectionsOpen);
  }

  get firstSeen(): number {
    return this.#hosts.reduce((time, host) => Math.min(time, host.firstSeen), Infinity);
  }

  get lastSeen(): number {
    return this.#hosts.reduce((time, host) => Math.max(time, host.lastSeen), 0);
  }

  #total(value: (host: HostSnapshot) => number): number {
    return sum(this.#hosts.map(value));
  }

  #each(values: (host: HostSnapshot) => readonly number[]): number[] {
    return values(this.#hosts[0]!).map((_, i) => this.#total((host) => values(host)[i]!));
  }
}

const mergeHandshakes = (rows: readonly HandshakeCount[]): HandshakeCount[] =>
  sumRows(rows, ({ version, alpn }) => `${version} ${alpn}`);

function mergeAddresses(addresses: readonly AddressCount[]): AddressCount[] {
  const merged = new Map<string, AddressCount>();
  for (const { ip, hits } of addresses) {
    const seen = merged.get(ip);
    merged.set(ip, { ip, hits: hits.map((count, i) => count + (seen?.hits[i] ?? 0)) });
  }
  return [...merged.values()];
}

/** Adds up how often each duration was counted. `rows` are those of all. */
export function mergeDistributions(rows: Distribution): Distribution {
  const bySeconds = new Map<number, number>();
  for (const { seconds, count } of rows) {
    bySeconds.set(seconds, count + (bySeconds.get(seconds) ?? 0));
  }
  return [...bySeconds]
    .map(([seconds, count]) => ({ seconds, count }))
    .sort((a, b) => a.seconds - b.seconds);
}

/** Null for none. */
function mergeDurations(all: readonly DurationSnapshot[]): DurationSnapshot | null {
  const [first] = all;
  if (first === undefined || all.length === 1) return first ?? null;
  const totals = {
    counts: first.counts.map((_, i) => sum(all.map((each) => each.counts[i]!))),
    count: sum(all.map((each) => each.count)),
    sum: sum(all.map((each) => each.sum)),
  };
  if (all.some((each) => each.distribution === undefined)) {
    return { ...totals, ...estimatedQuantiles(all, totals.counts) };
  }
  const distribution = mergeDistributions(all.flatMap((each) => each.distribution!));
  const at = (q: number) => quantileOf(distribution, q * totals.count);
  return { ...totals, p50: at(0.5), p95: at(0.95), p99: at(0.99), distribution };
}

/** The duration that so many are not longer than. */
function quantileOf(distribution: Distribution, rank: number): number {
  let seen = 0;
  for (const { seconds, count } of distribution) {
    seen += count;
    if (seen >= rank) return seconds;
  }
  return 0;
}

type Quantiles = Pick<DurationSnapshot, "p50" | "p95" | "p99">;

/** Quantiles of several, from the buckets. */
function estimatedQuantiles(
  all: readonly DurationSnapshot[],
  counts: readonly number[],
): Quantiles {
  // No estimate may lie outside of what the hosts themselves have.
  const estimate = (q: number, of: (each: DurationSnapshot) => number) => {
    const least = all.reduce((value, each) => Math.min(value, of(each)), Infinity);
    const most = all.reduce((value, each) => Math.max(value, of(each)), 0);
    return Math.min(Math.max(quantile(q, counts), least), most);
  };
  return {
    p50: estimate(0.5, (each) => each.p50),
    p95: estimate(0.95, (each) => each.p95),
    p99: estimate(0.99, (each) => each.p99),
  };
}

/** As PromQL's histogram_quantile: linear within a bucket. */
function quantile(q: number, counts: readonly number[]): number {
  const rank = q * sum([...counts]);
  let below = 0;
  for (let i = 0; i < BUCKETS.length; i++) {
    const inside = counts[i]!;
    const from = i === 0 ? 0 : BUCKETS[i - 1]!;
    if (inside > 0 && below + inside >= rank) {
      return from + (BUCKETS[i]! - from) * ((rank - below) / inside);
    }
    below += inside;
  }
  return BUCKETS.at(-1)!;
}
