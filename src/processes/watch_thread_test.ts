import assert from "node:assert/strict";
import { startWatch } from "./watch_thread.ts";

/** A command that no thread can make sense of. */
const SENSELESS = { commandLines: false, lines: null };

Deno.test({
  name: "a thread that fails after its start is told of once",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const threads: Worker[] = [];
    const RealWorker = globalThis.Worker;
    globalThis.Worker = class extends RealWorker {
      constructor(...args: ConstructorParameters<typeof Worker>) {
        super(...args);
        threads.push(this);
      }
    };
    try {
      const heard: string[] = [];
      const failed = Promise.withResolvers<void>();
      const watch = startWatch([], false, (reason) => {
        heard.push(reason);
        failed.resolve();
      });
      await watch.opened;
      for (let times = 0; times < 2; times++) threads[0]!.postMessage(SENSELESS);
      await failed.promise;
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert.equal(heard.length, 1);
      assert.match(heard[0]!, /^--process failed \(.+\): please report it as a bug; what is conn/);
      watch.close();
    } finally {
      globalThis.Worker = RealWorker;
    }
  },
});
