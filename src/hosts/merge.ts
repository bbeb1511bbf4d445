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
import { OTHER_HOST } from "./label_values.ts";
import { LazyHost } from "./lazy_host.ts";
import { mergeRoutes } from "./merge_routes.ts";
import type { AddressCount, DurationSnapshot, HostSnapshot, RouteSnapshot } from "./snapshot.ts";

/** The sum of `hosts` (at least one) under a name. Each field is added up when it is first read. */
export function mergeHosts(name: string, hosts: readonly HostSnapshot[]): HostSnapshot {
  if (hosts.length === 1 && hosts[0]!.name === name) return hosts[0]!;
  return new MergedHost(name, hosts, name === OTHER_HOST ? "all" : NO_KEYS);
}

/** `host` with the routes of these keys counted as `other`. */
export const foldRoutes = (host: HostSnapshot, keys: ReadonlySet<string>): HostSnapshot =>
  new MergedHost(host.name, [host], keys);

const NO_KEYS: ReadonlySet<string> = new Set();

class MergedHost extends LazyHost {
  readonly name: string;
  readonly #hosts: readonly HostSnapshot[];
  readonly #foldedRoutes: ReadonlySet<string> | "all";

  /** `foldedRoutes`: keys of routes. */
  constructor(
    name: string,
    hosts: readonly HostSnapshot[],
    foldedRoutes: ReadonlySet<string> | "all",
  ) {
    super();
    this.name = name;
    this.#hosts = hosts;
    this.#foldedRoutes = foldedRoutes;
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
    return mergeRoutes(this.#hosts.flatMap((host) => host.routes), this.#foldedRoutes);
  }
}

/** The sum of the first numbers, of the second, and so on. */
const sumEach = (all: readonly (readonly number[])[]): number[] =>
  all[0]!.map((_, i) => sum(all.map((each) => each[i]!)));
