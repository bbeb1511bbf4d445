import assert from "node:assert/strict";
import { FakeWorker, liveScript, smallSnapshot } from "../cli/testing.ts";
import { fieldsOf } from "../hosts/testing.ts";
import { exampleSnapshot } from "../outputs/example.ts";
import { type EventWriter, PipelineClient, type PipelineListener } from "./client.ts";
import { testOptions } from "./testing.ts";

const OPTIONS = testOptions();

function listener(heard: unknown[] = []): PipelineListener {
  return {
    ready: (interfaces) => void heard.push(["ready", ...interfaces]),
    progress: (done, packets) => heard.push(["progress", done, packets]),
    warning: (message) => heard.push(["warning", message]),
    eventsFailed: (error) => heard.push(["eventsFailed", (error as Error).message]),
  };
}

const tick = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("the worker gets the options, and its messages reach the listener", () => {
  const heard: unknown[] = [];
  const worker = new FakeWorker();
  new PipelineClient(OPTIONS, listener(heard), null, worker);
  assert.deepEqual(worker.commands, [{ type: "start", options: OPTIONS, team: null }]);
  worker.report({ type: "ready", interfaces: ["eth0"], openers: [] });
  worker.report({ type: "progress", done: 0.5, packets: 7 });
  worker.report({ type: "warning", message: "odd" });
  assert.deepEqual(heard, [["ready", "eth0"], ["progress", 0.5, 7], ["warning", "odd"]]);
});

Deno.test("requests at the same time share one snapshot; later ones get a new one", async () => {
  const worker = new FakeWorker(liveScript());
  const client = new PipelineClient(OPTIONS, listener(), null, worker);
  const [one, other] = await Promise.all([client.snapshot(1000), client.snapshot(1000)]);
  assert.equal(one, other);
  await client.snapshot(1000);
  assert.equal(worker.commands.filter(({ type }) => type === "snapshot").length, 2);
});

Deno.test("releasing memory keeps the last snapshot, which stays valid until packets come", async () => {
  const worker = new FakeWorker();
  const client = new PipelineClient(OPTIONS, listener(), null, worker);
  const first = client.snapshot(1000);
  worker.report({ type: "snapshot", id: 1, snapshot: smallSnapshot() });
  const before = (await first).hosts.map(fieldsOf);
  client.releaseMemory();
  assert.deepEqual(worker.commands.at(-1), { type: "release-memory" });
  const second = client.snapshot(1000);
  worker.report({ type: "snapshot", id: 2, snapshot: null });
  assert.deepEqual((await second).hosts.map(fieldsOf), before);
});

Deno.test("whoever has no patience gets the newest snapshot that is there, or waits for the first", async () => {
  const worker = new FakeWorker();
  const client = new PipelineClient(OPTIONS, listener(), null, worker);
  const first = client.snapshot(1000, 5);
  setTimeout(() => worker.report({ type: "snapshot", id: 1, snapshot: smallSnapshot() }), 20);
  const { time } = await first;
  assert.equal((await client.snapshot(1000, 5)).time, time, "the worker is too busy for a new one");
  const later = client.snapshot(1000, 500);
  worker.report({ type: "snapshot", id: 2, snapshot: { ...smallSnapshot(), time: time + 1 } });
  assert.equal((await later).time, time + 1);
});

Deno.test("a snapshot that comes too late is an error, but the next one can be requested", async () => {
  const worker = new FakeWorker();
  const client = new PipelineClient(OPTIONS, listener(), null, worker);
  await assert.rejects(client.snapshot(5), /did not answer in time/);
  const later = client.snapshot(1000);
  worker.report({ type: "snapshot", id: 1, snapshot: smallSnapshot() });
  assert.equal((await later).hosts.length, 1);
});

Deno.test("after the end every request gets the last snapshot, also those that wait", async () => {
  const worker = new FakeWorker();
  const client = new PipelineClient(OPTIONS, listener(), null, worker);
  const waiting = client.snapshot(1000);
  const snapshot = smallSnapshot();
  worker.report({ type: "ended", snapshot, failure: { message: "cut short", usage: false } });
  const ended = await client.ended;
  assert.equal(ended.failure?.message, "cut short");
  assert.equal((await waiting).hosts[0]?.name, snapshot.hosts[0]?.name);
  assert.equal(await client.snapshot(1000), await waiting);
  client.releaseMemory();
  assert.equal(await client.snapshot(1000), await waiting);
  assert.ok(worker.commands.every(({ type }) => type !== "release-memory"), "the worker is gone");
  assert.equal(worker.terminated, true);
});

