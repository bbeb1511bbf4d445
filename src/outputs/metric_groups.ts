// Which metrics are served (--metrics): those of the names given, or of groups; all but them if the
// names have a minus before them, and them too if they have a plus.

import { UserError } from "../errors.ts";
import { viewOf } from "../hosts/columns.ts";

/** The first that fits has the metric. */
const GROUPS: readonly (readonly [group: string, names: RegExp])[] = [
  ["hits", /^webstat_hits_total$/],
  ["phases", /^webstat_phase_/],
  ["routes", /^webstat_(?:http_route|routes)_/],
  ["bodies", /^webstat_http_\w+_body_/],
  ["requests", /^webstat_(?:http|grpc)_/],
  ["handshakes", /^webstat_(?:tls|quic)_handshakes_/],
  ["bytes", /^webstat_host_bytes_/],
  ["connections", /^webstat_host_connections_/],
  ["columns", /^webstat_host_/],
  ["programs", /^webstat_process_/],
  ["clients", /^webstat_client_/],
  ["process", /^process_|^webstat_(?:build|privileges|endpoint|push|series)/],
  ["capture", /^webstat_/],
];

/**
 * By domain they have to be asked for: there are 6 series of them for a domain with HTTP and TLS, and 5
 * of what tells how often and how much.
 */
const DETAILS: ReadonlySet<string> = new Set(["bodies", "handshakes", "connections"]);

export const GROUP_NAMES: readonly string[] = GROUPS.map(([group]) => group);

export const groupOf = (name: string): string | undefined =>
  GROUPS.find(([, names]) => names.test(name))?.[0];

/** Whether a metric of this name is served. */
export type IsServed = (name: string) => boolean;

/**
 * `items`: "phases", "-phases", "+bodies", "webstat_hits_total". Without names everything is served, but
 * for the details if hosts are counted by domain.
 */
export function selection(items: readonly string[], by: "host" | "domain"): IsServed {
  const signed = (sign: string) => new Set(items.filter((item) => signOf(item) === sign).map(bare));
  const [named, added, unwanted] = [signed(""), signed("+"), signed("-")];
  const isUsual = (name: string) => by === "host" || !isIn(DETAILS, name);
  const isWanted = named.size === 0 ? isUsual : (name: string) => isIn(named, name);
  return (name) => (isWanted(name) || isIn(added, name)) && !isIn(unwanted, name);
}

const isIn = (names: ReadonlySet<string>, name: string): boolean =>
  names.has(name) || names.has(groupOf(name) ?? "");

/** Throws UserError if there is no such metric or group. `option`: how the user gave them. */
export async function checkSelection(option: string, items: readonly string[]): Promise<void> {
  const names = items.map(bare).filter((name) => !GROUP_NAMES.includes(name));
  if (names.length === 0) return;
  const known = await metricNames();
  for (const name of names) {
    if (known.has(name)) continue;
    const help =
      `give names of metrics or ${GROUP_NAMES.join(", ")}; with a minus, all but them; ` +
      "with a plus, them too";
    throw new UserError(`${option} "${name}": ${help}`, { usage: true });
  }
}

async function metricNames(): Promise<ReadonlySet<string>> {
  const { Prometheus } = await import("./prometheus.ts");
  const all = new Prometheus(viewOf({ ip: false, place: null })).families();
  return new Set(all.map(({ name }) => name));
}

const signOf = (item: string): string => /^[-+]?/.exec(item)![0];

const bare = (item: string): string => item.replace(/^[-+]/, "");
