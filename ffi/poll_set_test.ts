import assert from "node:assert/strict";
import { openLibrary } from "./library.ts";
import { PollSet } from "./poll_set.ts";

Deno.test({
  name: "PollSet reports which descriptors are ready, and waits for at most the given time",
  ignore: Deno.build.os !== "linux",
  fn: () => {
    // Linux's eventfd(initial, flags): readable where `initial` is above 0.
    const library = openLibrary(["libc.so.6"], {
      eventfd: { parameters: ["u32", "i32"], result: "i32" },
      close: { parameters: ["i32"], result: "i32" },
    });
    const silent = library.symbols.eventfd(0, 0);
    const ready = library.symbols.eventfd(1, 0);
    try {
      const both = new PollSet([silent, -1, ready]);
      assert.equal(both.look(), true);
      assert.deepEqual([0, 1, 2].map((i) => both.isReady(i)), [false, false, true]);
      assert.equal(both.wait(1000), true);

      const none = new PollSet([silent]);
      const began = performance.now();
      assert.equal(none.wait(30), false);
      assert(performance.now() - began >= 25);
    } finally {
      library.symbols.close(silent);
      library.symbols.close(ready);
      library.close();
    }
  },
});
