// Opens what a capture needs: workers, columns, the file of events, the server.

import { isPipe } from "../../ffi/raw_file.ts";
import { keepFresh, type Refreshing } from "../geo/keep_fresh.ts";
import type { Network } from "../geo/network_facts.ts";
import { type ColumnContext, type Output, type View, viewOf } from "../hosts/columns.ts";
import type { AppendedFileOwner } from "../outputs/appended_file.ts";
import { EventFile } from "../outputs/event_file.ts";
import { memoryBudget } from "../memory_budget.ts";
import type { PushConfig } from "../push/push_config.ts";
import { isNatsUrl } from "../push/push_url.ts";
import type { TimeLeft } from "../push/time_left.ts";
import type { Pages } from "../server/routes.ts";
import type { MetricsServer } from "../server/server.ts";
import type { WebAccess } from "../server/web_access.ts";
import type { EventWriter, PipelineWorker } from "../pipeline/client.ts";
import type { PipelineOptions } from "../pipeline/pipeline_options.ts";
import type { CaptureBackend } from "./capture_backend.ts";
import { type SniffConfig, workerValues } from "./config.ts";
import { interfaceNames } from "./interface_names.ts";

/** Runs cleanups at the end of a command, the last one first. */
export interface Closing {
  atEnd(cleanup: () => void | Promise<void>): void;
}

/** Opens files again on SIGHUP. */
export interface Reopening {
  onReopen(reopen: () => void | Promise<void>): void;
}

/**
 * Starts the workers, which load their modules while the rest is opened. `isBusy`: whether this thread
 * shows hosts, or has other programs wait for it.
 */
export async function startWorkers(
  config: SniffConfig,
  capture: CaptureBackend,
  closing: Closing,
  isBusy: boolean,
): Promise<PipelineWorker[]> {
  const count = usefulWorkers(config);
  const workers = count > 1 || isBusy || isServing(config)
    ? Array.from({ length: count }, () => capture.startWorker())
    : [await capture.localWorker()];
  closing.atEnd(() => workers.forEach((worker) => worker.terminate()));
  return workers;
}

/** Whether this thread has more to do than to read files that are there as a whole. */
const isServing = ({ files, listen, pushConfig }: SniffConfig): boolean =>
  files.length === 0 || files.some(isPipe) || listen !== null || pushConfig !== null;

/** At most one worker for each file; only one if standard input is named twice. */
function usefulWorkers({ workers, files }: SniffConfig): number {
  if (files.length === 0) return workers;
  const inputs = files.filter((file) => file === "-").length;
  return inputs > 1 ? 1 : Math.min(workers, files.length);
}

/** `watch`: whether the hosts are shown live. */
export async function pipelineOptions(
  config: SniffConfig,
  capture: CaptureBackend,
  watch: boolean,
): Promise<PipelineOptions> {
  const { interfaces, files, events } = config;
  const isDefault = interfaces.length === 0 && files.length === 0;
  return {
    ...workerValues(config),
    memory: memoryBudget(config.memory),
    interfaces: isDefault
      ? [await capture.defaultInterface()]
      : await interfaceNames(interfaces, () => capture.listInterfaces()),
    events: events !== null,
    fresh: false,
    watch,
  };
}

/** The columns, with what they look up: --location, --asn-db. `warn` hears what cannot be read anew. */
export async function openView(
  config: SniffConfig,
  output: Output,
  session: Closing & Reopening,
  warn: (message: string) => void,
): Promise<View> {
  const { ip, asn } = config;
  const process = config.process !== null;
  const isServed = await openSelection(config);
  const place = await openPlace(config, session, warn);
  const network = await openNetwork(config.asnDb, session, warn);
  const context = { ip, process, place, ...(network === null ? {} : { network, asn }) };
  const view = viewOf(context, undefined, output, isServed);
  return config.legacyMetrics ? { ...view, legacyName: LEGACY_NAMES[output] } : view;
}

/** sniff had one of them, on port 8000, analyze the other one, on port 8001. */
const LEGACY_NAMES = {
  report: "url_access_count_total",
  terminal: "extracted_url_access_count_total",
} as const;

