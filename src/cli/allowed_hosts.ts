// Whether a command may talk to a host, which is said as soon as it does.

import type { ContactKind } from "../outputs/contacts.ts";
import type { Log } from "./log.ts";
import type { RunConfig } from "./run_config.ts";

/** More are counted, but not named: a command could ask for any number of hosts. */
const MAX_NAMED = 1000;

/** What was seen of a host first. */
const WHAT: Readonly<Record<ContactKind, string>> = {
  dns: "DNS question",
  http: "HTTP request",
  tls: "TLS handshake",
  quic: "QUIC handshake",
};

export class AllowedHosts {
  /** Hosts that were talked to, but may not be. */
  refused = 0;
  readonly #config: RunConfig;
  readonly #log: Log;

  constructor(config: RunConfig, log: Log) {
    this.#config = config;
    this.#log = log;
  }

  check(host: string, kind: ContactKind): void {
    const fault = this.fault(host);
    if (fault === "" || ++this.refused > MAX_NAMED) return;
    this.#log.error(`${host} is ${fault} (${WHAT[kind]})`);
  }

  /** "denied" or "not allowed"; "" if it may be talked to. */
  fault(host: string): string {
    const { allowed, denied } = this.#config;
    if (denied.matches(host)) return "denied";
    return allowed === null || allowed.matches(host) ? "" : "not allowed";
  }
}
