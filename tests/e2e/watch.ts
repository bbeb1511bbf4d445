// deno-lint-ignore-file camelcase -- the fields of events and reports
// What webstat saw while something happened: it watches from before until after, and then is asked.

import assert from "node:assert/strict";
import type { Namespace } from "../lab/lab.ts";
import { type Sniffer, startSniff } from "./webstat.ts";

/** A line of the events: each kind has some of the fields. */
export interface SeenEvent {
  readonly kind: "http" | "tls" | "quic" | "dns";
  readonly src: string;
  readonly sport: number;
  readonly dst: string;
  readonly dport: number;
  readonly host: string;
  readonly method: string;
  readonly target: string;
  readonly version: string | null;
  readonly status: number | null;
  readonly alpn: string | null;
  readonly quic_version: string;
  readonly request_bytes: number;
  readonly response_bytes: number;
}

export interface SeenHost {
  readonly host: string;
  readonly hits_by_source: Readonly<Record<SeenEvent["kind"], number>>;
  readonly phases: Readonly<
    Record<string, { readonly count: number; readonly sum: number } | null>
  >;
  readonly connections: { readonly tcp: number; readonly udp: number };
  readonly sent_bytes: number;
  readonly received_bytes: number;
}

interface Report {
  readonly hosts: readonly SeenHost[];
  readonly decode_errors: readonly unknown[];
  readonly interfaces: readonly { readonly dropped: { kernel: number; interface: number } }[];
}

export class Seen {
  readonly hosts: ReadonlyMap<string, SeenHost>;
  readonly events: readonly SeenEvent[];

  constructor(report: Report, events: readonly SeenEvent[]) {
    this.hosts = new Map(report.hosts.map((host) => [host.host, host]));
    this.events = events;
  }

  host(name: string): SeenHost {
    const host = this.hosts.get(name);
    assert.ok(host, `${name} is not among ${[...this.hosts.keys()].join(", ")}`);
    return host;
  }

  /** How often each host was hit, by "host source", where it was. */
  get hits(): Record<string, number> {
    const hits = [...this.hosts.values()].flatMap(({ host, hits_by_source }) =>
      Object.entries(hits_by_source).map(([source, count]) => [`${host} ${source}`, count] as const)
    );
    return Object.fromEntries(hits.filter(([, count]) => count > 0).sort());
  }

  of(kind: SeenEvent["kind"]): SeenEvent[] {
    return this.events.filter((event) => event.kind === kind);
  }

  /** Each exchange as "GET shop.test /page.html 1.1 200", sorted. */
  get exchanges(): string[] {
    return this.of("http").map(exchangeLine).sort();
  }
}

/** An exchange in one line: an event, or what a server's log has. */
export const exchangeLine = (
  { method, host, target, version, status }: Pick<
    SeenEvent,
    "method" | "host" | "target" | "version" | "status"
  >,
): string => `${method} ${host} ${target} ${version} ${status}`;

/**
 * What webstat, watching `interfaces` at `at`, saw of what `happen` did. All that was captured until
 * then counts; nothing of it may be lost or be broken.
 */
export async function watch(
  at: Namespace,
  interfaces: readonly string[],
  happen: (sniffer: Sniffer) => Promise<void>,
): Promise<Seen> {
  const file = await Deno.makeTempFile({ suffix: ".ndjson" });
  try {
    const options = ["-l", "127.0.0.1:0", "--json", "--events", file];
    const sniffer = await startSniff(at, ["-i", ...interfaces, ...options]);
    await happen(sniffer);
    const { code, stdout, stderr } = await sniffer.daemon.stop("SIGINT");
    assert.equal(code, 0, stderr);
    const report = JSON.parse(stdout) as Report;
    assert.deepEqual(report.decode_errors, []);
    const nothing = { kernel: 0, interface: 0 };
    assert.deepEqual(
      report.interfaces.map(({ dropped }) => dropped),
      interfaces.map(() => nothing),
    );
    const lines = (await Deno.readTextFile(file)).split("\n").filter(Boolean);
    return new Seen(report, lines.map((line) => JSON.parse(line) as SeenEvent));
  } finally {
    await Deno.remove(file);
  }
}
