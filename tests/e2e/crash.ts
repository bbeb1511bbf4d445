// webstat with a fault in it, for analyze_test.ts: on SIGURG something is thrown that nobody
// catches, in the main thread or in the worker. CRASH_IN says where.

import { run } from "../../src/cli/run.ts";

/** A command that no worker can make sense of. */
const SENSELESS = { type: "start", options: null };

const workers: Worker[] = [];

globalThis.Worker = class extends Worker {
  constructor(...args: ConstructorParameters<typeof Worker>) {
    super(...args);
    workers.push(this);
  }
};

Deno.addSignalListener("SIGURG", () => {
  if (Deno.env.get("CRASH_IN") === "main") throw new Error("a fault in the main thread");
  for (const worker of workers) worker.postMessage(SENSELESS);
});

Deno.exit(await run(Deno.args));
