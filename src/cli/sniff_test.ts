import assert from "node:assert/strict";
import { busyHost, exampleSnapshot } from "../outputs/example.ts";
import type { WorkerCommand } from "../pipeline/messages.ts";
import { checkWorkers } from "./config.ts";
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
function start(line: string, script: Script, io = new FakeIo()) {
  const capture = new FakeBackend(script);
  const done = run(["sniff", ...line.split(" ")], io, capture);
  return { io, worker: capture.worker, workers: capture.workers, done };
}

/** The URL that the ready line names. */
async function metricsUrl(io: FakeIo): Promise<string> {
  await until(() => io.err.includes("/metrics"), "the ready line");
  return io.err.match(/http:\S+\/metrics/)![0];
}

Deno.test("a live capture prints a ready line, serves, and reports when it is stopped", async () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const { io, worker, done } = start("-i eth0 -l 127.0.0.1:0", liveScript());
    const url = await metricsUrl(io);
    assert.match(
      io.err,
      /^webstat \d+\.\d+\.\d+: listening on eth0, metrics at http:\/\/127\.0\.0\.1:[1-9]\d*\/metrics\n$/,
    );
    const page = await (await fetch(url)).text();
    assert.match(page, /^webstat_hits_total\{host="a.example",source="http"\} 3$/m);
    assert.match(page, /^process_cpu_seconds_total /m);
    const health = await fetch(url.replace("metrics", "healthz"));
    assert.equal(await health.text(), "ok\n");
    assert.equal(io.out, "");
    io.signal(signal);
    assert.equal(await done, 0);
    assert.match(io.out, /^host +hits/);
    assert.match(io.out, /^a\.example +4 /m);
    assert.equal(worker.terminated, true);
    await assert.rejects(fetch(url), "the server is still there");
  }
});

