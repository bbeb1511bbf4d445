// The options of servers that metrics and events are sent to.

import { FILE, HTTP_URL } from "./kinds.ts";

export const PUSH = {
  otlp: {
    flags: "--otlp <url>",
    help: "push metrics to this OpenTelemetry collector",
    kind: HTTP_URL,
  },
  remoteWrite: {
    flags: "--remote-write <url>",
    help: "push metrics to this Prometheus or its kin",
    kind: HTTP_URL,
  },
  pushConfig: {
    flags: "--push-config <file>",
    help: "interval, labels, passwords and TLS of servers",
    kind: FILE,
  },
} as const;
