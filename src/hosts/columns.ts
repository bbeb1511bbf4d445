// The columns: what the outputs show of a host. One entry here adds a column to the report's table,
// to its JSON, to the interactive terminal and to /metrics; nothing else has to be changed.

import { type Network, UNKNOWN_NETWORK } from "../geo/network_facts.ts";
import { type Place, UNKNOWN_PLACE } from "../geo/place.ts";
import { SOURCES } from "../protocols/analyser.ts";
import { sum } from "../sums.ts";
import type { Domains } from "./domains.ts";
import { PHASE_INDEX, SOURCE_INDEX } from "./fields.ts";
import type { HostSnapshot } from "./snapshot.ts";
import { formatBytes, formatDuration, formatShare, formatTime } from "./units.ts";

/** What the user asked for, and what columns may look up. */
export interface ColumnContext {
  /** --ip */
  readonly ip: boolean;
  /** --location: where an address is. Null without that option. */
  readonly place: ((ip: string) => Place) | null;
  /** --asn-db: whose network an address is in. */
  readonly network?: (ip: string) => Network;
  /** --asn: whether that is a label, too. */
  readonly asn?: boolean;
  /** The main domain of a host, null if it has none. Reports have it. */
  readonly domainOf?: Domains["registrableDomain"];
  /** --process; false if not given. */
  readonly process?: boolean;
}

/** What a value is, in the base units of Prometheus. */
export type Kind = "text" | "count" | "bytes" | "seconds" | "time" | "share";

/** Where columns are shown: in the report (table and JSON), or in the interactive terminal. */
export type Output = "report" | "terminal";

interface CommonColumn {
  /** Its name in JSON and in the metrics: snake_case, unique. */
  readonly key: string;
  /** Above the column in a table. */
  readonly title: string;
  readonly help: string;
  /** If there is no room, the column of the highest number goes first; 0 always stays. */
  readonly priority: number;
  /** The only output that shows it; all do if not given. */
  readonly only?: Output;
  /** Whether the options ask for it; always shown if not given. */
  when?(context: ColumnContext): boolean;
}

/** A fact about a host. Null if nothing is known. */
export interface HostColumn extends CommonColumn {
  readonly of: "host";
  readonly kind: Kind;
  value(host: HostSnapshot, context: ColumnContext): string | number | null;
  /** What the terminal sorts by, if not by the value. */
  order?(host: HostSnapshot): number;
  /**
   * False if other metrics have it already. Else a number becomes the gauge
   * `webstat_host_<key>`, and a text becomes a label of `webstat_hits_total`.
   */
  readonly metric?: false;
}

/** A fact about an address that a host was reached at: a label of `webstat_hits_total`. */
export interface AddressColumn extends CommonColumn {
  readonly of: "address";
  /** Whether it is one; it is if not given. */
  isLabel?(context: ColumnContext): boolean;
  value(ip: string, context: ColumnContext): string;
}

export type Column = HostColumn | AddressColumn;

/** Names of programs in a cell. */
const SHOWN_PROGRAMS = 2;