Deno.test("--metrics serves what it names, and refuses what there is not", async () => {
  const { io, done } = start("-i eth0 -l 127.0.0.1:0 --metrics -phases,-process", liveScript());
  const page = await (await fetch(await metricsUrl(io))).text();
  assert.match(page, /^webstat_hits_total\{/m);
  assert.doesNotMatch(page, /webstat_phase|\bprocess_/);
  io.signal("SIGINT");
  assert.equal(await done, 0);
  const wrong = start("-r a.pcap --metrics hits -hosts", fileScript());
  assert.equal(await wrong.done, 2);
  const other = start("-r a.pcap --metrics hits,-hosts", fileScript());
  assert.equal(await other.done, 2);
  assert.match(
    other.io.err,
    /^webstat: --metrics "hosts": give names of metrics or hits, [^\n]*\n$/,
  );
});

Deno.test("a warning, once, if /metrics has more series than most want", async () => {
  const hosts = Array.from({ length: 500 }, (_, i) => busyHost(`${i}.example`));
  const { io, done } = start(
    "-i eth0 -l 127.0.0.1:0",
    liveScript(exampleSnapshot({ hosts })),
  );
  const url = await metricsUrl(io);
  for (let i = 0; i < 2; i++) await (await fetch(url)).text();
  const warnings = io.err.match(/^.* \d{5} series, .*--series.*$/gm);
  assert.equal(warnings?.length, 1, io.err);
  io.signal("SIGINT");
  assert.equal(await done, 0);
});

Deno.test("--series reports what settings cost, and serves nothing", async () => {
  for (const line of ["-r a.pcap --series", "-i eth0 -d 50ms --series"]) {
    const script = line.startsWith("-r") ? fileScript() : liveScript();
    const { io, worker, done } = start(line, script);
    assert.equal(await done, 0, io.err);
    assert.match(io.out, /^setting +series +a host +a scrape +Prometheus\nas given, .*\n/);
    assert.match(io.out, /^--by domain --metrics -phases +\d+ /m);
    assert.match(io.out, /^--routes 10 +\d+ /m);
    assert.doesNotMatch(io.err, /metrics at/);
    const [begun] = worker.commands;
    assert.equal(begun?.type === "start" && begun.options.routes, 10);
  }
  const { io, done } = start("-r a.pcap --series --json", fileScript());
  assert.equal(await done, 2);
  assert.match(io.err, /^webstat: --series and --json exclude each other/);
});

Deno.test("-r reports and ends, without a server or a message", async () => {
  const { io, done } = start("-r a.pcap", fileScript());
  assert.equal(await done, 0);
  assert.equal(io.err, "");
  assert.match(io.out, /^a\.example +4 /m);
});

Deno.test("people get the page at /, and a page for each host; with --no-page only links", async () => {
  for (const option of ["", " --no-page"]) {
    const { io, done } = start(`-i eth0 -l 127.0.0.1:0${option}`, liveScript());
    const root = (await metricsUrl(io)).replace("metrics", "");
    const home = await (await fetch(root)).text();
    const host = await fetch(`${root}host/a.example`);
    const text = await host.text();
    if (option === "") {
      assert.match(home, /<a href="host\/a\.example">a\.example<\/a>/);
      assert.match(text, /<h1>a\.example<\/h1>/);
    } else {
      assert.doesNotMatch(home, /a\.example/);
      assert.match(home, /<a href="metrics">/);
      assert.equal(host.status, 404);
    }
    io.signal("SIGINT");
    assert.equal(await done, 0);
  }
});

Deno.test("-r with --listen reports and goes on serving what it has read", async () => {
  const { io, done } = start("-r a.pcap -l 127.0.0.1:0", fileScript());
  const url = await metricsUrl(io);
  assert.match(io.err, /reading a\.pcap, metrics at/);
  await until(() => io.out !== "", "the report");
  assert.match(await (await fetch(url)).text(), /host="a\.example"/);
  const health = await fetch(url.replace("metrics", "healthz"));
  assert.deepEqual([health.status, await health.text()], [200, "ok\n"]);
  io.signal("SIGINT");
  assert.equal(await done, 0);
});

Deno.test("a file that is cut short: the report, then the reason, exit status 1", async () => {
  const { io, done } = start("-r a.pcap", fileScript(smallSnapshot(), "a.pcap is cut short"));
  assert.equal(await done, 1);
  assert.match(io.out, /^a\.example +4 /m);
  assert.equal(io.err, "webstat: a.pcap is cut short\n");
});

Deno.test("if nothing could be captured there is no report, only the reason", async () => {
  const { io, done } = start(
    "-r a.pcap --json",
    fileScript(exampleSnapshot(), "a.pcap: no such file"),
  );
  assert.equal(await done, 1);
  assert.equal(io.out, "");
  assert.equal(io.err, "webstat: a.pcap: no such file\n");
});

Deno.test("a failure because of wrong usage has exit status 2", async () => {
  const { done } = start("-r a.pcap", (command, worker) => {
    if (command.type !== "start") return;
    const failure = { message: "syntax error in filter", usage: true };
    worker.report({ type: "ended", snapshot: exampleSnapshot(), failure });
  });
  assert.equal(await done, 2);
});

Deno.test("-q prints no messages, but --json still prints the report", async () => {
  const quiet = start("-i eth0 -l 0 -q -d 5ms", liveScript());
  assert.equal(await quiet.done, 0);
  assert.deepEqual([quiet.io.out, quiet.io.err], ["", ""]);
  const json = start("-i eth0 -l 0 -q -d 5ms --json", liveScript());
  assert.equal(await json.done, 0);
  const report = JSON.parse(json.io.out);
  assert.deepEqual(report.hosts.map((host: { host: string }) => host.host), ["a.example"]);
  assert.equal(json.io.err, "");
});

Deno.test("--json FILE writes the report there, beside the table", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/report.json`;
  for (const _ of ["a new file", "the report of before"]) {
    const { io, done } = start(`-r a.pcap --json ${path}`, fileScript(smallSnapshot()));
    assert.equal(await done, 0);
    assert.match(io.out, /^a\.example +4 /m);
    const report = JSON.parse(await Deno.readTextFile(path));
    assert.deepEqual(report.hosts.map((host: { host: string }) => host.host), ["a.example"]);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("--json - is standard output, and no file is replaced that is no report", async () => {
  const { io, done } = start("-r a.pcap --json -", fileScript(smallSnapshot()));
  assert.equal(await done, 0);
  assert.equal(JSON.parse(io.out).hosts.length, 1);
  const capture = await Deno.makeTempFile();
  await Deno.writeTextFile(capture, "a capture");
  const wrong = start(`-r a.pcap --json ${capture}`, fileScript(smallSnapshot()));
  assert.equal(await wrong.done, 2);
  assert.match(wrong.io.err, /^webstat: .* is no report and is left unchanged: .*--json\n$/);
  assert.equal(await Deno.readTextFile(capture), "a capture");
  await Deno.remove(capture);
});

Deno.test("messages can be JSON", async () => {
  const { io, done } = start("-i eth0 -l 127.0.0.1:0 -d 5ms --log-format json", liveScript());
  assert.equal(await done, 0);
  const message = JSON.parse(io.err);
  assert.equal(message.time, "2023-11-14T22:13:20.000Z");
  assert.equal(message.level, "info");
  assert.deepEqual(message.interfaces, ["eth0"]);
  assert.match(message.metrics, /^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
});

Deno.test("--duration stops a live capture", async () => {
  const { worker, done } = start("-i eth0 -l 0 -d 20ms", liveScript());
  const began = performance.now();
  assert.equal(await done, 0);
  assert.ok(performance.now() - began >= 15);
  assert.ok(worker.commands.some(({ type }) => type === "stop"));
});

Deno.test("sniff ends in time although the worker hangs", async () => {
  const deaf: Script = (command, worker) => {
    if (command.type !== "stop") liveScript()(command, worker);
  };
  const { io, done } = start("-i eth0 -l 127.0.0.1:0", deaf);
  await (await fetch(await metricsUrl(io))).text();
  io.signal("SIGTERM");
  assert.equal(await done, 0);
  assert.match(io.err, /warning: The capture did not end in time/);
  assert.match(io.out, /^a\.example +4 /m, "the last snapshot is reported");
});

Deno.test("a crash of the worker is reported in one line", async () => {
  const { io, done } = start("-i eth0 -l 0", (command, worker) => {
    if (command.type === "start") {
      worker.onerror?.(
        new ErrorEvent("error", { message: "Uncaught TypeError: oh", cancelable: true }),
      );
    }
  });
  assert.equal(await done, 1);
  assert.match(io.err, /^webstat: Internal error in the capture \(TypeError: oh\)[^\n]*\n$/);
});

Deno.test("a port in use is reported before the capture starts", async () => {
  const other = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => new Response());
  try {
    const { io, worker, done } = start(`-i eth0 -l ${other.addr.port}`, liveScript());
    assert.equal(await done, 1);
    assert.match(io.err, /^webstat: Port \d+ is in use: [^\n]*--listen\n$/);
    assert.deepEqual(worker.commands, []);
  } finally {
    await other.shutdown();
  }
});

Deno.test("a database that cannot be read is reported in one line", async () => {
  const { io, done } = start("-r a.pcap --location --geoip-db /no-such.mmdb", fileScript());
  assert.equal(await done, 1);
  assert.match(io.err, /^webstat: [^\n]*\/no-such\.mmdb[^\n]*\n$/);
  assert.equal(io.out, "");
});

const LINES = new TextEncoder().encode('{"kind":"http"}\n{"kind":"dns"}\n');

/** Sends events, and ends when they are written. */
const eventScript: Script = (command, worker) => {
  if (command.type === "start") worker.report({ type: "events", lines: LINES });
  if (command.type === "written") {
    worker.report({ type: "ended", snapshot: smallSnapshot(), failure: null });
  }
};

Deno.test("--events - writes nothing but events to standard output", async () => {
  const { io, worker, done } = start("-r a.pcap --events -", eventScript);
  assert.equal(await done, 0);
  assert.equal(io.out, '{"kind":"http"}\n{"kind":"dns"}\n');
  assert.deepEqual(worker.commands.at(-1), { type: "written", bytes: LINES.length });
});

Deno.test("--events appends to a file", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, '{"ts":1}\n');
    const { io, done } = start(`-r a.pcap --events ${path}`, eventScript);
    assert.equal(await done, 0);
    assert.equal(await Deno.readTextFile(path), '{"ts":1}\n{"kind":"http"}\n{"kind":"dns"}\n');
    assert.match(io.out, /^a\.example/m);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("a full disk is reported in one line, and the report is still printed", async () => {
  const { io, done } = start("-r a.pcap --events /dev/full", eventScript);
  assert.equal(await done, 1);
  assert.match(
    io.err,
    /^webstat: Cannot write events to \/dev\/full: no space left on device[^\n]*\n$/,
  );
  assert.match(io.out, /^a\.example/m);
});

Deno.test("a file of --events that cannot be made is reported before anything is read", async () => {
  const { io, worker, done } = start("-r a.pcap --events /dev/null/x", eventScript);
  assert.equal(await done, 1);
  assert.match(
    io.err,
    /^webstat: Cannot open \/dev\/null\/x for events: not a folder/,
  );
  assert.deepEqual(worker.commands, []);
});

Deno.test("it is no failure if the reader of standard output stops early", async () => {
  for (const line of ["-r a.pcap --events -", "-r a.pcap"]) {
    const io = new FakeIo();
    io.outFailure = new Deno.errors.BrokenPipe("Broken pipe (os error 32)");
    const { done } = start(line, eventScript, io);
    assert.equal(await done, 0, line);
    assert.equal(io.err, "", line);
  }
});

Deno.test("reading a large file shows the progress, only on a terminal", async () => {
  const path = await Deno.makeTempFile();
  const script: Script = (command, worker) => {
    if (command.type !== "start") return;
    worker.report({ type: "progress", done: 0.424, packets: 1_250_000 });
    worker.report({ type: "warning", message: "odd" });
    worker.report({ type: "ended", snapshot: smallSnapshot(), failure: null });
  };
  try {
    await Deno.truncate(path, 100_000_000);
    const io = new FakeIo();
    io.stderr.terminal = true;
    assert.equal(await start(`-r ${path}`, script, io).done, 0);
    const shown = "\r\x1b[Kreading: 42%, 1.3 M packets";
    const erased = "\r\x1b[K";
    assert.equal(io.err, `${shown}${erased}webstat: warning: odd\n${shown}${erased}`);
    const piped = start(`-r ${path}`, script);
    assert.equal(await piped.done, 0);
    assert.equal(piped.io.err, "webstat: warning: odd\n");
    await Deno.truncate(path, 99_999_999);
    io.err = "";
    assert.equal(await start(`-r ${path}`, script, io).done, 0);
    assert.equal(io.err, "webstat: warning: odd\n");
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("--workers: one report has the counts of all workers", async () => {
  const script: Script = (command, worker) => {
    if (command.type === "start") worker.report({ type: "warning", message: "odd" });
    liveScript()(command, worker);
  };
  const { io, workers, done } = start("-i eth0 -l 127.0.0.1:0 --workers 3", script);
  const page = await (await fetch(await metricsUrl(io))).text();
  assert.match(page, /^webstat_hits_total\{host="a.example",source="http"\} 9$/m);
  io.signal("SIGINT");
  assert.equal(await done, 0);
  assert.match(io.out, /^a\.example +12 /m);
  assert.equal(io.err.match(/warning: odd/g)?.length, 1);
  assert.equal(workers.length, 3);
  assert.ok(workers.every(({ terminated }) => terminated));
});

Deno.test("there are no more workers than files, and only one if standard input is named twice", async () => {
  const cases: [string, number][] = [
    ["-r a.pcap --workers 4", 1],
    ["-r a.pcap b.pcap c.pcap --workers 2", 2],
    ["-r a.pcap - --workers 4", 2],
    ["-r - a.pcap - --workers 4", 1],
    ["-r a.pcap b.pcap", 1],
  ];
  for (const [line, expected] of cases) {
    const { io, workers, done } = start(line, fileScript());
    assert.equal(await done, 0, line);
    assert.equal(workers.length, expected, line);
    assert.match(io.out, new RegExp(`^a\\.example +${4 * expected} `, "m"));
  }
  const io = new FakeIo({ WEBSTAT_WORKERS: "2" });
  const { workers, done } = start("-r a.pcap b.pcap", fileScript(), io);
  assert.equal(await done, 0);
  assert.equal(workers.length, 2);
});

Deno.test("several workers can share an interface only on Linux, but read files on every system", () => {
  assert.throws(
    () => checkWorkers("--workers", 2, [], "darwin"),
    { message: "--workers 2: only Linux can share an interface between workers", usage: true },
  );
  checkWorkers("--workers", 1, [], "darwin");
  checkWorkers("--workers", 2, ["a.pcap"], "darwin");
  checkWorkers("--workers", 2, [], "linux");
});
