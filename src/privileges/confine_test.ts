// What is given away cannot be had back, so each test does it in a process of its own.

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const IS_ROOT = Deno.build.os === "linux" && Deno.uid() === 0;
const HERE = new URL(".", import.meta.url);

/** Imports and helpers that the programs of the tests begin with. */
const PROGRAM = `
  import { confine } from "${new URL("confine.ts", HERE)}";
  import { threadStatuses } from "${new URL("thread_status.ts", HERE)}";
  import { ownThread } from "${new URL("../../ffi/threads.ts", HERE)}";
  import { RawFile } from "${new URL("../../ffi/raw_file.ts", HERE)}";
  import { openLibrary } from "${new URL("../../ffi/library.ts", HERE)}";
  const nobody = { name: "nobody", uid: 65534, gid: 65534, home: "", from: "option" };
  const plan = { user: nobody, openers: [], reach: { read: [], write: [] }, ports: [], signals: false };
  const given = (more = {}, warn = console.log) => confine({ ...plan, ...more }, warn);
  const attempt = (work) => { try { return work() ?? "done"; } catch (error) { return error.message; } };
  const c = openLibrary(["libc.so.6"], {
    socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
    setresuid: { parameters: ["u32", "u32", "u32"], result: "i32" },
    syscall: { parameters: ["isize", "usize", "usize", "usize"], result: "isize" },
  }).symbols;
  const tell = (value) => console.log("RESULT " + JSON.stringify(value, (_, each) =>
    typeof each === "bigint" ? Number(each) : each));
`;

/** What the program tells, run by Deno with all permissions. */
async function resultOf(body: string, before: readonly string[] = []): Promise<unknown> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.chmod(folder, 0o755);
    const file = `${folder}/program.js`;
    await Deno.writeTextFile(file, PROGRAM + body);
    const [command, ...args] = [...before, Deno.execPath(), "run", "-A", "--no-check", file];
    const env = { TEST_FOLDER: folder };
    // The checkout need not be open to others.
    const output = await new Deno.Command(command!, { args, env, cwd: folder }).output();
    const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) =>
      new TextDecoder().decode(bytes)
    );
    const result = /^RESULT (.*)$/m.exec(stdout!)?.[1];
    assert.ok(result !== undefined, `${stdout}${stderr}`);
    return JSON.parse(result);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function rootTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${name} (needs root)`, ignore: !IS_ROOT, fn });
}

/** Whether others than its owner may get at a file. */
function isOpenToOthers(path: string): boolean {
  const { mode } = Deno.statSync(path);
  if (mode !== null && (mode & 0o5) === 0) return false;
  return path === "/" || isOpenToOthers(dirname(path));
}

/** A test in which others than root run Deno with this checkout. */
function othersTest(name: string, fn: () => Promise<void>): void {
  const canRun = IS_ROOT && isOpenToOthers(fileURLToPath(HERE)) && isOpenToOthers(Deno.execPath());
  const needs = "needs root, and a checkout and a Deno that others may read";
  Deno.test({ name: `${name} (${needs})`, ignore: !canRun, fn });
}

rootTest("every thread becomes the user's, without a capability, for good", async () => {
  const result = await resultOf(`
    const worker = new Worker("data:text/javascript,setInterval(() => {}, 1000)", { type: "module" });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const privileges = given();
    const facts = threadStatuses().map(({ thread: _, ...facts }) => JSON.stringify(facts, (_, each) =>
      typeof each === "bigint" ? Number(each) : each));
    tell({
      user: privileges.user, capabilities: privileges.capabilities,
      threads: facts.length > 2, facts: [...new Set(facts)].map((each) => JSON.parse(each)),
      root: c.setresuid(0, 0, 0), packets: c.socket(17, 3, 0x0300),
    });
    Deno.exit();
  `);
  assert.deepEqual(result, {
    user: "nobody",
    capabilities: "",
    threads: true,
    facts: [{
      users: [65534, 65534, 65534, 65534],
      groups: [65534, 65534, 65534, 65534],
      furtherGroups: [],
      capabilities: [0, 0, 0, 0],
      noNewPrivileges: true,
      isFiltered: true,
    }],
    root: -1,
    packets: -1,
  });
});

rootTest("a thread that opens interfaces again keeps the right to, and nothing else", async () => {
  const result = await resultOf(`
    const source = \`
      import { ownThread } from "${new URL("../../ffi/threads.ts", HERE)}";
      import { openLibrary } from "${new URL("../../ffi/library.ts", HERE)}";
      const c = openLibrary(["libc.so.6"], {
        socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
        chroot: { parameters: ["buffer"], result: "i32" },
      }).symbols;
      self.onmessage = () => self.postMessage([c.socket(17, 3, 0x0300) >= 0,
        c.chroot(new TextEncoder().encode("/\\0"))]);
      self.postMessage(ownThread());
    \`;
    Deno.writeTextFileSync(Deno.env.get("TEST_FOLDER") + "/worker.js", source);
    const worker = new Worker("file://" + Deno.env.get("TEST_FOLDER") + "/worker.js", { type: "module" });
    const answer = () => new Promise((resolve) => worker.onmessage = ({ data }) => resolve(data));
    const opener = await answer();
    const { capabilities } = given({ openers: [opener] });
    worker.postMessage(0);
    tell({ capabilities, worker: await answer(), here: c.socket(17, 3, 0x0300),
      others: threadStatuses().filter(({ thread, capabilities }) =>
        thread !== opener && capabilities.some((bits) => bits !== 0n)).length });
    Deno.exit();
  `);
  assert.deepEqual(result, {
    capabilities: "cap_net_raw",
    worker: [true, -1],
    here: -1,
    others: 0,
  });
});