async function openPlace(
  { location, geoipDb }: SniffConfig,
  session: Closing & Reopening,
  warn: (message: string) => void,
): Promise<ColumnContext["place"]> {
  if (!location && geoipDb === null) return null;
  const { openPlaces } = await import("../geo/places.ts");
  const places = await openPlaces({ database: geoipDb });
  session.atEnd(() => places.close());
  if (geoipDb !== null) follow(places, session, warn);
  return location ? places.place : null;
}

async function openNetwork(
  asnDb: string | null,
  session: Closing & Reopening,
  warn: (message: string) => void,
): Promise<((ip: string) => Network) | null> {
  if (asnDb === null) return null;
  const { openNetworks } = await import("../geo/networks.ts");
  const networks = openNetworks(asnDb);
  follow(networks, session, warn);
  return networks.network;
}

/** Reads a database anew when it was replaced, and on SIGHUP. */
function follow(
  database: Refreshing,
  session: Closing & Reopening,
  warn: (message: string) => void,
): void {
  const fresh = keepFresh(database, warn);
  session.atEnd(fresh.stop);
  session.onReopen(fresh.refresh);
}

/** Which metrics are served; undefined: all. settings() has checked the names. */
async function openSelection(
  { metrics, by }: Pick<SniffConfig, "metrics" | "by">,
): Promise<View["isServed"] | undefined> {
  if (metrics.length === 0 && by === "host") return undefined;
  const { selection } = await import("../outputs/metric_groups.ts");
  return selection(metrics, by);
}

/** Where events go, if not to standard output. */
export interface EventSink {
  /** Events that were lost. */
  readonly dropped: number;
  /** Called with messages for the user. */
  warn: (message: string) => void;
  write(lines: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Settled when all is where it should be, or there is no time left. */
  finish?(left: TimeLeft): Promise<void>;
}

/** Opens the file or the server of --events; null without it, or for standard output. Throws UserError. */
export async function openEvents(
  { events, files }: SniffConfig,
  owner: AppendedFileOwner,
  config: PushConfig,
  session: Closing & Reopening,
): Promise<EventSink | null> {
  if (events === null || events === "-") return null;
  const mayDrop = files.length === 0;
  if (isNatsUrl(events)) {
    const { EventStream } = await import("../push/event_stream.ts");
    const stream = new EventStream(new URL(events), { config, mayDrop });
    session.atEnd(() => stream.close());
    stream.start();
    return stream;
  }
  const file = EventFile.open(events, { owner, mayDrop });
  session.atEnd(() => file.close());
  session.onReopen(() => file.reopen());
  return file;
}

/** `hear` gets all lines before `events` does, if there is such a file. */
export function heard(
  events: EventWriter | null,
  hear: ((lines: Uint8Array) => void) | undefined,
): EventWriter | null {
  if (hear === undefined) return events;
  return {
    write: async (lines) => {
      hear(lines);
      await events?.write(lines);
    },
  };
}

/** Starts the server of /metrics; null if none is wanted. Throws UserError. */
export async function openServer(
  config: SniffConfig,
  pages: Pages,
  session: Closing & Reopening,
  warn: (message: string) => void,
): Promise<MetricsServer | null> {
  const { listen: at, allowedHosts, webConfig } = config;
  if (at === null) return null;
  const { serve } = await import("../server/server.ts");
  const access = webConfig === null ? null : await openAccess(webConfig, warn);
  const server = serve({ at, allowedHosts, access }, pages);
  session.atEnd(() => server.close());
  session.onReopen(() => access?.reload());
  if (!isLoopback(at.hostname)) warnOfReaders(access, warn);
  return server;
}

async function openAccess(path: string, warn: (message: string) => void): Promise<WebAccess> {
  const { WebAccess } = await import("../server/web_access.ts");
  return await WebAccess.open(path, warn);
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" || /^127(?:\.\d+){3}$/.test(hostname);
}

function warnOfReaders(access: WebAccess | null, warn: (message: string) => void): void {
  if (access === null || !access.isGuarded) {
    warn(
      "Anyone who can reach this port can read /metrics: --web-config sets a password",
    );
  } else if (!access.hasTls) {
    warn("Passwords and metrics are sent unencrypted: --web-config sets up TLS");
  }
}
