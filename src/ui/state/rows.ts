// From the hosts of a snapshot to the rows of the table: filtered, grouped, sorted.

import { sum } from "../../sums.ts";
import { type DomainOf, type Exports, isExported } from "../../hosts/exports.ts";
import { mergeHosts } from "../../hosts/merge.ts";
import { OTHER_HOST } from "../../hosts/label_values.ts";
import type { HostSnapshot } from "../../hosts/snapshot.ts";
import { SOURCES } from "../../protocols/analyser.ts";
import type { Numbering } from "./numbering.ts";
import type { Rates } from "./rates.ts";

export interface TableRow {
  /** Name of the host, domain, client, program or container. */
  readonly name: string;
  readonly number: number;
  /** Counters; of a group, the sums over its hosts that are shown. */
  readonly counted: HostSnapshot;
  /** Hits a second; null if not known. */
  readonly rate: number | null;
  readonly exported: "all" | "some" | "none";
  /** Whether `counted` is only what one client or program has to do with the hosts, see pairHost(). */
  readonly isPart: boolean;
  /** Names of the hosts of this row; only a group has several. */
  readonly hosts: readonly string[];
}

/** What rows are made of, beside the hosts. */
export interface RowInputs {
  readonly rates: Rates | null;
  readonly exports: Exports;
  readonly numbering: Numbering;
  readonly arePart: boolean;
}

/** Whether all that was seen of a host are DNS queries for it. */
export function isDnsOnly({ hits, name }: HostSnapshot): boolean {
  return name !== OTHER_HOST && hits[DNS]! > 0 &&
    hits.every((n, source) => n === 0 || source === DNS);
}

const DNS = SOURCES.indexOf("dns");

export function hostRows(hosts: readonly HostSnapshot[], inputs: RowInputs): TableRow[] {
  return hosts.map((host) => ({
    name: host.name,
    number: inputs.numbering.numbers.get(host.name) ?? 0,
    counted: host,
    rate: inputs.rates?.hosts.get(host.name)?.perSecond ?? null,
    exported: isExported(inputs.exports, host.name) ? "all" : "none",
    isPart: inputs.arePart,
    hosts: [host.name],
  }));
}

/** Hosts by the domain that they belong to. */
export function byDomain(
  hosts: readonly HostSnapshot[],
  domainOf: DomainOf,
): Map<string, HostSnapshot[]> {
  const domains = new Map<string, HostSnapshot[]>();
  for (const host of hosts) {
    const domain = domainOf(host.name);
    const members = domains.get(domain);
    if (members === undefined) domains.set(domain, [host]);
    else members.push(host);
  }
  return domains;
}

/** A row for each group; its counters are the sums of its hosts. */
export function groupRows(
  groups: ReadonlyMap<string, readonly HostSnapshot[]>,
  inputs: RowInputs,
): TableRow[] {
  return [...groups].map(([name, members]) => {
    const rows = hostRows(members, inputs);
    const exported = rows.filter((row) => row.exported === "all").length;
    const rates = rows.flatMap(({ rate }) => rate ?? []);
    return {
      name,
      number: inputs.numbering.numbers.get(name) ?? 0,
      counted: mergeHosts(name, members),
      rate: rates.length === 0 ? null : sum(rates),
      exported: exported === rows.length ? "all" : exported > 0 ? "some" : "none",
      isPart: inputs.arePart,
      hosts: rows.map(({ name }) => name),
    };
  });
}

/**
 * Sorted by a value, as a column has it. Rows without a value come last, after them OTHER_HOST.
 * Ties are ordered by hits, then by name, so that rows do not jump.
 */
export function sortRows(
  rows: readonly TableRow[],
  valueOf: (row: TableRow) => CellValue,
  descending: boolean,
): TableRow[] {
  const sign = descending ? -1 : 1;
  return rows.map((row) => {
    const { name } = row;
    const value = valueOf(row);
    const last = name === OTHER_HOST ? 2 : value === null ? 1 : 0;
    return { row, name, value, last, hits: sum(row.counted.hits) };
  }).sort((a, b) =>
    a.last - b.last || sign * compare(a.value, b.value) || b.hits - a.hits ||
    compare(a.name, b.name)
  ).map(({ row }) => row);
}

type CellValue = string | number | null;

function compare(a: CellValue, b: CellValue): number {
  if (a === b || a === null || b === null) return 0;
  return a < b ? -1 : 1;
}
