// What is left of root's rights while webstat captures, as the kernel tells it: of the compiled program,
// and of the same from source.

import assert from "node:assert/strict";
import { parseStatus, type ThreadStatus } from "../../src/privileges/thread_status.ts";
import { Lab, type Namespace } from "../lab/lab.ts";
import { type Daemon, until } from "../lab/process.ts";
import { Nginx } from "../lab/servers.ts";
import { curl, endToEnd, fetchIn, WEBSTAT } from "./webstat.ts";

const ROOT = decodeURIComponent(new URL("../..", import.meta.url).pathname);
/** CAP_NET_RAW */
const RAW = 1n << 13n;
const NOBODY = 65534;

async function threadsOf(pid: number): Promise<ThreadStatus[]> {
  const statuses: ThreadStatus[] = [];
  for await (const { name } of Deno.readDir(`/proc/${pid}/task`)) {
    const text = await Deno.readTextFile(`/proc/${pid}/task/${name}/status`);
    statuses.push(parseStatus(Number(name), text));
  }
  return statuses;
}

/** Every thread is of `user`, has no_new_privs and a filter, and only `openers` of them may open sockets. */
async function assertConfined(pid: number, user: number, openers: number): Promise<void> {
  const threads = await threadsOf(pid);
  assert.ok(threads.length > 3);
  for (const thread of threads) {
    assert.deepEqual(thread.users, Array(4).fill(user));
    assert.deepEqual(thread.furtherGroups, []);
    assert.ok(thread.noNewPrivileges && thread.isFiltered);
    assert.ok(thread.capabilities.every((bits) => (bits & ~RAW) === 0n));
  }
  const able = threads.filter(({ capabilities }) => capabilities[0] === RAW);
  assert.equal(able.length, openers);
}

const infoOf = (page: string) => /^webstat_privileges_info\{(.*)\} 1$/m.exec(page)?.[1];

endToEnd("every thread gives root away, and what needs it was done before", async (t) => {
  await using lab = await Lab.create();
  const { client } = lab;
  await Nginx.start(lab);
  // Nobody but root gets at the program, the database of places or the file of events.
  const secret = `${lab.directory}/secret`;
  await Deno.mkdir(secret, { mode: 0o700 });
  await Deno.copyFile(WEBSTAT, `${secret}/webstat`);
  const events = `${secret}/events.ndjson`;
  const listen = `${client.ipv4}:80`;
  const args = ["-i", client.interface, "-l", listen, "--location", "--events", events];

  for (const workers of [1, 2]) {
    await t.step(`${workers} workers`, async () => {
      const daemon = client.start([
        `${secret}/webstat`,
        "sniff",
        ...args,
        "--workers",
        `${workers}`,
      ]);
      await daemon.waitFor(/listening on/, 15_000);
      await curl(lab, `http://${lab.server.ipv4}/`);
      const page = await fetchIn(client, `http://${listen}/metrics`);
      await assertConfined(daemon.pid, NOBODY, workers);
      assert.equal(
        infoOf(page),
        'user="nobody",capabilities="cap_net_raw",no_new_privs="true",seccomp="true",' +
          `landlock="${/landlock="(\w+)"/.exec(page)?.[1]}"`,
      );
      assert.match(page, /^process_open_fds [1-9]/m);
      const { code, stdout, stderr } = await daemon.stop("SIGINT");
      assert.equal(code, 0, stderr);
      assert.match(stdout, new RegExp(`^${lab.server.ipv4} .*private`, "m"));
      assert.match(await Deno.readTextFile(events), /"kind":"http"/);
    });
  }
});

endToEnd(
  "who becomes of root: who called sudo, or who is named; --no-drop keeps all",
  async (t) => {
    await using lab = await Lab.create();
    const { client } = lab;
    const sniff = async (
      at: Namespace,
      more: readonly string[],
      env: Record<string, string> = {},
    ) => {
      const daemon = at.start(
        [WEBSTAT, "sniff", "-i", client.interface, "-l", "127.0.0.1:0", ...more],
        { env },
      );
      await daemon.waitFor(/listening on/, 15_000);
      return daemon;
    };
    const ended = async (daemon: Daemon) => assert.equal((await daemon.stop("SIGINT")).code, 0);

    await t.step("the caller of sudo", async () => {
      const daemon = await sniff(client, [], { SUDO_UID: "12345", SUDO_GID: "23456" });
      await assertConfined(daemon.pid, 12345, 1);
      for (const { groups } of await threadsOf(daemon.pid)) {
        assert.deepEqual(groups, Array(4).fill(23456));
      }
      await ended(daemon);
    });

    await t.step("--user", async () => {
      const daemon = await sniff(client, ["--user", "daemon"], {
        SUDO_UID: "12345",
        SUDO_GID: "1",
      });
      await assertConfined(daemon.pid, 1, 1);
      await ended(daemon);
    });

    await t.step("--no-drop", async () => {
      const daemon = await sniff(client, ["--no-drop"]);
      const [thread] = await threadsOf(daemon.pid);
      assert.deepEqual(thread!.users, [0, 0, 0, 0]);
      assert.ok(thread!.capabilities[0]! > RAW && !thread!.noNewPrivileges && !thread!.isFiltered);
      assert.match(daemon.stderr, /warning: --no-drop: root keeps all rights/);
      await ended(daemon);
    });

    await t.step("a user that is not there, or is root", async () => {
      for (const name of ["no-such-user", "root"]) {
        const { code, stderr } = await client.run(
          [WEBSTAT, "sniff", "-i", client.interface, "--user", name],
          { mayFail: true },
        );
        assert.equal(code, 2);
        assert.match(stderr, new RegExp(`^webstat: --user ${name}: .*\n$`));
      }
    });
  },
);

