// The names that OpenTelemetry's semantic conventions (https://opentelemetry.io/docs/specs/semconv) have
// for webstat's metrics and labels. For what they have no name, webstat's own becomes one, such that
// Prometheus makes the usual name of it again: webstat_host_bytes_total, webstat.host.bytes.

import type { Labels } from "../outputs/family.ts";

export interface Named {
  readonly name: string;
  /** UCUM; "" if it is a count of something. */
  readonly unit: string;
}

const PROCESS: ReadonlyMap<string, Named> = new Map([
  ["process_cpu_seconds_total", { name: "process.cpu.time", unit: "s" }],
  ["process_resident_memory_bytes", { name: "process.memory.usage", unit: "By" }],
  ["process_virtual_memory_bytes", { name: "process.memory.virtual", unit: "By" }],
  ["process_open_fds", { name: "process.unix.file_descriptor.count", unit: "{file_descriptor}" }],
]);

/** The metrics of phases that have a name of their own. */
const PHASES: Readonly<Record<string, Named>> = {
  processing: { name: "http.client.request.duration", unit: "s" },
  dns: { name: "dns.lookup.duration", unit: "s" },
};

/** The name of a metric, with these labels. */
export function semanticName(metric: string, labels: Labels): Named {
  const special = metric === "webstat_phase_duration_seconds" ? PHASES[labels.phase!] : undefined;
  const known = special ?? PROCESS.get(metric);
  if (known !== undefined) return known;
  const [, base, unit] = /^(.*?)(?:_(seconds))?(?:_total)?$/.exec(metric)!;
  const name = base!.replaceAll("_", ".");
  return { name, unit: unit === undefined ? (name.endsWith(".bytes") ? "By" : "") : "s" };
}

type Attributes = Readonly<Record<string, string | number>>;

/** Labels that mean the same on every metric. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  host: "server.address",
  method: "http.request.method",
  route: "http.route",
  process: "process.executable.name",
  client: "client.address",
  transport: "network.transport",
  interface: "network.interface.name",
  ip: "network.peer.address",
  city: "geo.locality.name",
  country: "geo.country.iso_code",
};

/** Those that do not. */
const OF_METRIC: ReadonlyMap<string, Readonly<Record<string, string>>> = new Map(
  [
    ["webstat_http_requests_total", { version: "network.protocol.version" }],
    [
      "webstat_tls_handshakes_total",
      { version: "tls.protocol.version", alpn: "tls.next_protocol" },
    ],
    [
      "webstat_quic_handshakes_total",
      { version: "network.protocol.version", alpn: "tls.next_protocol" },
    ],
  ] as const,
);

const DIRECTIONS: Readonly<Record<string, string>> = { sent: "transmit", received: "receive" };

/** The attributes for the labels of a metric; those without a value are left out. */
export function semanticAttributes(metric: string, labels: Labels): Attributes {
  const attributes: Record<string, string | number> = {};
  const { name } = semanticName(metric, labels);
  for (const label in labels) {
    const value = labels[label]!;
    if (value === "" || label === "phase" && name !== "webstat.phase.duration") continue;
    const key = OF_METRIC.get(metric)?.[label] ?? ATTRIBUTES[label];
    if (label === "code") Object.assign(attributes, statusOf(value));
    else if (label === "direction") attributes["network.io.direction"] = DIRECTIONS[value] ?? value;
    else if (label === "method" && value === "other") attributes[key!] = "_OTHER";
    else if (label === "host" && name === "dns.lookup.duration") {
      attributes["dns.question.name"] = value;
    } else attributes[key ?? `webstat.${label}`] = value;
  }
  return attributes;
}

/** A status of HTTP is a number. Those of a route that were merged are no error. */
function statusOf(code: string): Attributes {
  if (code === "invalid") return { "error.type": "invalid_status_code" };
  return /^\d+$/.test(code)
    ? { "http.response.status_code": Number(code) }
    : { "webstat.code": code };
}
