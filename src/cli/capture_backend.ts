// What commands use of the capture: its interfaces and its worker. Modules are loaded on first use, as
// neither --help nor reading files needs libpcap.

import type { NetInterface } from "../capture/interfaces.ts";
import { type PipelineWorker, startWorker } from "../pipeline/client.ts";

export interface CaptureBackend {
  /** All interfaces. Throws UserError. */
  listInterfaces(): Promise<NetInterface[]>;
  /** The interface to use without -i. Throws UserError. */
  defaultInterface(): Promise<string>;
  /** Starts a worker that captures and counts. */
  startWorker(): PipelineWorker;
  /** The same in this thread. */
  localWorker(): Promise<PipelineWorker>;
}

/** This machine's. */
export function systemBackend(): CaptureBackend {
  const interfaces = () => import("../capture/interfaces.ts");
  return {
    listInterfaces: async () => (await interfaces()).listInterfaces(),
    defaultInterface: async () => (await interfaces()).defaultInterface(),
    startWorker,
    localWorker: async () => (await import("../pipeline/local_worker.ts")).localWorker(),
  };
}
