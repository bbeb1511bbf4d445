// The views: what the rows of the table are, if they are not hosts. Each row opens into its hosts.

import { namedClients } from "../../hosts/clients.ts";
import { mergeHosts } from "../../hosts/merge.ts";
import { pairHost } from "../../hosts/pair_host.ts";
import { pairLabels, type PairRow } from "../../hosts/pair_table.ts";
import type { DomainOf } from "../../hosts/exports.ts";
import type { HostSnapshot, Snapshot } from "../../hosts/snapshot.ts";
import { byDomain } from "./rows.ts";

/** In the order in which `v` goes through them. */
export const VIEWS = ["host", "domain", "client", "program", "container"] as const;
export type ViewName = typeof VIEWS[number];

/** A name for what has none. */
const NAMELESS = "(none)";

/** The pairs of a view whose rows are not made of whole hosts; null if they are not counted. */
export function pairsOf(view: ViewName, snapshot: Snapshot | null): readonly PairRow[] | null {
  switch (view) {
    case "client":
      return snapshot?.clients ? namedClients(snapshot.clients) : null;
    case "program":
    case "container":
      return snapshot?.processes ?? null;
    default:
      return null;
  }
}

/** The client, program or container of a pair. */
export function labelOf(view: ViewName, { key }: PairRow): string {
  if (view === "client") return key;
  return pairLabels(key, 2)[view === "program" ? 0 : 1] || NAMELESS;
}

/** Whether there is anything to show in a view. */
export const isAvailable = (view: ViewName, snapshot: Snapshot | null): boolean =>
  view === "host" || view === "domain" || pairsOf(view, snapshot) !== null;

/** Whether a capture with these options counts what a view shows. */
export function isCounted(view: ViewName, clients: boolean, processes: boolean): boolean {
  if (view === "client") return clients;
  return processes || (view !== "program" && view !== "container");
}

/** The groups of a view with their hosts; null if its rows are hosts. `shown`: the hosts that the filter lets through. */
export function groupsOf(
  view: ViewName,
  shown: readonly HostSnapshot[],
  snapshot: Snapshot | null,
  domainOf: DomainOf | null,
): Map<string, HostSnapshot[]> | null {
  if (view === "domain") return domainOf === null ? null : byDomain(shown, domainOf);
  const pairs = pairsOf(view, snapshot);
  return pairs === null ? null : groupsOfPairs(view, pairs, shown);
}

function groupsOfPairs(
  view: ViewName,
  pairs: readonly PairRow[],
  shown: readonly HostSnapshot[],
): Map<string, HostSnapshot[]> {
  const whole = new Map(shown.map((host) => [host.name, host]));
  const counted = pairs.filter(({ host }) => whole.has(host));
  const groups = Map.groupBy(counted, (pair) => labelOf(view, pair));
  const hostsOf = (own: readonly PairRow[]) =>
    [...Map.groupBy(own, ({ host }) => host)].map(([host, same]) =>
      mergeHosts(host, same.map((pair) => pairHost(pair, whole.get(host))))
    );
  return new Map([...groups].map(([label, own]) => [label, hostsOf(own)]));
}
