// The options of where results go, and of what they have.

import { BUCKETS, EVENTS, FILE, FLAG, ITEMS, LISTEN_ADDRESS, REPORT, TEXTS } from "./kinds.ts";
import { group } from "./option_definition.ts";
import { PUSH } from "./push_options.ts";

export const RESULTS = group("Results", {
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
    help: "only these metrics; -name: all but; +name: also",
    kind: ITEMS,
  },
  legacyMetrics: {
    flags: "--legacy-metrics",
    help: "also the metrics of the old webstat",
    kind: FLAG,
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
  json: {
    flags: "--json [file]",
    help: "print the final report as JSON, or write it here",
    kind: REPORT,
  },
});