Deno.test("events are written in order, one block at a time, and acknowledged to the worker", async () => {
  const worker = new FakeWorker();
  let written = "";
  let atOnce = 0;
  const writer: EventWriter = {
    async write(lines) {
      assert.equal(++atOnce, 1);
      await tick();
      written += new TextDecoder().decode(lines);
      atOnce--;
    },
  };
  const client = new PipelineClient(OPTIONS, listener(), writer, worker);
  for (const text of ["one\n", "three\n"]) {
    worker.report({ type: "events", lines: new TextEncoder().encode(text) });
  }
  worker.report({ type: "ended", snapshot: smallSnapshot(), failure: null });
  await client.ended;
  assert.equal(written, "one\nthree\n", "the end waits until the block is written");
  const told = worker.commands.filter(({ type }) => type === "written");
  assert.deepEqual(told, [{ type: "written", bytes: 4 }, { type: "written", bytes: 6 }]);
});

Deno.test("if events cannot be written the capture is stopped, and its result is kept", async () => {
  const heard: unknown[] = [];
  const worker = new FakeWorker();
  const writer = { write: () => Promise.reject(new Error("disk full")) };
  const client = new PipelineClient(OPTIONS, listener(heard), writer, worker);
  for (let i = 0; i < 3; i++) worker.report({ type: "events", lines: new Uint8Array(5) });
  await tick();
  assert.deepEqual(heard, [["eventsFailed", "disk full"]], "said once");
  assert.equal(worker.commands.filter(({ type }) => type === "stop").length, 1);
  assert.equal(worker.commands.filter(({ type }) => type === "written").length, 3);
  worker.report({ type: "ended", snapshot: smallSnapshot(), failure: null });
  assert.equal((await client.ended).snapshot?.hosts.length, 1);
});

Deno.test("after an internal error the worker is stopped, and its last snapshot is used", async () => {
  const worker = new FakeWorker(liveScript());
  const client = new PipelineClient(OPTIONS, listener(), null, worker);
  worker.report({ type: "crashed", message: "Uncaught Error: oh" });
  const { snapshot, failure } = await client.ended;
  assert.match(failure!.message, /\(Error: oh\)/);
  assert.equal(snapshot?.hosts.length, 1);
});

Deno.test("a crash of the worker ends the pipeline with the newest snapshot", async () => {
  const worker = new FakeWorker(liveScript());
  const client = new PipelineClient(OPTIONS, listener(), null, worker);
  await client.snapshot(1000);
  const event = new ErrorEvent("error", {
    message: "Uncaught (in promise) Error: oh",
    cancelable: true,
  });
  worker.onerror?.(event);
  assert.equal(event.defaultPrevented, true);
  const { snapshot, failure } = await client.ended;
  assert.match(failure!.message, /\(Error: oh\)/);
  assert.equal(snapshot?.hosts.length, 1);
});

Deno.test("a request that waits while the worker crashes is rejected with the reason", async () => {
  const worker = new FakeWorker();
  const client = new PipelineClient(OPTIONS, listener(), null, worker);
  const waiting = client.snapshot(1000);
  worker.onerror?.(new ErrorEvent("error", { message: "oh", cancelable: true }));
  await assert.rejects(waiting, /Internal error in the capture \(oh\)/);
});

Deno.test("abandoning does not wait, and keeps the failure of the worker", async () => {
  const worker = new FakeWorker();
  const writer = { write: () => new Promise<void>(() => {}) };
  const client = new PipelineClient(OPTIONS, listener(), writer, worker);
  worker.report({ type: "events", lines: new Uint8Array(5) });
  worker.report({
    type: "ended",
    snapshot: exampleSnapshot({ streamGaps: 3 }),
    failure: { message: "eth0 went down", usage: false },
  });
  client.abandon();
  const { snapshot, failure } = await client.ended;
  assert.equal(snapshot?.streamGaps, 3);
  assert.equal(failure?.message, "eth0 went down");
});
