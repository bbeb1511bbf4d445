// The options of what is told of hosts, and of how many are kept.

import { choice, FILE, FLAG, integer, PATTERNS, PROCESS, SWITCH } from "./kinds.ts";
import { group } from "./option_definition.ts";

/** Of a host: more would be of no use in a list, and many series. */
const MAX_ROUTES = 1000;

export const HOSTS = group("Hosts", {
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