/** In the order in which they are shown. */
export const COLUMNS: readonly Column[] = [
  {
    of: "host",
    key: "host",
    title: "host",
    help: "Name of the host, or its address if no name was seen.",
    kind: "text",
    priority: 0,
    value: (host) => host.name,
    metric: false,
  },
  {
    of: "host",
    key: "requests_handshakes",
    title: "req+tls",
    help: "HTTP requests, TLS and QUIC handshakes: hits without DNS queries.",
    kind: "count",
    priority: 0,
    only: "terminal",
    value: (host) => sum(host.hits) - host.hits[SOURCE_INDEX.dns]!,
    metric: false,
  },
  {
    of: "host",
    key: "hits",
    title: "hits",
    help: "Requests, handshakes and queries.",
    kind: "count",
    priority: 0,
    value: (host) => sum(host.hits),
    metric: false,
  },
  {
    of: "host",
    key: "requests",
    title: "requests",
    help: "HTTP requests.",
    kind: "count",
    priority: 8,
    value: (host) => host.requests.reduce((total, request) => total + request.count, 0),
    metric: false,
  },
  {
    of: "host",
    key: "errors",
    title: "errors",
    help: "HTTP requests that were answered with a status of 400 or more.",
    kind: "count",
    priority: 5,
    only: "report",
    value: (host) => host.errors,
    metric: false,
  },
  {
    of: "host",
    key: "error_share",
    title: "error%",
    help: "The share of HTTP requests that were answered with a status of 400 or more.",
    kind: "share",
    priority: 5,
    only: "terminal",
    value: (host) => {
      const requests = sum(host.requests.map(({ count }) => count));
      return requests === 0 ? null : host.errors / requests;
    },
    order: (host) => host.errors,
    metric: false,
  },
  {
    of: "host",
    key: "processing_p50_seconds",
    title: "p50",
    help: "Median time from the first byte of a request to the first byte of its answer.",
    kind: "seconds",
    priority: 6,
    value: (host) => host.phases[PHASE_INDEX.processing]?.p50 ?? null,
    metric: false,
  },
  {
    of: "host",
    key: "processing_p95_seconds",
    title: "p95",
    help: "The time in which 95% of the requests get their first byte of answer.",
    kind: "seconds",
    priority: 7,
    value: (host) => host.phases[PHASE_INDEX.processing]?.p95 ?? null,
    metric: false,
  },
  {
    of: "host",
    key: "received_bytes",
    title: "received",
    help: "Bytes on the wire that the clients received.",
    kind: "bytes",
    priority: 1,
    value: (host) => host.bytesReceived,
    metric: false,
  },
  {
    of: "host",
    key: "sent_bytes",
    title: "sent",
    help: "Bytes on the wire that the clients sent.",
    kind: "bytes",
    priority: 9,
    value: (host) => host.bytesSent,
    metric: false,
  },
  {
    of: "host",
    key: "source",
    title: "source",
    help: "How the host was found, the most frequent first.",
    kind: "text",
    priority: 11,
    only: "terminal",
    value: (host) =>
      SOURCES.map((source, i) => ({ source, hits: host.hits[i]! }))
        .filter(({ hits }) => hits > 0)
        .sort((a, b) => b.hits - a.hits)
        .map(({ source }) => source).join(" "),
    metric: false,
  },
  {
    of: "host",
    key: "domain",
    title: "domain",
    help: "Main domain of the host: what someone has registered.",
    kind: "text",
    priority: 12,
    only: "report",
    value: (host, { domainOf }) => domainOf?.(host.name) ?? null,
    metric: false,
  },
  {
    of: "host",
    key: "process",
    title: "process",
    help: "The programs that used the host, the most frequent first.",
    kind: "text",
    priority: 3,
    when: (context) => context.process === true,
    value: (host) => topPrograms(host),
    metric: false,
  },
  {
    of: "host",
    key: "last_seen",
    title: "last seen",
    help: "Time of the newest packet, in seconds since 1970.",
    kind: "time",
    priority: 10,
    value: (host) => host.lastSeen / 1e6,
    metric: false,
  },
  {
    of: "address",
    key: "ip",
    title: "ip",
    help: "Address of the server.",
    priority: 2,
    when: (context) => context.ip,
    value: (ip) => ip,
  },
  {
    of: "address",
    key: "city",
    title: "city",
    help: "City of the server.",
    priority: 4,
    when: (context) => context.place !== null,
    value: (ip, context) => placeAt(ip, context).city,
  },
  {
    of: "address",
    key: "country",
    title: "country",
    help: "Country of the server.",
    priority: 3,
    when: (context) => context.place !== null,
    value: (ip, context) => placeAt(ip, context).country,
  },
  {
    of: "address",
    key: "asn",
    title: "as",
    help: "Autonomous system of the server's address.",
    priority: 6,
    when: (context) => context.network !== undefined,
    isLabel: (context) => context.asn ?? false,
    value: (ip, context) => {
      const { asn } = networkAt(ip, context);
      return asn === 0 ? "" : `AS${asn}`;
    },
  },
  {
    of: "address",
    key: "organisation",
    title: "organisation",
    help: "Who runs that autonomous system.",
    priority: 4,
    when: (context) => context.network !== undefined,
    isLabel: (context) => context.asn ?? false,
    value: (ip, context) => networkAt(ip, context).organisation,
  },
];

/** What an output shows: columns, with what they may look up, and metrics. */
export interface View {
  readonly columns: readonly Column[];
  readonly context: ColumnContext;
  /** Whether a metric of this name is served. */
  readonly isServed: (name: string) => boolean;
  /** The metric of the old webstat that is served too. */
  readonly legacyName?: LegacyName;
}

/** What the old webstat called its metric on port 8000, and on port 8001. */
export type LegacyName = "url_access_count_total" | "extracted_url_access_count_total";

/** The columns that the options ask for, and that `output` shows. */
export function viewOf(
  context: ColumnContext,
  columns: readonly Column[] = COLUMNS,
  output: Output = "report",
  isServed: View["isServed"] = () => true,
): View {
  const isShown = (column: Column) =>
    (column.only ?? output) === output && (column.when?.(context) ?? true);
  return { columns: columns.filter(isShown), context, isServed };
}

/** The values of an address column for a host, the most often hit first. */
export function addressValues(
  column: AddressColumn,
  host: HostSnapshot,
  context: ColumnContext,
): string[] {
  const hits = new Map<string, number>();
  for (const address of host.addresses) {
    const value = column.value(address.ip, context);
    if (value !== "") hits.set(value, (hits.get(value) ?? 0) + sum(address.hits));
  }
  return [...hits].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([value]) => value);
}

/** "curl node +3": the programs of the most hits, and how many more there are. */
function topPrograms({ programs }: HostSnapshot): string {
  const names = programs.toSorted((a, b) => b.count - a.count)
    .map(({ process }) => process)
    .filter((name) => name !== "");
  const more = names.length - SHOWN_PROGRAMS;
  const shown = names.slice(0, SHOWN_PROGRAMS).join(" ");
  return more > 0 ? `${shown} +${more}` : shown;
}

/** A value for people; "-" if there is none. */
export function formatValue(kind: Kind, value: string | number | null): string {
  if (value === null || value === "") return "-";
  if (typeof value === "string") return value;
  switch (kind) {
    case "bytes":
      return formatBytes(value);
    case "seconds":
      return formatDuration(value);
    case "time":
      return formatTime(value);
    case "share":
      return formatShare(value);
    default:
      return String(value);
  }
}

/** Texts are aligned left, numbers right. */
export function alignment(kind: Kind): "left" | "right" {
  return kind === "text" || kind === "time" ? "left" : "right";
}

/** "other" are the addresses of a host past the eighth; "" means that none was seen. */
const isAddress = (ip: string): boolean => ip !== "" && ip !== "other";

const placeAt = (ip: string, { place }: ColumnContext): Place =>
  place !== null && isAddress(ip) ? place(ip) : UNKNOWN_PLACE;

const networkAt = (ip: string, { network }: ColumnContext): Network =>
  network !== undefined && isAddress(ip) ? network(ip) : UNKNOWN_NETWORK;
