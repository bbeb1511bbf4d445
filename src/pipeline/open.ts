// Starts a pipeline in as many workers as there are.

import {
  type EventWriter,
  PipelineClient,
  type PipelineListener,
  type PipelineWorker,
  type RunningPipeline,
} from "./client.ts";
import type { PipelineOptions } from "./pipeline_options.ts";

/** `workers`: at least one, which have nothing to do yet. What several need is loaded for several. */
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
