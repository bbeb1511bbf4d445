// What commands need of the capturing side. It is loaded when it is used: libpcap is not needed for
// --help, nor for reading files.

import type { NetInterface } from "../capture/interfaces.ts";
import { type PipelineWorker, startWorker } from "../pipeline/client.ts";

export interface Capture {
  /** All that can be captured from. Throws UserError. */
  listInterfaces(): Promise<NetInterface[]>;
  /** The interface to capture from where none is named. Throws UserError. */
  defaultInterface(): Promise<string>;
  /** Starts the worker that captures and counts. */
  startWorker(): PipelineWorker;
}

/** This machine's. */
export function systemCapture(): Capture {
  const interfaces = () => import("../capture/interfaces.ts");
  return {
    listInterfaces: async () => (await interfaces()).listInterfaces(),
    defaultInterface: async () => (await interfaces()).defaultInterface(),
    startWorker,
  };
}
