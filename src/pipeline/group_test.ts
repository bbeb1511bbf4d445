import assert from "node:assert/strict";
import { FakeWorker, liveScript, until } from "../cli/testing.ts";
import { OTHER_HOST } from "../hosts/label_values.ts";
import type { HostSnapshot, Snapshot } from "../hosts/snapshot.ts";
import {
  exampleHost,
  exampleInspection,
  exampleRoute,
  exampleSnapshot,
  hitsBy,
} from "../outputs/example.ts";
import type { EventWriter, PipelineListener } from "./client.ts";
import { PipelineGroup } from "./group.ts";
import type { PipelineOptions } from "./pipeline_options.ts";
import { testOptions } from "./testing.ts";

const LIVE = testOptions();

const FILES: PipelineOptions = { ...LIVE, interfaces: [], files: ["a.pcap", "b.pcap"] };

/** Hosts with these numbers of hits. */
const counted = (hits: Record<string, number>, folded = 0): Snapshot =>
  exampleSnapshot({
    hosts: Object.entries(hits).map(([name, dns]) => exampleHost(name, { hits: hitsBy({ dns }) })),
    hostsKept: Object.keys(hits).filter((name) => name !== OTHER_HOST).length,
    hostsFolded: folded,
  });

const hitsOf = ({ hosts }: Snapshot): Record<string, number> =>
  Object.fromEntries(hosts.map(({ name, hits }) => [name, hits[3]!]));

/** A group of workers that send what the test tells them, or follow a script. */
function start(
  options: PipelineOptions,
  { workers = [new FakeWorker(), new FakeWorker()], writer = null as EventWriter | null } = {},
) {
  const heard: unknown[] = [];
  const listener: PipelineListener = {
    ready: (interfaces) => void heard.push(["ready", ...interfaces]),
    progress: (done, packets) => heard.push(["progress", done, packets]),
    warning: (message) => heard.push(["warning", message]),
    eventsFailed: (error) => heard.push(["eventsFailed", (error as Error).message]),
  };
  const group = new PipelineGroup(options, listener, writer, workers);
  const told = (i: number, type: string) =>
    workers[i]!.commands.filter((command) => command.type === type);
  return { group, workers, heard, told };
}

const end = (
  worker: FakeWorker,
  snapshot = exampleSnapshot(),
  failure: { message: string; usage: boolean } | null = null,
) => worker.report({ type: "ended", snapshot, failure });

const tick = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("it is ready when all workers are, and its progress is that of all", () => {
  const { workers: [one, other], heard } = start(LIVE);
  one!.report({ type: "ready", interfaces: ["eth0"], openers: [] });
  assert.deepEqual(heard, []);
  other!.report({ type: "ready", interfaces: ["eth0"], openers: [] });
  one!.report({ type: "progress", done: 0.25, packets: 7 });
  other!.report({ type: "progress", done: 0.5, packets: 3 });
  assert.deepEqual(heard, [["ready", "eth0"], ["progress", 0.25, 7], ["progress", 0.75, 10]]);
});

Deno.test("each worker gets a number and the same memory", () => {
  const { told } = start({ ...LIVE, count: 5 });
  const teams = [0, 1].map((i) => {
    const [command] = told(i, "start");
    assert.ok(command?.type === "start");
    return command.team!;
  });
  assert.deepEqual(teams.map(({ worker, workers }) => [worker, workers]), [[0, 2], [1, 2]]);
  assert.equal(teams[0]!.packetsLeft, teams[1]!.packetsLeft);
});

Deno.test("snapshots are added up, and stay the same object while nothing is new", async () => {
  const { group, workers, told } = start(LIVE);
  const [first, shared] = [group.snapshot(1000), group.snapshot(1000)];
  workers[0]!.report({ type: "snapshot", id: 1, snapshot: counted({ a: 1, b: 2 }) });
  workers[1]!.report({ type: "snapshot", id: 1, snapshot: counted({ b: 3 }) });
  assert.deepEqual(hitsOf(await first), { a: 1, b: 5 });
  assert.equal(await shared, await first);
  assert.equal(told(0, "snapshot").length, 1);
  const again = group.snapshot(1000);
  for (const worker of workers) worker.report({ type: "snapshot", id: 2, snapshot: null });
  assert.equal(await again, await first);
});

