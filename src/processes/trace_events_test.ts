// deno-lint-ignore-file camelcase -- the kernel names the fields of events
import assert from "node:assert/strict";
import { parseFormat } from "./event_format.ts";
import { type RawEvent, readPage } from "./ring_page.ts";
import { Tasks } from "./tasks.ts";
import { eventOf, formatOf, pageOf } from "./testing.ts";
import { TraceEvents, TRACEPOINTS } from "./trace_events.ts";

type Name = keyof typeof TRACEPOINTS;
type Step = readonly [Name, Parameters<typeof eventOf>[2]];

const NAMES = Object.keys(TRACEPOINTS) as Name[];
const IPV4 = 2;
const IPV6 = 10;
const [LISTEN, SYN_SENT, ESTABLISHED, CLOSE] = [10, 2, 1, 7];

/** What is found in these events; process 1 is systemd, and nobody else is known before. */
function found(steps: readonly Step[], atOnce = steps.length): string[] {
  const told: string[] = [];
  const read = (thread: number) =>
    thread === 1 ? { pid: 1, name: "systemd", controlGroup: "/init.scope" } : null;
  const events = new TraceEvents(new Tasks(read), new Set([0]), {
    connected: (udp, local, remote, since, { pid, name, controlGroup }) =>
      told.push(
        `${udp ? "udp" : "tcp"} ${local.address}:${local.port} ${remote.address}:${remote.port} ` +
          `${since} ${pid} ${name} ${controlGroup}`,
      ),
    listens: (socket, local, { name }) =>
      told.push(`listen ${socket} ${local.address}:${local.port} ${name}`),
    closed: (socket) => told.push(`closed ${socket}`),
  });
  NAMES.forEach((name, i) => assert.ok(events.add(name, parseFormat(formatOf(name, i))!)));
  for (let i = 0; i < steps.length; i += atOnce) {
    const page = pageOf(
      1000 * i,
      steps.slice(i, i + atOnce).map(([name, values]) => ({
        delta: 1000,
        data: eventOf(name, NAMES.indexOf(name), values),
      })),
    );
    const raw: RawEvent[] = [];
    readPage(new DataView(page.buffer), raw);
    raw.forEach((event) => events.take(event));
  }
  return told;
}

const born = (parent: number, pid: number, clone_flags = 0): Step => [
  "birth",
  { common_pid: parent, pid, clone_flags },
];
const execs = (pid: number, filename: string, old_pid = pid): Step => [
  "exec",
  { pid, old_pid, filename },
];
const connects = (thread: number, skaddr: number): Step => [
  "state",
  { common_pid: thread, skaddr, oldstate: CLOSE, newstate: SYN_SENT },
];
/** In the context of whoever was interrupted. */
const connected = (skaddr: number, sport: number, newstate = ESTABLISHED): Step => ["state", {
  ...{ common_pid: 0, skaddr, oldstate: SYN_SENT, newstate, sport, dport: 443, family: IPV4 },
  ...{ saddr: [10, 0, 0, 1], daddr: [192, 0, 2, 9] },
}];

Deno.test("a child that executes a program, connects and is gone is told by name and process", () => {
  for (const atOnce of [1, 2, 9]) {
    assert.deepEqual(
      found(
        [born(1, 500), execs(500, "/usr/bin/curl"), connects(500, 0xabc), connected(0xabc, 50_000)],
        atOnce,
      ),
      ["tcp 10.0.0.1:50000 192.0.2.9:443 3000 500 curl /init.scope"],
    );
  }
});

Deno.test("a thread's connection is its process's", () => {
  const CLONE_THREAD = 0x10000;
  assert.deepEqual(
    found([
      born(1, 500),
      execs(500, "/opt/my node"),
      born(500, 501, CLONE_THREAD),
      connects(501, 7),
      connected(7, 50_000),
    ]),
    ["tcp 10.0.0.1:50000 192.0.2.9:443 4000 500 my node /init.scope"],
  );
});

