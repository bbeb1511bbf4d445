// Starts a pipeline in one worker or several.

import {
  type EventWriter,
  PipelineClient,
  type PipelineListener,
  type PipelineWorker,
  type RunningPipeline,
} from "./client.ts";
import type { PipelineOptions } from "./pipeline_options.ts";

/** `workers`: at least one, new. The code for several is loaded only if there are several. */
export async function openPipeline(
  options: PipelineOptions,
  listener: PipelineListener,
  events: EventWriter | null,
  workers: readonly PipelineWorker[],
): Promise<RunningPipeline> {
  const [first] = workers;
  if (workers.length === 1) return new PipelineClient(options, listener, events, first!);
  const { PipelineGroup } = await import("./group.ts");
  return new PipelineGroup(options, listener, events, workers);
}
