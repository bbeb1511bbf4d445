// Several hosts as one, with their sums: the hosts of a domain, or one host in several workers.

import { sum, sumRows } from "../sums.ts";
import { mergeDurations } from "./duration_snapshot.ts";
import {
  HOST_NUMBERS,
  HOST_TABLES,
  NUMBER_NAMES,
  RULES,
  TABLE_NAMES,
  VECTOR_NAMES,
} from "./fields.ts";
import { keyOf, type LabelledRow } from "./labelled.ts";
import { LazyHost } from "./lazy_host.ts";
import type { AddressCount, DurationSnapshot, HostSnapshot, RouteSnapshot } from "./snapshot.ts";

/** The sum of `hosts` (at least one) under a name. Each field is added up when it is first read. */
export function mergeHosts(name: string, hosts: readonly HostSnapshot[]): HostSnapshot {
  return hosts.length === 1 && hosts[0]!.name === name ? hosts[0]! : new MergedHost(name, hosts);
}

class MergedHost extends LazyHost {
  readonly name: string;
  readonly #hosts: readonly HostSnapshot[];

  constructor(name: string, hosts: readonly HostSnapshot[]) {
    super();
    this.name = name;
    this.#hosts = hosts;
  }

  protected override readNumber(i: number): number {
    const name = NUMBER_NAMES[i]!;
    return this.#hosts.map((host) => host[name]).reduce(RULES[HOST_NUMBERS[name].rule]);
  }

  protected override readVector(i: number): readonly number[] {
    const name = VECTOR_NAMES[i]!;
    return sumEach(this.#hosts.map((host) => host[name]));
  }

  protected override readTable(i: number): readonly LabelledRow[] {
    const name = TABLE_NAMES[i]!;
    return sumRows(
      this.#hosts.flatMap<LabelledRow>((host) => host[name]),
      (row) => keyOf(HOST_TABLES[name].labels, row),
    );
  }

  protected override readAddresses(): readonly AddressCount[] {
    const byIp = Map.groupBy(this.#hosts.flatMap((host) => host.addresses), ({ ip }) => ip);
    return [...byIp].map(([ip, same]) => ({ ip, hits: sumEach(same.map(({ hits }) => hits)) }));
  }

  protected override readPhases(): readonly (DurationSnapshot | null)[] {
    return this.#hosts[0]!.phases
      .map((_, i) => mergeDurations(this.#hosts.flatMap((host) => host.phases[i] ?? [])));
  }

  protected override readRoutes(): readonly RouteSnapshot[] {
    return mergeRoutes(this.#hosts.flatMap((host) => host.routes));
  }
}

/** Each route of several hosts once. */
const mergeRoutes = (routes: readonly RouteSnapshot[]): RouteSnapshot[] =>
  [...Map.groupBy(routes, ({ method, route }) => `${method} ${route}`).values()]
    .map((same) => ({
      method: same[0]!.method,
      route: same[0]!.route,
      codes: sumRows(same.flatMap(({ codes }) => codes), ({ code }) => code),
      processing: mergeDurations(same.flatMap(({ processing }) => processing ?? [])),
    }));

/** The sum of the first numbers, of the second, and so on. */
const sumEach = (all: readonly (readonly number[])[]): number[] =>
  all[0]!.map((_, i) => sum(all.map((each) => each[i]!)));
