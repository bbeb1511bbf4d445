// Every option of every command, said once. From these tables come the command line and its help, the
// environment variables, the values in config.ts, and the options of the worker.
//
// To add an option, add a line to a table: its value is then in the command's config, under the key of
// that line. With `worker: true` it is also sent to the worker, where PipelineOptions must have it.

import {
  BUCKETS,
  choice,
  DURATION,
  EVENTS,
  FILE,
  FLAG,
  integer,
  ITEMS,
  LISTEN_ADDRESS,
  MATCHERS,
  mebibytes,
  PATTERNS,
  PROCESS,
  SWITCH,
  TEXT,
  TEXTS,
} from "./kinds.ts";
import { group, type OptionTable } from "./option_definition.ts";
import { PUSH } from "./push_options.ts";

/** libpcap's own limit. */
const MAX_SNAPLEN = 262_144;
/** In MiB: libpcap takes the size as a C int. */
const MAX_BUFFER = 2047;
/** In MiB: with less, ordinary traffic of a small machine would not be followed to its end. */
const MIN_MEMORY = 64;
const MAX_MEMORY = 1_048_576;
/** More than any machine that runs this can use; the kernel lets 256 share an interface. */
const MAX_WORKERS = 64;

/** Of a host: more would be of no use in a list, and many series. */
const MAX_ROUTES = 1000;

const CAPTURE = group("Capture", {
  interfaces: {
    flags: "-i, --interface <name...>",
    help: "names or numbers, or any (default: the first up)",
    kind: ITEMS,
    worker: true,
  },
  files: {
    flags: "-r, --read <file...>",
    help: "read pcap or pcapng, also gzip or zstd; - is stdin",
    kind: TEXTS,
    worker: true,
  },
  filter: {
    flags: "-f, --filter <bpf>",
    help: "capture only this, as in pcap-filter(7)",
    kind: TEXT,
    worker: true,
  },
  duration: {
    flags: "-d, --duration <time>",
    help: "stop after 30s, 5m, 1h, 500ms",
    kind: DURATION,
  },
  count: {
    flags: "-c, --count <n>",
    help: "stop after n packets",
    kind: integer(1, Number.MAX_SAFE_INTEGER),
    worker: true,
  },
  snaplen: {
    flags: "--snaplen <bytes>",
    help: "bytes kept of each packet, 0 for all",
    kind: integer(0, MAX_SNAPLEN),
    default: "0",
    worker: true,
  },
  bufferSize: {
    flags: "--buffer-size <MiB>",
    help: "the kernel's buffer for packets",
    kind: mebibytes(1, MAX_BUFFER),
    default: "32",
    worker: true,
  },
  promiscuous: {
    flags: "--no-promiscuous",
    help: "only packets to and from this machine",
    kind: FLAG,
    worker: true,
  },
  keyLogs: {
    flags: "--keylog <file...>",
    help: "decrypt TLS with the secrets in these key logs",
    kind: TEXTS,
    worker: true,
  },
  memory: {
    flags: "--memory <MiB>",
    help: "the most memory that traffic may take (1024)",
    kind: mebibytes(MIN_MEMORY, MAX_MEMORY),
    worker: true,
  },
  workers: {
    flags: "--workers <n>",
    help: "share the work between n threads",
    kind: integer(1, MAX_WORKERS),
    default: "1",
  },
});

