// Starts what --process needs: a thread that tells the workers whose each connection is.

import type { PipelineWorker } from "../pipeline/client.ts";
import type { SniffConfig } from "./config.ts";
import type { Closing } from "./prepare.ts";

/**
 * To be called before the workers start. Returns what is to be awaited before rights are given away: it
 * is rejected with UserError. `warn` hears if connections cannot be traced, or no longer.
 */
export async function watchProcesses(
  { process: how, drop }: SniffConfig,
  workers: readonly PipelineWorker[],
  closing: Closing,
  warn: (message: string) => void,
): Promise<() => Promise<void>> {
  if (how === null) return () => Promise.resolve();
  const { startWatch } = await import("../processes/watch_thread.ts");
  const lines = workers.map((worker) => {
    const { port1, port2 } = new MessageChannel();
    const asked = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    worker.postMessage({ type: "processes", line: { port: port1, asked } }, [port1]);
    return { port: port2, asked };
  });
  const watch = startWatch(lines, how === "cmdline", warn);
  closing.atEnd(() => watch.close());
  // The capture may fail before anybody waits for it.
  watch.opened.catch(() => {});
  return async () => {
    const refusal = await watch.opened;
    if (refusal === null) return;
    const named = drop
      ? "that are open now are named; --no-drop names more"
      : "that last are named";
    warn(`--process: connections cannot be traced (${refusal}): only those ${named}`);
  };
}
