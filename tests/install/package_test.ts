// The Debian package, from its making to its purge, in a system of its own.

import assert from "node:assert/strict";
import { WEBSTAT } from "../e2e/webstat.ts";
import { run } from "../lab/process.ts";

const ROOT = decodeURIComponent(new URL("../..", import.meta.url).pathname);
const CAPTURE = `${ROOT}tests/fixtures/http1-keepalive.pcap`;
/** What a minimal system has not, and the package needs. */
const DEPENDENCIES = "adduser,libpcap0.8";
const MINUTES = 60_000;

function missing(): string | null {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "needs root on Linux";
  try {
    const start = new Uint8Array(2);
    using file = Deno.openSync(WEBSTAT);
    file.readSync(start);
    return new TextDecoder().decode(start) === "#!" ? "./webstat is only a launcher" : null;
  } catch {
    return "needs ./webstat: deno task compile makes it";
  }
}

/** Where this system gets its packages from, and what it is called. */
async function archive(): Promise<readonly [codename: string, site: string]> {
  const { stdout } = await run(
    ["apt-get", "indextargets", "--format", "$(CODENAME) $(SITE)", "Created-By: Packages"],
  );
  const [codename = "", site = ""] = stdout.split("\n")[0]!.split(" ");
  return [codename, site];
}

/** A minimal system in a folder. */
class System implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<System> {
    const folder = await Deno.makeTempDir({ prefix: "webstat-system-" });
    const system = new System(folder);
    // It becomes the root folder, which everybody has to get through.
    await Deno.chmod(folder, 0o755);
    try {
      const [codename, site] = await archive();
      await run([
        ...["debootstrap", "--variant=minbase", `--include=${DEPENDENCIES}`],
        ...[codename, folder, site],
      ], { timeout: 10 * MINUTES });
      await run(["mount", "-t", "proc", "proc", `${folder}/proc`]);
      return system;
    } catch (error) {
      await system[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run(["umount", `${this.folder}/proc`], { mayFail: true });
    await Deno.remove(this.folder, { recursive: true });
  }

  async run(command: readonly string[], mayFail = false) {
    const environment = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "TERM=dumb"];
    return await run(["chroot", this.folder, ...environment, ...command], {
      mayFail,
      timeout: 2 * MINUTES,
    });
  }

  /** The paths of files whose name has "webstat" in it. */
  async files(): Promise<string[]> {
    const { stdout } = await run(
      ["find", this.folder, "-xdev", "-not", "-path", "*/tmp/*", "-name", "*webstat*"],
    );
    return stdout.split("\n").filter((line) => line !== "");
  }
}

/** The same package under a later version. */
async function later(deb: string, folder: string): Promise<string> {
  const tree = `${folder}/later`;
  await run(["dpkg-deb", "-R", deb, tree]);
  const control = await Deno.readTextFile(`${tree}/DEBIAN/control`);
  await Deno.writeTextFile(
    `${tree}/DEBIAN/control`,
    control.replace(/^Version: .*$/m, "Version: 999-1"),
  );
  const result = `${folder}/later.deb`;
  await run(["dpkg-deb", "--root-owner-group", "-Zzstd", "--build", tree, result]);
  return result;
}

/** lintian does not know zstd yet. */
async function lint(deb: string, folder: string): Promise<string[]> {
  const tree = `${folder}/lint`;
  await run(["dpkg-deb", "-R", deb, tree]);
  await run(
    ["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", tree, `${folder}/lint.deb`],
    { timeout: 2 * MINUTES },
  );
  const { stdout } = await run(["lintian", `${folder}/lint.deb`], {
    mayFail: true,
    timeout: 5 * MINUTES,
  });
  return stdout.split("\n").filter((line) => line.startsWith("E:"));
}

const why = missing();

Deno.test({
  name: `the Debian package: made, installed, upgraded, purged${why === null ? "" : ` (${why})`}`,
  ignore: why !== null,
  async fn(t) {
    const folder = await Deno.makeTempDir();
    try {
      const { stdout } = await run([`${ROOT}scripts/package`, "--output", folder], {
        timeout: 5 * MINUTES,
      });
      const deb = stdout.trim();
      await t.step("lintian finds no errors", async () => {
        assert.deepEqual(await lint(deb, folder), []);
      });
      await using system = await System.make();
      await lifeOf(t, system, deb, await later(deb, folder));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

async function lifeOf(t: Deno.TestContext, system: System, deb: string, newer: string) {
  const put = (from: string, to: string) => Deno.copyFile(from, `${system.folder}/tmp/${to}`);
  await put(deb, "webstat.deb");
  await put(newer, "newer.deb");
  await put(CAPTURE, "capture.pcap");
  const config = `${system.folder}/etc/webstat.yaml`;

  await t.step("installed, anybody can use it", async () => {
    await system.run(["dpkg", "-i", "/tmp/webstat.deb"]);
    const { stdout } = await system.run(["webstat", "sniff", "-r", "/tmp/capture.pcap"]);
    assert.match(stdout, /^shop\.test +\d+/m);
    const { stdout: id } = await system.run(["id", "-un", "webstat"]);
    assert.equal(id, "webstat\n");
    const { stdout: check } = await system.run(["webstat", "config", "check"]);
    assert.equal(check, "/etc/webstat.yaml is right\n");
    const unit = `${system.folder}/etc/systemd/system/multi-user.target.wants/webstat.service`;
    assert.equal(await Deno.readLink(unit), "/lib/systemd/system/webstat.service");
  });

  await t.step("upgraded, the configuration stays", async () => {
    await Deno.writeTextFile(config, "max-hosts: 7\n");
    await system.run(["dpkg", "-i", "/tmp/newer.deb"]);
    assert.equal(await Deno.readTextFile(config), "max-hosts: 7\n");
    const { stdout } = await system.run(["webstat", "config", "show"]);
    assert.match(stdout, /^max-hosts: 7 /m);
  });

  await t.step("removed, only the configuration stays", async () => {
    await system.run(["dpkg", "-r", "webstat"]);
    assert.equal((await system.run(["webstat", "--version"], true)).code, 127);
    assert.equal(await Deno.readTextFile(config), "max-hosts: 7\n");
  });

  await t.step("purged, nothing stays", async () => {
    await system.run(["dpkg", "-P", "webstat"]);
    assert.deepEqual(await system.files(), []);
    assert.notEqual((await system.run(["id", "webstat"], true)).code, 0);
  });
}
