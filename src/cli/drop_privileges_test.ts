// When privileges are given away: after everything is open, and before a packet is looked at.

import assert from "node:assert/strict";
import { UserError } from "../errors.ts";
import { run } from "./run.ts";
import { FakeBackend, FakeIo, liveScript, until } from "./testing.ts";

/** A sniff with these arguments that was asked to end as soon as it was ready, or failed before. */
async function sniff(args: string, io = new FakeIo()) {
  const order: string[] = [];
  const script = liveScript();
  const capture = new FakeBackend((command, worker) => {
    order.push(command.type);
    script(command, worker);
  });
  const confine = io.confine.bind(io);
  io.confine = (confinement) => {
    order.push("confine");
    return confine(confinement);
  };
  const done = run(
    ["sniff", ..."-i eth0 -l 127.0.0.1:0".split(" "), ...args.split(" ")],
    io,
    capture,
  );
  let hasEnded = false;
  done.then(() => hasEnded = true);
  await until(() => order.includes("begin") || hasEnded, "the begin or the end");
  const page = order.includes("begin") ? await metricsOf(io) : "";
  io.signal("SIGINT");
  return { io, order, page, status: await done };
}

async function metricsOf(io: FakeIo): Promise<string> {
  await until(() => io.err.includes("/metrics"), "the ready line");
  return await (await fetch(io.err.match(/http:\S+\/metrics/)![0])).text();
}

Deno.test("privileges go once all is open, before the first packet, and /metrics tells", async () => {
  const { io, order, page, status } = await sniff("--events /dev/null -v");
  assert.deepEqual(order.slice(0, 3), ["start", "confine", "begin"]);
  assert.equal(status, 0);
  assert.deepEqual(io.confinement?.openers, [4711]);
  assert.ok(io.confinement?.reach.write.includes("/dev/null"));
  assert.match(page, /^webstat_privileges_info\{user="nobody",.*seccomp="true",landlock="7"\} 1$/m);
  assert.match(io.err, /privileges: user nobody, no capability, no_new_privs true/);
});

Deno.test("if they cannot go, it stops without having looked at a packet", async () => {
  const io = new FakeIo();
  io.confineFailure = new UserError("cannot give privileges away");
  const { order, status } = await sniff("-q", io);
  assert.equal(status, 1);
  assert.ok(!order.includes("begin"));
  assert.match(io.err, /^webstat: cannot give privileges away$/m);
});

Deno.test("--no-drop keeps them, with a warning", async () => {
  const { io, order, page, status } = await sniff("--no-drop");
  assert.equal(status, 0);
  assert.ok(!order.includes("confine"));
  assert.match(io.err, /^webstat: warning: --no-drop: root keeps all rights/m);
  assert.match(page, /^webstat_privileges_info\{user="root",capabilities="cap_net_raw",/m);
});

Deno.test("a user that is not there is told before anything is opened", async () => {
  const { io, order, status } = await sniff("--user no-such-user");
  assert.equal(status, 2);
  assert.deepEqual(order, []);
  assert.match(io.err, /^webstat: --user no-such-user: /);
});
