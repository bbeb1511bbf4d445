// Commands that send metrics and events to servers: when, how long they wait for that, and what they
// leave to themselves when they give privileges away.

import assert from "node:assert/strict";
import { uncompress } from "snappyjs";
import type { WorkerCommand } from "../pipeline/messages.ts";
import { run } from "./run.ts";
import {
  FakeBackend,
  FakeIo,
  type FakeWorker,
  fileScript,
  liveScript,
  smallSnapshot,
  until,
} from "./testing.ts";

type Script = (command: WorkerCommand, worker: FakeWorker) => void;

/** A running sniff. */
function start(line: string, script: Script) {
  const io = new FakeIo();
  return { io, done: run(["sniff", ...line.split(" ")], io, new FakeBackend(script)) };
}

/** A server of remote write: what it got, as text of which only the labels can be read. */
async function withServer(
  test: (url: string, got: string[]) => Promise<void>,
  answer: () => Promise<Response> = () => Promise.resolve(new Response(null, { status: 204 })),
): Promise<void> {
  const got: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const body = new Uint8Array(await request.arrayBuffer());
    got.push(new TextDecoder().decode(uncompress(body)));
    return await answer();
  });
  try {
    await test(`http://127.0.0.1:${server.addr.port}`, got);
  } finally {
    await server.shutdown();
  }
}

/** A file of --push-config. */
async function withConfig(text: string, test: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, text);
    await test(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("a file is pushed once, when it is read", async () => {
  await withServer(async (url, got) => {
    const { io, done } = start(`-r a.pcap --remote-write ${url}`, fileScript());
    assert.equal(await done, 0);
    assert.equal(got.length, 1);
    assert.match(got[0]!, /webstat_hits_total.*a\.example/s);
    assert.equal(io.err, "");
  });
});

Deno.test("a live capture is pushed at each interval, and at the end", async () => {
  await withServer(async (url, got) => {
    await withConfig("interval: 1s\nlabels: { instance: web-1 }", async (path) => {
      const line = `-i eth0 -l 127.0.0.1:0 --remote-write ${url} --push-config ${path}`;
      const { io, done } = start(line, liveScript());
      await until(() => got.length >= 2, "two pushes");
      const before = got.length;
      io.signal("SIGINT");
      assert.equal(await done, 0);
      // The last numbers, then the end of all series.
      assert.ok(got.length >= before + 2);
      assert.ok(got.every((each) => each.includes("web-1")));
    });
  });
});

Deno.test("--metrics leaves out of a push what it leaves out of the page", async () => {
  await withServer(async (url, got) => {
    const { done } = start(`-r a.pcap --metrics hits --remote-write ${url}`, fileScript());
    assert.equal(await done, 0);
    assert.match(got[0]!, /webstat_hits_total/);
    assert.doesNotMatch(got[0]!, /webstat_host_bytes_total|process_cpu/);
  });
});

Deno.test("a server that never answers does not keep webstat from ending", async () => {
  const forever = Promise.withResolvers<Response>();
  await withServer(async (url, got) => {
    const { io, done } = start(`-i eth0 -l 127.0.0.1:0 --remote-write ${url}`, liveScript());
    await until(() => io.err.includes("listening on"), "the ready line");
    const began = performance.now();
    io.signal("SIGTERM");
    assert.equal(await done, 0);
    assert.ok(performance.now() - began < 8000);
    assert.equal(got.length, 1);
    forever.resolve(new Response());
  }, () => forever.promise);
});

Deno.test("what is sent to can be reached after privileges are given away, and nothing else", async () => {
  await withConfig("interval: 60m", async (path) => {
    const servers = "--otlp http://localhost --remote-write https://localhost:9 --push-config";
    const { io, done } = start(`-i eth0 -l 0 -d 5ms ${servers} ${path}`, liveScript());
    await done;
    assert.deepEqual(io.confinement!.ports, [53, 80, 9]);
  });
  const nats = start("-i eth0 -l 0 -d 5ms --events nats://127.0.0.1:9/a", liveScript());
  assert.equal(await nats.done, 0);
  assert.deepEqual(nats.io.confinement!.ports, [53, 9]);
  assert.deepEqual(nats.io.confinement!.reach.write, []);
  const none = start("-i eth0 -l 0 -d 5ms", liveScript());
  await none.done;
  assert.deepEqual(none.io.confinement!.ports, []);
});

Deno.test("events of a file that a server of NATS does not take are a failure", async () => {
  const lines = new TextEncoder().encode('{"kind":"http"}\n');
  const { io, done } = start(
    "-r a.pcap --events nats://127.0.0.1:9/a -d 10ms",
    (command, worker) => {
      if (command.type === "start") worker.report({ type: "events", lines });
      if (command.type !== "written" && command.type !== "stop") return;
      worker.report({ type: "ended", snapshot: smallSnapshot(), failure: null });
    },
  );
  const signal = setTimeout(() => io.signal("SIGINT"), 300);
  assert.equal(await done, 1);
  clearTimeout(signal);
  assert.match(
    io.err,
    /Cannot send events to nats:\/\/127\.0\.0\.1:9\/a: 1 were not taken in time/,
  );
});

Deno.test("wrong URLs and files are refused with one line, before anything is opened", async () => {
  const cases: [string, number, RegExp][] = [
    ["--otlp collector:4318", 2, /--otlp "collector:4318": give a URL/],
    ["--remote-write http://a:b@c", 2, /--remote-write "http:\/\/c": others could see/],
    ["--events nats://a.test", 2, /--events "nats:\/\/a\.test": give it a subject/],
    ["--push-config /no/such.yml", 1, /Cannot read \/no\/such\.yml: no such file/],
  ];
  for (const [options, status, message] of cases) {
    const { io, done } = start(`-r a.pcap ${options}`, fileScript());
    assert.equal(await done, status, options);
    assert.match(io.err, message);
    assert.equal(io.err.trim().split("\n").length, 1);
  }
});