rootTest("programs, other processes, namespaces and terminals are out of reach", async () => {
  // x86_64 and aarch64.
  const numbers = (x64: number, arm64: number) => Deno.build.arch === "aarch64" ? arm64 : x64;
  const result = await resultOf(`
    given();
    tell({
      run: attempt(() => new Deno.Command("/bin/true").outputSync()),
      unshare: Number(c.syscall(${numbers(272, 97)}n, 0n, 0n, 0n)),
      bpf: Number(c.syscall(${numbers(321, 280)}n, 0n, 0n, 0n)),
      ptrace: Number(c.syscall(${numbers(101, 117)}n, 0n, 0n, 0n)),
      tiocsti: Number(c.syscall(${numbers(16, 29)}n, 0n, 0x5412n, 0n)),
      newUserNamespace: Number(c.syscall(${numbers(56, 220)}n, 0x10000000n, 0n, 0n)),
    });
    // What is not refused: new threads.
    new Worker("data:text/javascript,self.postMessage(1)", { type: "module" })
      .onmessage = () => Deno.exit();
  `) as Record<string, unknown>;
  assert.match(String(result.run), /not permitted/);
  for (const call of ["unshare", "bpf", "ptrace", "tiocsti", "newUserNamespace"]) {
    assert.equal(result[call], -1, call);
  }
});

rootTest("files are opened where it was said, and nowhere else", async () => {
  const result = await resultOf(`
    const folder = Deno.env.get("TEST_FOLDER");
    for (const name of ["events", "secret", "read"]) {
      Deno.mkdirSync(folder + "/" + name);
      Deno.writeTextFileSync(folder + "/" + name + "/file", "x");
      Deno.chownSync(folder + "/" + name, 65534, 65534);
      Deno.chownSync(folder + "/" + name + "/file", 65534, 65534);
    }
    const events = folder + "/events/file", read = folder + "/read/file";
    const open = Deno.openSync(folder + "/secret/file");
    const { landlock } = given({ reach: { read: [read], write: [events] } });
    tell({
      landlock,
      again: attempt(() => { Deno.renameSync(events, events + ".1"); Deno.writeTextFileSync(events, "y"); }),
      read: attempt(() => Deno.readTextFileSync(read)),
      written: attempt(() => Deno.writeTextFileSync(read, "z")),
      secret: attempt(() => Deno.readTextFileSync(folder + "/secret/file")),
      inTmp: attempt(() => Deno.writeTextFileSync(folder + "/new", "z")),
      open: open.readSync(new Uint8Array(9)),
      system: attempt(() => Deno.readTextFileSync("/etc/passwd").length > 0),
      connect: await Deno.connect({ hostname: "127.0.0.1", port: 9 }).catch((error) => error.message),
    });
    Deno.exit();
  `) as Record<string, unknown>;
  if (result.landlock === 0) return;
  assert.deepEqual(
    [result.again, result.read, result.open, result.system],
    ["done", "x", 1, true],
  );
  for (const call of ["written", "secret", "inTmp"]) {
    assert.match(String(result[call]), /Permission denied/, call);
  }
  if (Number(result.landlock) >= 4) assert.match(String(result.connect), /Permission denied/);
});

othersTest("a process that has only its capabilities gives them away, too", async () => {
  const setpriv = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
  const caps = ["--inh-caps=+net_raw,+net_admin", "--ambient-caps=+net_raw,+net_admin"];
  const result = await resultOf(
    `
    const before = c.socket(17, 3, 0x0300) >= 0;
    const { user, capabilities } = given({ user: null });
    tell({ before, user, capabilities, after: c.socket(17, 3, 0x0300) });
  `,
    [...setpriv, ...caps, "env", "HOME=/nonexistent", "DENO_DIR=/nonexistent"],
  );
  assert.deepEqual(result, { before: true, user: "nobody", capabilities: "", after: -1 });
});

rootTest("root without the right to change its user loses all else, and says so", async () => {
  const result = await resultOf(
    `
    const said = [];
    const { user, capabilities } = given({ user: { ...nobody, from: "usual" } }, (line) => said.push(line));
    const named = attempt(() => given());
    tell({ user, capabilities, said, named });
  `,
    ["setpriv", "--bounding-set=-setuid", "--inh-caps=-all"],
  ) as Record<string, unknown>;
  assert.equal(result.user, "root");
  assert.equal(result.capabilities, "");
  assert.match(String(result.said), /may not become nobody.*stays root/);
  assert.match(
    String(result.named),
    /cannot give privileges away: the system does not let it become/,
  );
});
