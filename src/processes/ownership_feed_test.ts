import assert from "node:assert/strict";
import { OwnershipFeed } from "./ownership_feed.ts";
import type { OwnershipReport } from "./process_messages.ts";

/** A feed, and the side of the watch: what it is asked, and how it answers. */
function feedAndWatch() {
  const { port1, port2 } = new MessageChannel();
  const asked = new Int32Array(new SharedArrayBuffer(4));
  const feed = new OwnershipFeed({ port: port1, asked });
  const answer = (question: number, until: number) => {
    const report: OwnershipReport = { connections: [], listeners: [], lost: 0, question, until };
    port2.postMessage(report);
  };
  const questions = () => Atomics.load(asked, 0);
  const close = () => {
    feed.close();
    port2.close();
  };
  return { feed, answer, questions, [Symbol.dispose]: close };
}

const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

Deno.test("packets wait until all is told that happened before them, and not for what is told already", async () => {
  using watch = feedAndWatch();
  let isTold = false;
  const told = watch.feed.upTo(2000).then(() => isTold = true);
  assert.equal(watch.questions(), 1);
  watch.answer(0, 1999);
  await later(50);
  assert.equal(isTold, false, "it was told before the question");
  watch.answer(1, 2001);
  await told;
  await watch.feed.upTo(2001);
  assert.equal(watch.questions(), 1);
});

Deno.test("a watch that does not answer costs one wait", async () => {
  using watch = feedAndWatch();
  await watch.feed.upTo(1000);
  const before = performance.now();
  for (let time = 2000; time < 100_000; time += 1000) await watch.feed.upTo(time);
  assert.ok(performance.now() - before < 900);
  watch.answer(1, 100_000);
  await later(50);
  const told = watch.feed.upTo(200_000);
  assert.equal(watch.questions(), 2, "packets wait again");
  watch.answer(2, 200_000);
  await told;
});
