import assert from "node:assert/strict";
import { SharedPage } from "./shared_page.ts";

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

Deno.test("a page is made once for all who ask meanwhile, and anew for those after", async () => {
  let made = 0;
  const shared = new SharedPage(
    async () => {
      await pause(20);
      return Uint8Array.of(++made);
    },
    () => 1,
    0.5,
  );
  const pages = await Promise.all([shared.get("text"), shared.get("text"), shared.get("text")]);
  assert.deepEqual(pages.map(([byte]) => byte), [1, 1, 1]);
  assert.equal(pages[0], pages[2]);
  assert.equal((await shared.get("text"))[0], 2);
});

Deno.test("pages of several formats are made apart", async () => {
  const shared = new SharedPage(
    async (format: number) => {
      await pause(20);
      return Uint8Array.of(format);
    },
    () => 1,
    0.5,
  );
  const pages = await Promise.all([shared.get(1), shared.get(2), shared.get(1)]);
  assert.deepEqual(pages.map(([byte]) => byte), [1, 2, 1]);
});

Deno.test("a page that cannot be made is no page for anybody, and the next may be", async () => {
  let fails = true;
  const render = () => fails ? Promise.reject(new Error("no")) : Promise.resolve(Uint8Array.of(1));
  const shared = new SharedPage(render, () => 1, 0.5);
  await assert.rejects(Promise.all([shared.get("text"), shared.get("text")]), /no/);
  fails = false;
  assert.equal((await shared.get("text"))[0], 1);
});

Deno.test("who asks without end has half of the time", async () => {
  const now = performance.now;
  let time = now.call(performance);
  performance.now = () => time;
  try {
    const shared = new SharedPage(
      () => {
        time += 2000;
        return Promise.resolve(new Uint8Array(0));
      },
      () => 1,
      0.5,
    );
    const waits: number[] = [];
    const timeout = globalThis.setTimeout;
    globalThis.setTimeout = ((done: () => void, milliseconds: number) => {
      waits.push(milliseconds);
      time += milliseconds;
      return timeout(done, 0);
    }) as typeof setTimeout;
    try {
      for (let i = 0; i < 20; i++) await shared.get("text");
    } finally {
      globalThis.setTimeout = timeout;
    }
    const waited = waits.reduce((sum, each) => sum + each, 0);
    assert.ok(waited > 20_000 && waited < 40_000, `${waited} ms waited beside 40,000`);
  } finally {
    performance.now = now;
  }
});

Deno.test("many pages at once are made one after the other, and each is charged its own time", async () => {
  let [atOnce, most] = [0, 0];
  const shared = new SharedPage(
    async (_: number) => {
      most = Math.max(most, ++atOnce);
      await pause(5);
      atOnce--;
      return new Uint8Array(0);
    },
    () => 1,
    0.5,
  );
  const began = performance.now();
  await Promise.all(Array.from({ length: 100 }, (_, i) => shared.get(i)));
  await shared.get(0);
  assert.equal(most, 1);
  // Together they took less than may be made without a pause.
  assert.ok(performance.now() - began < 4000);
});

Deno.test("a crowd gathers for as long as the last page took", async () => {
  let clients = 1;
  const shared = new SharedPage(
    async () => {
      await pause(100);
      return new Uint8Array(0);
    },
    () => clients,
    0.5,
  );
  const timed = async () => {
    const began = performance.now();
    await shared.get("text");
    return performance.now() - began;
  };
  await shared.get("text");
  const alone = await timed();
  clients = 10;
  const inCrowd = await timed();
  assert.ok(alone < 180 && inCrowd >= 190, `${alone} and ${inCrowd} ms`);
});