endToEnd(
  "a file of events that is rotated is opened again by the user that root became",
  async () => {
    await using lab = await Lab.create();
    const { client } = lab;
    await Nginx.start(lab);
    await Deno.chmod(lab.directory, 0o755);
    const folder = `${lab.directory}/logs`;
    await Deno.mkdir(folder);
    await Deno.chown(folder, 12345, 12345);
    const events = `${folder}/events.ndjson`;
    const daemon = client.start(
      [WEBSTAT, "sniff", "-i", client.interface, "-l", "127.0.0.1:0", "--events", events],
      { env: { SUDO_UID: "12345", SUDO_GID: "12345" } },
    );
    await daemon.waitFor(/listening on/, 15_000);
    const lines = async (file: string, count: number) => {
      await curl(lab, `http://${lab.server.ipv4}/`);
      await until(
        `${count} lines in ${file}`,
        async () => (await Deno.readTextFile(file)).split("\n").length === count + 1,
      );
      const { uid, mode } = await Deno.stat(file);
      assert.deepEqual([uid, mode! & 0o777], [12345, 0o600]);
    };
    await lines(events, 1);
    await Deno.rename(events, `${events}.1`);
    daemon.signal("SIGHUP");
    await daemon.waitFor(/files opened again/);
    await lines(events, 1);
    assert.equal((await Deno.readTextFile(`${events}.1`)).split("\n").length, 2);
    assert.equal((await daemon.stop("SIGINT")).code, 0);
  },
);

endToEnd("with the capabilities of setcap alone, they go as well", async () => {
  await using lab = await Lab.create();
  const { client } = lab;
  await Deno.chmod(lab.directory, 0o755);
  const copy = `${lab.directory}/webstat`;
  await Deno.copyFile(WEBSTAT, copy);
  await Deno.chmod(copy, 0o755);
  const caps = ["--inh-caps=+net_raw,+net_admin", "--ambient-caps=+net_raw,+net_admin"];
  const daemon = client.start([
    ...["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", ...caps],
    ...["env", "HOME=/nonexistent", copy, "sniff", "-i", client.interface, "-l", "127.0.0.1:0"],
  ]);
  await daemon.waitFor(/listening on/, 15_000);
  await assertConfined(daemon.pid, NOBODY, 1);
  assert.equal((await daemon.stop("SIGINT")).code, 0);
});

endToEnd("capture files that only root can read are opened before", async () => {
  await using lab = await Lab.create();
  const files: string[] = [];
  for (const name of ["http1-keepalive", "http1-bodies"]) {
    const file = `${lab.directory}/${name}.pcap`;
    await Deno.copyFile(`${ROOT}tests/fixtures/${name}.pcap`, file);
    await Deno.chmod(file, 0o600);
    files.push(file);
  }
  for (const workers of ["1", "2"]) {
    const args = ["sniff", "--json", "-v", "--workers", workers, "-r", ...files];
    const { stdout, stderr } = await lab.client.run([WEBSTAT, ...args]);
    assert.match(stderr, /privileges: user nobody, no capability, no_new_privs true, seccomp true/);
    assert.match(stdout, /"shop\.test"/);
  }
});

endToEnd("from source it is the same", async () => {
  await using lab = await Lab.create();
  const { client } = lab;
  const daemon = client.start([
    ...[Deno.execPath(), "run", "-A", `${ROOT}main.ts`, "sniff", "-i", client.interface],
    ...["-l", "127.0.0.1:0"],
  ]);
  const [, url] = await daemon.waitFor(/(http:\/\/[^\s/]+)/, 30_000);
  await assertConfined(daemon.pid, NOBODY, 1);
  assert.match(infoOf(await fetchIn(client, `${url}/metrics`)) ?? "", /user="nobody"/);
  assert.equal((await daemon.stop("SIGINT")).code, 0);
});