const HOSTS = group("Hosts", {
  ip: { flags: "--ip", help: "add the addresses of the servers", kind: FLAG },
  location: { flags: "--location", help: "add city and country of the servers", kind: FLAG },
  geoipDb: {
    flags: "--geoip-db <file.mmdb>",
    help: "a MaxMind-format database for --location",
    kind: FILE,
  },
  asnDb: {
    flags: "--asn-db <file.mmdb>",
    help: "show the servers' networks: who runs them",
    kind: FILE,
    worker: true,
  },
  asn: { flags: "--asn", help: "networks also as labels in /metrics", kind: FLAG },
  maxHosts: {
    flags: "--max-hosts <n>",
    help: "hosts kept one by one",
    kind: integer(1, 10_000_000),
    default: "1000",
    worker: true,
  },
  by: {
    flags: "--by <what>",
    help: "count by host, or by its domain",
    kind: choice("host", "domain"),
    default: "host",
    worker: true,
  },
  privateSuffixes: {
    flags: "--private-suffixes",
    help: "domains also below github.io and the like",
    kind: FLAG,
    worker: true,
  },
  dnsOnlyHosts: {
    flags: "--dns-only-hosts <bool>",
    help: "false: leave out DNS-only hosts",
    kind: SWITCH,
    default: "true",
    worker: true,
  },
  process: {
    flags: "--process [how]",
    help: "which program it is; =cmdline: its command line",
    kind: PROCESS,
  },
  maxPairs: {
    flags: "--max-pairs <n>",
    help: "pairs kept of hosts and programs",
    kind: integer(1, 1_000_000),
    default: "5000",
    worker: true,
  },
  routes: {
    flags: "--routes <n>",
    help: "count n routes a host, such as /users/:id",
    kind: integer(1, MAX_ROUTES),
    worker: true,
  },
  dnsNames: {
    flags: "--no-dns-names",
    help: "no names from DNS where a connection says none",
    kind: FLAG,
    worker: true,
  },
  clients: {
    flags: "--clients",
    help: "count who in the network talks to which host",
    kind: FLAG,
    worker: true,
  },
  exclude: {
    flags: "--exclude <pattern...>",
    help: "hosts that are not counted by name",
    kind: PATTERNS,
    worker: true,
  },
  privacy: {
    flags: "--privacy",
    help: "only main domains; no addresses, no targets",
    kind: FLAG,
    worker: true,
  },
});

const RESULTS = group("Results", {
  listen: {
    flags: "-l, --listen <[host:]port>",
    help: "serve /metrics here",
    kind: LISTEN_ADDRESS,
    default: "127.0.0.1:8000",
  },
  allowedHosts: {
    flags: "--allow-host <name...>",
    help: "names that /metrics may be asked by",
    kind: TEXTS,
  },
  webConfig: {
    flags: "--web-config <file>",
    help: "TLS and passwords for /metrics, as exporters do",
    kind: FILE,
  },
  page: { flags: "--no-page", help: "no page for people at / beside /metrics", kind: FLAG },
  metrics: {
    flags: "--metrics <name...>",
    help: "only these metrics or groups; -name: all but",
    kind: ITEMS,
  },
  events: {
    flags: "--events <file>",
    help: "events as JSON lines to a file, -, or nats://...",
    kind: EVENTS,
  },
  ...PUSH,
  targets: {
    flags: "--targets",
    help: "query strings of decrypted requests in events",
    kind: FLAG,
    worker: true,
  },
  buckets: {
    flags: "--buckets <list>",
    help: "bounds of histograms in seconds (or: coarse)",
    kind: BUCKETS,
    worker: true,
  },
  json: { flags: "--json", help: "print the final report as JSON", kind: FLAG },
});

const REPORT = group("Results", {
  series: {
    flags: "--series",
    help: "report what each setting would cost as series",
    kind: FLAG,
  },
});

const RIGHTS = group("Rights", {
  user: {
    flags: "-u, --user <name>",
    help: "become this user once the capture is open",
    kind: TEXT,
  },
  drop: { flags: "--no-drop", help: "keep all rights: root stays root", kind: FLAG },
});

const MESSAGES = group("Messages", {
  config: {
    flags: "--config <file>",
    help: "options in a file (/etc/webstat.yaml)",
    kind: FILE,
  },
  quiet: {
    flags: "-q, --quiet",
    help: "only errors, and no table after a live capture",
    kind: FLAG,
  },
  verbose: { flags: "-v, --verbose", help: "more messages", kind: FLAG },
  logFormat: {
    flags: "--log-format <format>",
    help: "messages as text or json",
    kind: choice("text", "json"),
    default: "text",
  },
  color: { flags: "--no-color", help: "no colours, as with NO_COLOR", kind: FLAG },
});