Deno.test("a request is rejected if one worker does not answer in time", async () => {
  const { group } = start(LIVE, { workers: [new FakeWorker(liveScript()), new FakeWorker()] });
  await assert.rejects(group.snapshot(20), /did not answer in time/);
});

Deno.test("a host is left out only if no worker has seen more of it than DNS", async () => {
  const { group, workers } = start({ ...LIVE, dnsOnlyHosts: false });
  const answer = group.snapshot(1000);
  const visited = exampleHost("b", { hits: hitsBy({ tls: 1 }) });
  workers[0]!.report({ type: "snapshot", id: 1, snapshot: counted({ a: 1, b: 2 }) });
  const { hosts, ...more } = counted({ a: 5, [OTHER_HOST]: 4 });
  const snapshot = { ...more, hosts: [...hosts, visited] };
  workers[1]!.report({ type: "snapshot", id: 1, snapshot });
  assert.deepEqual(hitsOf(await answer), { b: 2, [OTHER_HOST]: 4 });
});

Deno.test("routes above the limit are folded for good, in the workers too", async () => {
  const { group, workers, told } = start({ ...LIVE, routes: 2 });
  const host = (...routes: [string, number, string?][]) =>
    exampleHost("a.test", {
      routes: routes.map(([route, count, code = "200"]) => ({
        ...exampleRoute(route),
        codes: [{ code, count }],
      })),
    });
  const answer = group.snapshot(1000);
  [host(["/a", 9], ["/b", 2]), host(["/b", 3], ["/c", 4], ["/scan", 50, "404"])]
    .forEach((each, i) => {
      const snapshot = exampleSnapshot({ hosts: [each], hostsKept: 1 });
      workers[i]!.report({ type: "snapshot", id: 1, snapshot });
    });
  const [{ routes }] = (await answer).hosts as [HostSnapshot];
  const counts = routes.map(({ route, codes }) => [route, ...codes.map(({ count }) => count)]);
  assert.deepEqual(counts, [["/a", 9], ["/b", 5], ["other", 4, 50]]);
  const keys = new Set(["GET /scan", "GET /c"]);
  for (const i of [0, 1]) {
    const [command] = told(i, "fold-routes");
    assert.deepEqual(command, { type: "fold-routes", routes: new Map([["a.test", keys]]) });
  }
});

Deno.test("hosts above the limit are folded for good: ~other never shrinks", async () => {
  const { group, workers, told } = start({ ...FILES, maxHosts: 2 });
  const ask = async (...snapshots: (Snapshot | null)[]) => {
    const answer = group.snapshot(1000);
    snapshots.forEach((snapshot, i) => {
      if (snapshot !== null) workers[i]!.report({ type: "snapshot", id: 0, snapshot });
    });
    return await answer;
  };
  const first = await ask(counted({ a: 5, b: 1 }), counted({ c: 4, b: 1 }, 1));
  assert.deepEqual(hitsOf(first), { a: 5, c: 4, [OTHER_HOST]: 2 });
  assert.deepEqual([first.hostsKept, first.hostsFolded], [2, 2]);
  for (const i of [0, 1]) {
    const kept = new Set(["a", "c", OTHER_HOST]);
    assert.deepEqual(told(i, "fold"), [{ type: "fold", hosts: new Set("b"), kept }]);
  }
  // The workers have folded it too. It is seen again, now with more hits than c.
  const second = await ask(
    counted({ a: 5, [OTHER_HOST]: 1 }),
    counted({ c: 4, b: 8, [OTHER_HOST]: 1 }, 1),
  );
  assert.deepEqual(hitsOf(second), { a: 5, b: 8, [OTHER_HOST]: 6 });
  assert.equal(second.hostsFolded, 3);
  // The last snapshot of a worker that has ended is folded here.
  end(workers[1]!, counted({ d: 1, b: 8, [OTHER_HOST]: 5 }, 1));
  await tick();
  assert.equal((await ask(counted({ a: 5, [OTHER_HOST]: 1 }), null)).hostsFolded, 4);
  end(workers[0]!, counted({ a: 6, [OTHER_HOST]: 1 }));
  const { snapshot } = await group.ended;
  assert.deepEqual(hitsOf(snapshot!), { a: 6, b: 8, [OTHER_HOST]: 7 });
  assert.equal(snapshot!.hostsFolded, 4);
});

