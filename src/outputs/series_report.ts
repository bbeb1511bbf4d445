// The report of --series: what the hosts of a capture cost as series, and would cost with other settings.

import { type View, viewOf } from "../hosts/columns.ts";
import type { Domains } from "../hosts/domains.ts";
import { COARSE_BUCKETS, DurationScale } from "../hosts/duration_scale.ts";
import { onScale } from "../hosts/duration_snapshot.ts";
import { isDnsOnly } from "../hosts/dns_only.ts";
import { NUMBER_NAMES, TABLE_NAMES, VECTOR_NAMES } from "../hosts/fields.ts";
import { OTHER_HOST } from "../hosts/label_values.ts";
import { mergeHosts } from "../hosts/merge.ts";
import type { DurationSnapshot, HostSnapshot, Snapshot } from "../hosts/snapshot.ts";
import { formatBytes } from "../hosts/units.ts";
import { selection } from "./metric_groups.ts";
import type { PageFormat } from "./page_format.ts";
import { Prometheus } from "./prometheus.ts";
import { PROMETHEUS_BYTES } from "./series.ts";
import { plural } from "../text.ts";
import { widthOf } from "../text_width.ts";
import { drawTable } from "./table.ts";

export interface SeriesOptions {
  /** Items of --metrics that were given. */
  readonly metrics: readonly string[];
  readonly by: "host" | "domain";
  /** How many were counted of each host at most; null if none were. */
  readonly routes: number | null;
  readonly domainLabel: Domains["domainLabel"];
}

/** What a setting changes. */
interface Setting {
  readonly name: string;
  /** Further items of --metrics. Routes are only counted where they are what it costs. */
  readonly metrics?: readonly string[];
  readonly format?: PageFormat;
  readonly ip?: boolean;
  readonly by?: "domain";
  hosts?(hosts: readonly HostSnapshot[]): readonly HostSnapshot[];
}

const NO_ROUTES = ["-routes"];

const settings = ({ routes, domainLabel }: SeriesOptions): readonly Setting[] => [
  { name: "as given, without --routes" },
  { name: "native histograms (protobuf)", format: "protobuf" },
  { name: "--buckets coarse", hosts: coarsely },
  { name: "--metrics -phases", metrics: ["-phases", ...NO_ROUTES] },
  { name: "--ip", ip: true },
  { name: "--dns-only-hosts=false", hosts: (all) => all.filter((host) => !isLeftOut(host)) },
  ...[[], ["-phases"], ["-phases", "+handshakes"]].map((metrics) => ({
    name: `--by domain${metrics.length === 0 ? "" : ` --metrics ${metrics}`}`,
    metrics: [...metrics, ...NO_ROUTES],
    by: "domain" as const,
    hosts: (all: readonly HostSnapshot[]) => byDomain(all, domainLabel),
  })),
  ...routes === null ? [] : [{ name: `--routes ${routes}`, metrics: [] }],
];

/** What the page of a setting is like. */
export interface SeriesCost {
  readonly setting: string;
  readonly series: number;
  /** Of a page that is not compressed. */
  readonly bytes: number;
  /** Without those of the capture and of webstat itself. */
  readonly ofHosts: { readonly series: number; readonly bytes: number };
}

export const seriesCosts = (
  snapshot: Snapshot,
  view: View,
  options: SeriesOptions,
): SeriesCost[] => settings(options).map((setting) => costOf(setting, snapshot, view, options));

function costOf(
  { name, metrics = NO_ROUTES, format, ip = false, by, hosts = (all) => all }: Setting,
  snapshot: Snapshot,
  view: View,
  given: SeriesOptions,
): SeriesCost {
  const isServed = selection([...given.metrics, ...metrics], by ?? given.by);
  const shown = ip ? { ...view, ...viewOf({ ...view.context, ip }) } : view;
  const prometheus = new Prometheus({ ...shown, isServed });
  const cost = (some: readonly HostSnapshot[]) => {
    const { length } = prometheus.page({ ...snapshot, hosts: some }, format);
    return { series: prometheus.series, bytes: length };
  };
  const others = cost([]);
  const all = cost(hosts(snapshot.hosts));
  const ofHosts = { series: all.series - others.series, bytes: all.bytes - others.bytes };
  return { setting: name, ...all, ofHosts };
}

/** Hosts with the buckets of `--buckets coarse`, whose counts are approximate. */
function coarsely(hosts: readonly HostSnapshot[]): HostSnapshot[] {
  const scale = new DurationScale(COARSE_BUCKETS);
  const scaled = (durations: DurationSnapshot | null) => durations && onScale(durations, scale);
  return hosts.map((host) => ({ ...plain(host), phases: host.phases.map(scaled), routes: [] }));
}

/** A host's fields may be getters, which spreading leaves out. */
function plain(host: HostSnapshot): HostSnapshot {
  const names: (keyof HostSnapshot)[] = ["name", "addresses", ...NUMBER_NAMES, ...VECTOR_NAMES];
  const entries = [...names, ...TABLE_NAMES].map((name) => [name, host[name]]);
  return Object.fromEntries(entries) as HostSnapshot;
}

const isLeftOut = (host: HostSnapshot): boolean => host.name !== OTHER_HOST && isDnsOnly(host);

function byDomain(
  hosts: readonly HostSnapshot[],
  domainLabel: Domains["domainLabel"],
): HostSnapshot[] {
  const domains = Map.groupBy(hosts, ({ name }) => domainLabel(name) ?? name);
  return [...domains].map(([name, same]) => mergeHosts(name, same));
}

const TITLES = ["setting", "series", "a host", "a scrape", "Prometheus"];

/** The table, with a newline at its end. */
export function seriesReport(
  snapshot: Snapshot,
  view: View,
  options: SeriesOptions & { readonly color: boolean },
): string {
  const hosts = snapshot.hosts.length;
  const rows = seriesCosts(snapshot, view, options).map((cost) => [
    cost.setting,
    String(cost.series),
    hosts === 0 ? "-" : (cost.ofHosts.series / hosts).toFixed(1),
    formatBytes(cost.bytes),
    formatBytes(cost.series * PROMETHEUS_BYTES),
  ]);
  const columns = TITLES.map((title, i) => ({
    title,
    align: i === 0 ? "left" as const : "right" as const,
    width: Math.max(...[TITLES, ...rows].map((row) => widthOf(row[i]!))),
  }));
  return `${drawTable(columns, rows, options.color)}\n\n` +
    `${plural(hosts, "host")}; a scrape as it is before compression; Prometheus: memory, about.\n`;
}
