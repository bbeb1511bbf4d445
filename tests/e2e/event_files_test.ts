// The file of --events through a machine's life: full disks, renamed files, pipes, links, a sudden end.

import assert from "node:assert/strict";
import { lchownSync } from "node:fs";
import { Lab } from "../lab/lab.ts";
import { run, until } from "../lab/process.ts";
import { Nginx, startDnsmasq } from "../lab/servers.ts";
import {
  assertRefused,
  curl,
  endToEnd,
  fetchIn,
  type Sniffer,
  startSniff,
  WEBSTAT,
} from "./webstat.ts";

/** A lab with a web server, and a folder for events of which `size` bytes can be used. */
async function withLab(test: (lab: Lab, folder: string) => Promise<void>): Promise<void> {
  await using lab = await Lab.create();
  await Nginx.start(lab);
  await startDnsmasq(lab);
  await lab.useServersDns();
  const folder = await Deno.makeTempDir();
  await run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=1777", "tmpfs", folder]);
  try {
    await test(lab, folder);
  } finally {
    await run(["umount", "-l", folder]);
    await Deno.remove(folder);
  }
}

const sniff = (lab: Lab, events: string): Promise<Sniffer> =>
  startSniff(lab.client, ["-i", lab.client.interface, "-l", "127.0.0.1:0", "--events", events]);

async function dropped(lab: Lab, { url }: Sniffer): Promise<number> {
  const page = await fetchIn(lab.client, `${url}/metrics`);
  return Number(/^webstat_events_dropped_total (\d+)$/m.exec(page)![1]);
}

const lines = async (path: string): Promise<string[]> =>
  (await Deno.readTextFile(path)).split("\n").filter((line) => line !== "");

const asked = (lab: Lab, name: string) => curl(lab, `http://shop.test/${name}`);

const has = (path: string, text: string) => async () =>
  (await lines(path).catch(() => [])).some((line) => line.includes(text));

endToEnd(
  "events: a full disk loses lines, not the capture; then they are written again",
  async () => {
    await withLab(async (lab, folder) => {
      const path = `${folder}/events`;
      await Deno.writeFile(`${folder}/ballast`, new Uint8Array(60 << 10));
      const sniffer = await sniff(lab, path);
      for (let i = 0; i < 30; i++) await asked(lab, `page-${i}`);
      await until("lines are dropped", async () => await dropped(lab, sniffer) > 0);
      await Deno.remove(`${folder}/ballast`);
      await asked(lab, "page-after");
      await until("events are written again", has(path, "page-after"));
      const lost = await dropped(lab, sniffer);
      const { code, stderr } = await sniffer.daemon.stop("SIGINT");
      assert.equal(code, 0, stderr);
      assert.equal(stderr.match(/Events are dropped/g)?.length, 1, stderr);
      assert.match(stderr, /no space left on device/);
      const kinds = (await lines(path)).map((line) => (JSON.parse(line) as { kind: string }).kind);
      // Each curl is a question of DNS and a request.
      assert.equal(kinds.length + lost, 2 * 31);
    });
  },
);

endToEnd("events: SIGHUP goes on in a new file, and ends nothing", async () => {
  await withLab(async (lab, folder) => {
    const path = `${folder}/events`;
    const sniffer = await sniff(lab, path);
    await asked(lab, "one");
    await until("the first request", has(path, "/one"));
    await Deno.rename(path, `${path}.1`);
    sniffer.daemon.signal("SIGHUP");
    await until(
      "there is a new file",
      () => Deno.stat(path).then(({ isFile }) => isFile, () => false),
    );
    await asked(lab, "two");
    await until("the second request", has(path, "/two"));
    assert.equal(await has(`${path}.1`, "/two")(), false);
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    const { code, stderr } = await sniffer.daemon.stop("SIGTERM");
    assert.equal(code, 0, stderr);
  });
});

endToEnd("events: a pipe that nobody reads holds nothing up", async () => {
  await withLab(async (lab, folder) => {
    const path = `${folder}/pipe`;
    await run(["mkfifo", path]);
    const sniffer = await sniff(lab, path);
    // A pipe holds 64 KiB.
    await lab.client.run(["curl", "-s", "-o", "/dev/null", "http://shop.test/[1-400]"]);
    await until("lines are dropped", async () => await dropped(lab, sniffer) > 0);
    const { stdout } = await run(["head", "-n", "10", path]);
    assert.match(stdout, /^(\{"ts":.*\}\n){10}$/);
    const began = Date.now();
    const { code, stderr } = await sniffer.daemon.stop("SIGINT");
    assert.equal(code, 0, stderr);
    assert.ok(Date.now() - began < 2000);
  });
});

endToEnd("events: root follows no link that another user has put there", async () => {
  await withLab(async (_, folder) => {
    const target = await Deno.makeTempFile();
    await Deno.symlink(target, `${folder}/events`);
    lchownSync(`${folder}/events`, 65534, 65534);
    const command = [
      WEBSTAT,
      "sniff",
      "-i",
      "lo",
      "-l",
      "127.0.0.1:0",
      "--events",
      `${folder}/events`,
    ];
    const result = await run(command, { mayFail: true, env: { SUDO_UID: "", SUDO_GID: "" } });
    assertRefused(result, 1, /events is a link of another user/);
    assert.equal((await Deno.stat(target)).size, 0);
    await Deno.remove(target);
  });
});

endToEnd("events: a process that is killed leaves whole lines", async () => {
  await withLab(async (lab) => {
    const path = `${lab.directory}/events`;
    await using _load = lab.client.start([
      ...["sh", "-c", `while :; do curl -s -o /dev/null http://shop.test/[1-50]; done`],
    ]);
    for (let i = 0; i < 5; i++) {
      const { daemon } = await sniff(lab, path);
      await new Promise((resolve) => setTimeout(resolve, 300 + 100 * i));
      await daemon.stop("SIGKILL");
      const text = await Deno.readTextFile(path);
      assert.ok(text.length > 0 && text.endsWith("}\n"), JSON.stringify(text.slice(-200)));
      for (const line of await lines(path)) JSON.parse(line);
    }
  });
});
