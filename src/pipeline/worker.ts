// The worker: captures, decodes and counts in its own thread, so that neither a scrape nor a slow
// terminal loses packets. Its messages are in messages.ts.

import { Capture } from "./capture_run.ts";
import type { WorkerCommand, WorkerReport } from "./messages.ts";

const scope = self as unknown as {
  onmessage: ((event: MessageEvent<WorkerCommand>) => void) | null;
  postMessage(report: WorkerReport, transfer?: Transferable[]): void;
};

/** Uncaught errors end the pipeline; by default the runtime prints a stack trace. */
self.addEventListener("error", (event) => {
  event.preventDefault();
  scope.postMessage({ type: "crashed", message: event.message });
});
self.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  scope.postMessage({ type: "crashed", message: String(event.reason) });
});

const capture = new Capture((report, transfer) => scope.postMessage(report, transfer));

scope.onmessage = ({ data: command }) => capture.handle(command);