const EXPORT = group("Export", {
  exports: {
    flags: "--export <pattern...>",
    help: "export hosts that contain this, or match ~regex",
    kind: MATCHERS,
  },
  extract: {
    flags: "--extract <file>",
    help: "the file of exported hosts: .tsv, .csv or .json",
    kind: FILE,
  },
});

const SCREEN = group("Screen", {
  theme: {
    flags: "--theme <file>",
    help: "colours, such as a line chart: bold #88c0d0",
    kind: FILE,
  },
  keepView: {
    flags: "--no-state",
    help: "forget exported hosts, sorting and view at the end",
    kind: FLAG,
  },
});

export const SNIFF_OPTIONS = {
  ...CAPTURE,
  ...HOSTS,
  ...RESULTS,
  ...REPORT,
  ...RIGHTS,
  ...MESSAGES,
};

export const ANALYZE_OPTIONS = {
  ...CAPTURE,
  ...HOSTS,
  ...RESULTS,
  listen: { ...RESULTS.listen, default: "127.0.0.1:8001" },
  ...EXPORT,
  ...SCREEN,
  ...RIGHTS,
  ...MESSAGES,
};

const COMMAND = group("Command", {
  keyLog: {
    flags: "--no-keylog",
    help: "ask the command for no secrets: names only",
    kind: FLAG,
  },
  localhost: {
    flags: "--localhost",
    help: "let it reach this machine's 127.0.0.1, uncounted",
    kind: FLAG,
  },
});

const CHECK = group("Check", {
  allow: {
    flags: "--allow <pattern...>",
    help: "any other host fails: a host, or *.domain",
    kind: TEXTS,
  },
  allowFile: {
    flags: "--allow-file <file>",
    help: "the same, a line each; # begins a comment",
    kind: FILE,
  },
  deny: { flags: "--deny <pattern...>", help: "these hosts fail", kind: TEXTS },
  recordAllow: {
    flags: "--record-allow <file>",
    help: "write the hosts that were seen, for --allow-file",
    kind: FILE,
  },
});

const { ip, location, geoipDb, asnDb, asn, maxHosts } = HOSTS;
const { listen: { default: _, ...listen }, allowedHosts, webConfig, page, ...given } = RESULTS;
const { events, pushConfig, targets, buckets } = given;

export const RUN_OPTIONS = {
  ...COMMAND,
  ...CHECK,
  ...group("Results", {
    report: { flags: "--report <file>", help: "write the report here", kind: FILE },
    json: { flags: "--json <file>", help: "write all that was counted as JSON", kind: FILE },
  }),
  ...{ events, pushConfig, targets, buckets, listen, allowedHosts, webConfig, page },
  ...{ ip, location, geoipDb, asnDb, asn, maxHosts },
  memory: CAPTURE.memory,
  drop: RIGHTS.drop,
  ...MESSAGES,
};

export const INTERFACES_OPTIONS = group("Results", {
  json: { flags: "--json", help: "as JSON", kind: FLAG },
});

/** What the configuration file has for sniff and analyze alike; it cannot name another one. */
export const TOP_OPTIONS: OptionTable = withoutConfig({ ...SNIFF_OPTIONS, ...ANALYZE_OPTIONS });

/** The commands that have a section in the configuration file. */
export const CONFIGURED_COMMANDS = ["sniff", "analyze", "run"] as const;
export type ConfiguredCommand = typeof CONFIGURED_COMMANDS[number];

/** What such a section may have. */
export const COMMAND_OPTIONS: Readonly<Record<ConfiguredCommand, OptionTable>> = {
  sniff: withoutConfig(SNIFF_OPTIONS),
  analyze: withoutConfig(ANALYZE_OPTIONS),
  run: withoutConfig(RUN_OPTIONS),
};

function withoutConfig({ config: _, ...table }: OptionTable): OptionTable {
  return table;
}

export const CONFIG_OPTIONS = { config: MESSAGES.config };
