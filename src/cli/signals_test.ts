import assert from "node:assert/strict";
import { run } from "./run.ts";
import { FakeBackend, FakeIo, liveScript, until } from "./testing.ts";

/** A live capture that is ready; `args` are more options. */
async function start(args = "-q", script = liveScript(), io = new FakeIo()) {
  const line = `sniff -i eth0 -l 127.0.0.1:0 -v ${args}`.replace("-v -q", "-q");
  const backend = new FakeBackend(script);
  const done = run(line.split(" "), io, backend);
  await until(() => backend.worker.commands.some(({ type }) => type === "begin"), "the capture");
  return { io, done };
}

Deno.test("a second SIGINT or SIGTERM ends at once, as SIGQUIT does", async () => {
  const hanging: typeof liveScript = () => (command, worker) => {
    if (command.type === "stop") return;
    liveScript()(command, worker);
  };
  const { io, done } = await start("-q", hanging());
  io.signal("SIGINT");
  assert.equal(io.exited, null);
  io.signal("SIGTERM");
  assert.equal(io.exited, 130);
  await done;

  const other = await start();
  other.io.signal("SIGQUIT");
  assert.equal(other.io.exited, 131);
  other.io.signal("SIGINT");
  await other.done;
});

Deno.test("SIGUSR1 writes a report to standard error, and the capture goes on", async () => {
  for (const [args, report] of [["-q", /^host +hits.*\na\.example/], ["--json", /^\{/m]] as const) {
    const { io, done } = await start(args);
    const before = io.err.length;
    io.signal("SIGUSR1");
    await until(() => io.err.length > before, "the report");
    assert.match(io.err.slice(before), report);
    assert.equal(io.out, "");
    io.signal("SIGINT");
    assert.equal(await done, 0);
  }
});

Deno.test("SIGHUP opens files again; if the terminal is gone, it ends the capture", async () => {
  const { io, done } = await start("-v");
  io.signal("SIGHUP");
  io.signal("SIGUSR2");
  await until(() => io.err.includes("files opened again"), "the message");
  io.terminalGone = true;
  io.signal("SIGHUP");
  io.signal("SIGHUP");
  assert.equal(await done, 0);
  assert.equal(io.exited, null);
  assert.match(io.out, /a\.example/);
});

Deno.test("where standard output is closed, only a report that is the only result is missed", async () => {
  const io = new FakeIo();
  io.isOutputClosed = true;
  io.outFailure = new Error("nothing may be written");
  const { done } = await start("-v", liveScript(), io);
  io.signal("SIGINT");
  assert.equal(await done, 0);
});
