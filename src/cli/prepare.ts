// What commands that capture need before they begin: where packets come from, which columns there are,
// where events go.

import { type Output, type View, viewOf } from "../hosts/columns.ts";
import { EventFile } from "../outputs/event_file.ts";
import type { MetricsServer, Pages } from "../outputs/server.ts";
import type { EventWriter, PipelineWorker } from "../pipeline/client.ts";
import type { PipelineOptions } from "../pipeline/pipeline_options.ts";
import type { CaptureBackend } from "./capture_backend.ts";
import { type SniffConfig, workerValues } from "./config.ts";
import type { Io } from "./io.ts";

/** Takes what is to be done at the end, the last first. */
export interface Closing {
  atEnd(cleanup: () => void | Promise<void>): void;
}

/** Starts the workers: they load their modules while the rest is prepared. */
export function startWorkers(
  config: SniffConfig,
  capture: CaptureBackend,
  closing: Closing,
): PipelineWorker[] {
  const workers = Array.from({ length: usefulWorkers(config) }, () => capture.startWorker());
  closing.atEnd(() => workers.forEach((worker) => worker.terminate()));
  return workers;
}

/** A file is read by one worker; and standard input, named twice, by one after the other. */
function usefulWorkers({ workers, files }: SniffConfig): number {
  if (files.length === 0) return workers;
  const inputs = files.filter((file) => file === "-").length;
  return inputs > 1 ? 1 : Math.min(workers, files.length);
}

/** What the worker is to do. `watch`: whether the hosts are shown live. */
export async function pipelineOptions(
  config: SniffConfig,
  capture: CaptureBackend,
  watch: boolean,
): Promise<PipelineOptions> {
  const { interfaces, files, events } = config;
  const isDefault = interfaces.length === 0 && files.length === 0;
  return {
    ...workerValues(config),
    interfaces: isDefault ? [await capture.defaultInterface()] : interfaces,
    events: events !== null,
    watch,
  };
}

/** The columns, and the places of servers where they are asked for. */
export async function openView(
  config: SniffConfig,
  output: Output,
  closing: Closing,
): Promise<View> {
  const { ip, location, geoipDb } = config;
  if (!location && geoipDb === null) return viewOf({ ip, place: null }, undefined, output);
  const { openPlaces } = await import("../geo/places.ts");
  const places = await openPlaces({ database: geoipDb });
  closing.atEnd(() => places.close());
  const place = location ? places.place.bind(places) : null;
  return viewOf({ ip, place }, undefined, output);
}

/** Where events go; null where nobody wants any. */
export async function openEvents(
  path: string | null,
  io: Io,
  closing: Closing,
): Promise<EventWriter | null> {
  if (path === null) return null;
  if (path === "-") return io.stdout;
  const file = await EventFile.open(path);
  closing.atEnd(() => file.close());
  return file;
}

/** Calls `stop` when the user or the system asks to end. Whoever asks twice does not want to wait. */
export function stopOnSignals(io: Io, closing: Closing, stop: () => void): void {
  let heard = 0;
  const onSignal = () => {
    if (++heard > 1) io.exit(130);
    stop();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) closing.atEnd(io.onSignal(signal, onSignal));
}

/** Serves /metrics where it is asked for; null where it is not. */
export async function openServer(
  config: SniffConfig,
  pages: Pages,
  closing: Closing,
): Promise<MetricsServer | null> {
  if (config.listen === null) return null;
  const { serve } = await import("../outputs/server.ts");
  const server = serve(config.listen, pages);
  closing.atEnd(() => server.close());
  return server;
}
