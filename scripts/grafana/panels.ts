// What the dashboard shows: its sections and their panels, each with its queries.
//
// $instance and $host are variables of the dashboard; $__rate_interval and $__range are Grafana's.

/** A query and its legend, with labels in {{}}. */
export type Query = readonly [promql: string, legend: string];

export interface Panel {
  readonly title: string;
  readonly kind: "stat" | "timeseries" | "table";
  /** As Grafana calls it: "s", "bps", "percentunit", "reqps", "short", ... */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** What a reader may not know. */
  readonly description?: string;
}

export interface Section {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export const VARIABLES = [
  { name: "instance", label: "Machine", query: "label_values(webstat_build_info, instance)" },
  {
    name: "host",
    label: "Host",
    query: 'label_values(webstat_hits_total{instance=~"$instance"}, host)',
  },
] as const;

/** A metric of the chosen machines, with further conditions. */
const of = (metric: string, ...conditions: string[]) =>
  `${metric}{${['instance=~"$instance"', ...conditions].join(",")}}`;
const rate = (metric: string, ...conditions: string[]) =>
  `rate(${of(metric, ...conditions)}[$__rate_interval])`;
const sum = (by: string, vector: string) => `sum by (${by}) (${vector})`;
const share = (part: string, whole: string) => `sum(${part}) / sum(${whole})`;
const quantile = (q: number, by: string, ...conditions: string[]) =>
  `histogram_quantile(${q}, ${
    sum(`${by}, le`, rate("webstat_phase_duration_seconds_bucket", ...conditions))
  })`;

const HOST = 'host="$host"';
const FAILED = 'code=~"5.."';
const PROCESSING = 'phase="processing"';
const REQUESTS = "webstat_http_requests_total";
const HITS = "webstat_hits_total";
const DNS = "webstat_dns_queries_total";
const HANDSHAKES = "webstat_tls_handshakes_total";
const seen = sum("host", of(HITS, 'source!="dns"'));

const graph = (
  title: string,
  unit: string,
  queries: readonly Query[],
  description = "",
): Panel => ({ title, kind: "timeseries", unit, queries, description });
const number = (title: string, unit: string, promql: string, description = ""): Panel => ({
  title,
  kind: "stat",
  unit,
  queries: [[promql, ""]],
  description,
});
const table = (title: string, unit: string, promql: string, description = ""): Panel => ({
  title,
  kind: "table",
  unit,
  queries: [[promql, ""]],
  description,
});

const OVERVIEW: readonly Panel[] = [
  number("Hosts", "short", `sum(${of("webstat_hosts")})`),
  number("Requests and handshakes", "reqps", `sum(${rate(HITS, 'source!="dns"')})`),
  number("Traffic", "bps", `8 * sum(${rate("webstat_host_bytes_total")})`),
  number(
    "Share of errors",
    "percentunit",
    share(rate(REQUESTS, FAILED), rate(REQUESTS)),
    "Answers of 5xx among the HTTP requests that could be read.",
  ),
  graph("Busiest hosts", "reqps", [[`topk(10, ${sum("host", rate(HITS))})`, "{{host}}"]]),
  graph("Traffic by host", "bps", [
    [`topk(10, 8 * ${sum("host", rate("webstat_host_bytes_total"))})`, "{{host}}"],
  ]),
];

const ONE_HOST: readonly Panel[] = [
  graph("$host: requests, handshakes, queries", "reqps", [
    [sum("source", rate(HITS, HOST)), "{{source}}"],
  ]),
  graph("$host: requests by status", "reqps", [
    [sum("method, code", rate(REQUESTS, HOST)), "{{method}} {{code}}"],
  ]),
  graph("$host: 95th percentile by phase", "s", [
    [quantile(0.95, "phase", HOST), "{{phase}}"],
  ]),
  graph("$host: traffic", "bps", [
    [`8 * ${sum("direction", rate("webstat_host_bytes_total", HOST))}`, "{{direction}}"],
  ]),
  graph("$host: connections", "short", [
    [sum("name_source", rate("webstat_host_connections_total", HOST)), "{{name_source}} a second"],
    [sum("transport", of("webstat_host_connections_open", HOST)), "{{transport}} open"],
  ], "New ones a second, by what named the host; and those that are open."),
  graph("$host: TLS", "short", [
    [sum("version, alpn", rate(HANDSHAKES, HOST)), "{{version}} {{alpn}}"],
  ]),
];

const LATENCY: readonly Panel[] = [
  graph("Median by phase", "s", [[quantile(0.5, "phase"), "{{phase}}"]]),
  graph("95th percentile by phase", "s", [[quantile(0.95, "phase"), "{{phase}}"]]),
  graph("Slowest hosts: time to answer", "s", [
    [`topk(10, ${quantile(0.95, "host", PROCESSING)})`, "{{host}}"],
  ], "95th percentile from the first byte of a request to the first of its answer."),
  graph("Furthest hosts: time to connect", "s", [
    [`topk(10, ${quantile(0.95, "host", 'phase="connect"')})`, "{{host}}"],
  ]),
];

const ERRORS: readonly Panel[] = [
  graph("Failed requests", "reqps", [
    [`topk(10, ${sum("host, code", rate(REQUESTS, FAILED))})`, "{{host}} {{code}}"],
  ]),
  graph("Share of failed requests", "percentunit", [
    [
      `topk(10, ${sum("host", rate(REQUESTS, FAILED))} / ${sum("host", rate(REQUESTS))})`,
      "{{host}}",
    ],
  ]),
  graph("Answers of 4xx", "reqps", [
    [`topk(10, ${sum("host, code", rate(REQUESTS, 'code=~"4.."'))})`, "{{host}} {{code}}"],
  ]),
  graph("Requests without an answer", "reqps", [
    [`topk(10, ${sum("host", rate(REQUESTS, 'code=""'))})`, "{{host}}"],
  ]),
];

const NAMES: readonly Panel[] = [
  graph("Queries by answer", "reqps", [[sum("rcode", rate(DNS)), "{{rcode}}"]]),
  graph("Queries by type", "reqps", [[sum("type", rate(DNS)), "{{type}}"]]),
  graph("Share of failed queries", "percentunit", [
    [share(rate(DNS, 'rcode!="NOERROR"'), rate(DNS)), "failed"],
  ]),
  graph("Time to look up", "s", [
    [quantile(0.5, "phase", 'phase="dns"'), "median"],
    [quantile(0.95, "phase", 'phase="dns"'), "95th percentile"],
  ]),
];

const TLS: readonly Panel[] = [
  graph("TLS handshakes by version", "reqps", [
    [sum("version", rate(HANDSHAKES)), "{{version}}"],
  ], "Without a version: no answer was seen."),
  graph("QUIC handshakes by version", "reqps", [
    [sum("version", rate("webstat_quic_handshakes_total")), "{{version}}"],
  ]),
  table(
    "Hosts with TLS older than 1.2",
    "short",
    sum("host, version", of(HANDSHAKES, 'version=~"1[.][01]|ssl[23]"')),
  ),
  graph("Protocols that TLS negotiated", "reqps", [
    [sum("alpn", rate(HANDSHAKES)), "{{alpn}}"],
  ], "From TLS 1.3 on it is encrypted, and empty here."),
];

const NEW_HOSTS: readonly Panel[] = [
  table(
    "Hosts that were not there when this time range began",
    "short",
    `${seen} unless ${seen.replace("}", "} offset $__range")}`,
    "With what was counted of them. Those that were only asked for in DNS are left out.",
  ),
  graph("Hosts", "short", [[of("webstat_hosts"), "{{instance}}"]]),
];

const HEALTH: readonly Panel[] = [
  graph("Packets", "pps", [
    [
      sum("instance, interface", rate("webstat_capture_packets_total")),
      "{{instance}} {{interface}}",
    ],
  ]),
  graph("Lost packets", "pps", [
    [
      sum("instance, interface, by", rate("webstat_capture_dropped_total")),
      "{{instance}} {{interface}} {{by}}",
    ],
  ], "Anything but 0 means that the other numbers are too small."),
  graph("Interfaces that can be captured from", "short", [
    [of("webstat_capture_up"), "{{instance}} {{interface}}"],
  ]),
  graph("What was not read", "short", [
    [
      `topk(10, ${sum("layer, reason", rate("webstat_decode_errors_total"))})`,
      "{{layer}}: {{reason}}",
    ],
  ]),
  graph("Memory for traffic, of what it may take", "percentunit", [
    [
      `${sum("instance", of("webstat_memory_bytes"))} / ${
        sum("instance", of("webstat_memory_limit_bytes"))
      }`,
      "{{instance}}",
    ],
  ]),
  graph("Given up before its time", "short", [
    [sum("what, reason", rate("webstat_evicted_total")), "{{what}}: {{reason}}"],
  ]),
];

const FLEET: readonly Panel[] = [
  graph("Requests and handshakes by machine", "reqps", [
    [sum("instance", rate(HITS, 'source!="dns"')), "{{instance}}"],
  ]),
  graph("Series by machine", "short", [[of("webstat_series"), "{{instance}}"]]),
  graph("Processor time", "percentunit", [
    [rate("process_cpu_seconds_total", 'job="webstat"'), "{{instance}}"],
  ]),
  graph("Memory", "bytes", [
    [of("process_resident_memory_bytes", 'job="webstat"'), "{{instance}}"],
  ]),
  table("Versions", "short", sum("instance, version", of("webstat_build_info"))),
  table("Machines that answer", "short", of("up", 'job="webstat"')),
];

export const SECTIONS: readonly Section[] = [
  { title: "Overview", panels: OVERVIEW },
  { title: "A host: $host", panels: ONE_HOST },
  { title: "Latency by phase", panels: LATENCY },
  { title: "Errors", panels: ERRORS },
  { title: "DNS", panels: NAMES },
  { title: "TLS and QUIC", panels: TLS },
  { title: "New hosts", panels: NEW_HOSTS },
  { title: "Is the capture well?", panels: HEALTH },
  { title: "Fleet", panels: FLEET },
];