Deno.test("workers are told which hosts the others keep, when these change", async () => {
  const { group, workers, told } = start(LIVE);
  const ask = async (...snapshots: Snapshot[]) => {
    const answer = group.snapshot(1000);
    snapshots.forEach((snapshot, i) => workers[i]!.report({ type: "snapshot", id: 0, snapshot }));
    await answer;
  };
  await ask(counted({ a: 5 }), counted({ b: 1 }));
  await ask(counted({ a: 6 }), counted({ b: 2 }));
  await ask(counted({ a: 6, c: 1 }), counted({ b: 3 }));
  const expected = [new Set(["a", "b"]), new Set(["a", "c", "b"])]
    .map((kept) => ({ type: "fold", hosts: new Set(), kept }));
  for (const i of [0, 1]) assert.deepEqual(told(i, "fold"), expected);
});

Deno.test("files: a worker without files left ends, the others go on", async () => {
  const { group, workers, told } = start(FILES);
  workers[0]!.report({ type: "ready", interfaces: [], openers: [] });
  end(workers[0]!, counted({ a: 1 }));
  await tick();
  assert.equal(told(1, "stop").length, 0);
  const asked = group.snapshot(1000);
  workers[1]!.report({ type: "snapshot", id: 1, snapshot: counted({ b: 1 }) });
  assert.deepEqual(hitsOf(await asked), { a: 1, b: 1 });
  end(workers[1]!, counted({ b: 2 }));
  const { snapshot, failure } = await group.ended;
  assert.deepEqual([hitsOf(snapshot!), failure], [{ a: 1, b: 2 }, null]);
  assert.deepEqual(hitsOf(await group.snapshot(1)), { a: 1, b: 2 });
});

Deno.test("live: if one worker ends all do, as it has a share of every interface", async () => {
  const { workers, told } = start(LIVE);
  end(workers[0]!, counted({ a: 1 }), { message: "eth0 went down", usage: false });
  await tick();
  assert.equal(told(1, "stop").length, 1);
});

Deno.test("all workers share the limit of --count", async () => {
  const { workers, told } = start({ ...FILES, count: 3 });
  const [command] = told(0, "start");
  assert.ok(command?.type === "start");
  end(workers[0]!);
  await tick();
  assert.equal(told(1, "stop").length, 0);
  const more = start({ ...FILES, count: 3 });
  const [begun] = more.told(0, "start");
  assert.ok(begun?.type === "start");
  Atomics.sub(begun.team!.packetsLeft!, 0, 3n);
  end(more.workers[0]!);
  await tick();
  assert.equal(
    more.told(1, "stop").length,
    1,
    "the other worker may be waiting for standard input",
  );
});

Deno.test("the same failure is reported once, those of files in their order", async () => {
  const { group, workers, heard } = start(FILES);
  const failures = [
    { message: "two", usage: false, problems: [{ file: 1, message: "b.pcap is empty" }] },
    { message: "one", usage: false, problems: [{ file: 0, message: "a.pcap is empty" }] },
  ];
  for (const worker of workers) worker.report({ type: "warning", message: "odd" });
  workers.forEach((worker, i) => end(worker, counted({ a: 1 }), failures[i]));
  const { snapshot, failure } = await group.ended;
  assert.equal(failure?.message, "a.pcap is empty; b.pcap is empty");
  assert.deepEqual(hitsOf(snapshot!), { a: 2 });
  assert.deepEqual(heard, [["warning", "odd"]]);

  const wrong = start(LIVE);
  for (const worker of wrong.workers) {
    end(worker, exampleSnapshot(), { message: "wrong filter", usage: true });
  }
  const ended = await wrong.group.ended;
  assert.deepEqual([ended.failure?.message, ended.failure?.usage], ["wrong filter", true]);
});

Deno.test("a failure is not reported as a warning as well", async () => {
  const { workers, heard } = start(LIVE);
  end(workers[0]!, exampleSnapshot(), { message: "eth0 went down", usage: false });
  await tick();
  workers[1]!.report({ type: "warning", message: "eth0 went down" });
  assert.deepEqual(heard, []);
});