Deno.test("a process's number that is used again is the new process's", () => {
  const told = found([
    born(1, 500),
    execs(500, "/usr/bin/curl"),
    connects(500, 1),
    connected(1, 50_000),
    born(1, 500),
    execs(500, "/usr/bin/wget"),
    connects(500, 1),
    connected(1, 50_001),
  ]);
  assert.deepEqual(told.map((line) => line.split(" ")[5]), ["curl", "wget"]);
});

Deno.test("a child is in the control group that it was put into before it executed a program", () => {
  const told = found([
    born(1, 500),
    ["attach", { pid: 500, dst_root: 3, dst_path: "/another/hierarchy" }],
    ["attach", { pid: 500, dst_root: 0, dst_path: "/system.slice/a.service" }],
    execs(500, "/usr/sbin/a"),
    born(500, 501),
    connects(501, 1),
    connected(1, 50_000),
  ]);
  assert.match(told[0]!, / 501 a \/system\.slice\/a\.service$/);
});

Deno.test("the events of two sockets do not mix, and a refused connection is told too", () => {
  const told = found([
    born(1, 500),
    execs(500, "/bin/one"),
    born(1, 600),
    execs(600, "/bin/two"),
    connects(500, 1),
    connects(600, 2),
    connected(2, 50_002, CLOSE),
    connected(1, 50_001),
    connected(3, 50_003),
  ]);
  assert.deepEqual(told.map((line) => line.split(" ")[5]), ["two", "one"]);
});

Deno.test("a thread executes a program: the process goes on by its own number", () => {
  const told = found([
    born(1, 500),
    execs(500, "/bin/one"),
    born(500, 501, 0x10000),
    execs(500, "/bin/two", 501),
    connects(500, 1),
    connected(1, 50_001),
  ]);
  assert.match(told[0]!, / 500 two /);
});

Deno.test("a program that executes itself by /proc keeps its name, as browsers do", () => {
  const told = found([
    born(1, 500),
    execs(500, "/usr/lib/chromium/chromium"),
    born(500, 501),
    execs(501, "/proc/self/exe"),
    connects(501, 1),
    connected(1, 50_001),
  ]);
  assert.match(told[0]!, / 501 chromium /);
});

Deno.test("listening sockets are told until they are closed", () => {
  assert.deepEqual(
    found([
      ["state", {
        ...{ common_pid: 1, skaddr: 9, oldstate: CLOSE, newstate: LISTEN, sport: 8080 },
        ...{ family: IPV6, saddr_v6: new Array(16).fill(0) },
      }],
      ["state", { skaddr: 9, oldstate: LISTEN, newstate: CLOSE, family: IPV6, sport: 8080 }],
    ]),
    ["listen 9 :8080 systemd", "closed 9"],
  );
});

Deno.test("datagrams are told by their sender, but not what an interrupt looks up", () => {
  const route = {
    common_pid: 1,
    src: [0, 0, 0, 0],
    dst: [192, 0, 2, 53],
    sport: 40_000,
    dport: 53,
  };
  const route6 = { ...route, src: new Array(16).fill(0), dst: [...new Array(15).fill(0), 1] };
  assert.deepEqual(
    found([["route", route], ["route", { ...route, common_flags: 0x10 }], ["route6", route6]]),
    [
      "udp :40000 192.0.2.53:53 1000 1 systemd /init.scope",
      "udp :40000 ::1:53 3000 1 systemd /init.scope",
    ],
  );
});

Deno.test("a kernel whose event lacks a field is refused", () => {
  const events = new TraceEvents(new Tasks(() => null), new Set(), {
    connected: () => {},
    listens: () => {},
    closed: () => {},
  });
  const text = formatOf("birth", 1);
  assert.equal(events.add("birth", parseFormat(text.replace("clone_flags", "flags"))!), false);
  assert.equal(parseFormat("no format at all"), null);
});