Deno.test("a crash of one worker keeps what the others have counted", async () => {
  const { group, workers } = start(FILES);
  workers[0]!.onerror?.(new ErrorEvent("error", { message: "oh", cancelable: true }));
  await tick();
  const asked = group.snapshot(1000);
  workers[1]!.report({ type: "snapshot", id: 1, snapshot: counted({ b: 1 }) });
  assert.deepEqual(hitsOf(await asked), { b: 1 });
  end(workers[1]!, counted({ b: 2 }));
  const { snapshot, failure } = await group.ended;
  assert.match(failure!.message, /Internal error in the capture \(oh\)/);
  assert.deepEqual(hitsOf(snapshot!), { b: 2 });
});

Deno.test("if all workers crash there is no snapshot, only the reason", async () => {
  const { group, workers } = start(LIVE);
  for (const worker of workers) {
    worker.onerror?.(new ErrorEvent("error", { message: "oh", cancelable: true }));
  }
  const { snapshot, failure } = await group.ended;
  assert.equal(snapshot, null);
  assert.match(failure!.message, /\(oh\)/);
  await assert.rejects(group.snapshot(1), /\(oh\)/);
});

Deno.test("the blocks of all workers are written one after the other", async () => {
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
  const { group, workers } = start(LIVE, { writer });
  for (const text of ["one\n", "two\n"]) {
    for (const worker of workers) {
      worker.report({ type: "events", lines: new TextEncoder().encode(text) });
    }
  }
  for (const worker of workers) end(worker);
  await group.ended;
  assert.equal(written, "one\none\ntwo\ntwo\n", "the end waits until the block is written");
});

Deno.test("if events cannot be written it is reported once, and all workers stop", async () => {
  const writer = { write: () => Promise.reject(new Error("disk full")) };
  const { workers, heard, told } = start(LIVE, { writer });
  for (const worker of workers) worker.report({ type: "events", lines: new Uint8Array(5) });
  await until(() => told(1, "written").length > 0, "the second block");
  assert.deepEqual(heard, [["eventsFailed", "disk full"]]);
  for (const i of [0, 1]) assert.ok(told(i, "stop").length > 0);
});

Deno.test("stopping, resetting and abandoning reach all workers", async () => {
  const { group, workers, told } = start(LIVE);
  group.reset();
  group.stop();
  for (const i of [0, 1]) {
    assert.deepEqual([told(i, "reset").length, told(i, "stop").length], [1, 1]);
  }
  const asked = group.snapshot(1000);
  for (const worker of workers) {
    worker.report({ type: "snapshot", id: 1, snapshot: counted({ a: 1 }) });
  }
  await asked;
  group.abandon();
  assert.deepEqual(hitsOf((await group.ended).snapshot!), { a: 2 });
  assert.ok(workers.every(({ terminated }) => terminated));
});

Deno.test("a reset also drops the counts of workers that have ended", async () => {
  const { group, workers } = start({ ...FILES, watch: true });
  end(workers[0]!, counted({ a: 1 }));
  await tick();
  group.reset();
  end(workers[1]!, counted({ b: 2 }));
  assert.deepEqual(hitsOf((await group.ended).snapshot!), { b: 2 });
});

Deno.test("the histories of a host are merged; null if no worker knows it", async () => {
  const inspection = (host: string, time: number) =>
    exampleInspection(host, {
      transactions: [{ time, source: "dns", what: "A", result: "", bytes: null, seconds: null }],
    });
  const knowing = (known: string, time: number) =>
    new FakeWorker((command, worker) => {
      if (command.type !== "inspect") return;
      const { id, host } = command;
      const found = known.includes(host) ? inspection(host, time) : null;
      worker.report({ type: "inspection", id, inspection: found });
    });
  const workers = [knowing("a b", 2), knowing("a", 1)];
  const { group } = start({ ...LIVE, watch: true }, { workers });
  assert.deepEqual((await group.inspect("a"))!.transactions.map(({ time }) => time), [1, 2]);
  assert.equal((await group.inspect("b"))!.transactions.length, 1);
  assert.equal(await group.inspect("c"), null);
});
