// The Debian package, from its making to its purge, in a system of its own.

import assert from "node:assert/strict";
import { WEBSTAT } from "../e2e/webstat.ts";
import { Lab, missingForLab } from "../lab/lab.ts";
import { run, until } from "../lab/process.ts";
import { Nginx } from "../lab/servers.ts";
import { type BootedSystem, System } from "./system.ts";

const ROOT = decodeURIComponent(new URL("../..", import.meta.url).pathname);
const CAPTURE = `${ROOT}tests/fixtures/http1-keepalive.pcap`;
const MINUTES = 60_000;

function missing(): string | null {
  const lacking = missingForLab(["debootstrap", "nsenter"]);
  if (lacking !== null) return lacking;
  try {
    const start = new Uint8Array(2);
    using file = Deno.openSync(WEBSTAT);
    file.readSync(start);
    return new TextDecoder().decode(start) === "#!" ? "./webstat is only a launcher" : null;
  } catch {
    return "needs ./webstat: deno task compile makes it";
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
      await serviceOf(t, system);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

async function lifeOf(t: Deno.TestContext, system: System, deb: string, newer: string) {
  // /tmp is emptied when a system boots.
  const put = (from: string, to: string) => Deno.copyFile(from, `${system.folder}/srv/${to}`);
  await put(deb, "webstat.deb");
  await put(newer, "newer.deb");
  await put(CAPTURE, "capture.pcap");
  const config = `${system.folder}/etc/webstat.yaml`;

  await t.step("installed, anybody can use it", async () => {
    await system.run(["dpkg", "-i", "/srv/webstat.deb"]);
    const { stdout } = await system.run(["webstat", "sniff", "-r", "/srv/capture.pcap"]);
    assert.match(stdout, /^shop\.test +\d+/m);
    const { stdout: id } = await system.run(["id", "-un", "webstat"]);
    assert.equal(id, "webstat\n");
    const { stdout: check } = await system.run(["webstat", "config", "check"]);
    assert.equal(check, "/etc/webstat.yaml is right\n");
    const unit = `${system.folder}/etc/systemd/system/multi-user.target.wants/webstat.service`;
    // Which of its two names it has, the release of the system decides.
    assert.match(await Deno.readLink(unit), /\/lib\/systemd\/system\/webstat\.service$/);
  });

  await t.step("upgraded, the configuration stays", async () => {
    await Deno.writeTextFile(config, "max-hosts: 7\n");
    await system.run(["dpkg", "-i", "/srv/newer.deb"]);
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

/** The same with systemd, if this machine lets it boot. */
async function serviceOf(t: Deno.TestContext, system: System) {
  await using lab = await Lab.create();
  await Nginx.start(lab);
  const shown = { "/opt/checkout": ROOT, "/usr/local/bin/deno": Deno.execPath() };
  await using booted = await system.boot(lab, shown);
  const why = booted === null ? " (systemd cannot boot in namespaces here)" : "";
  const step = (name: string, fn: (service: Service) => Promise<void>) =>
    t.step({
      name: `${name}${why}`,
      ignore: booted === null,
      fn: () => fn(new Service(booted!, system, lab)),
    });

  await step("under systemd the package starts a service that counts", async (service) => {
    await service.system.run(["dpkg", "-i", "/srv/webstat.deb"]);
    await service.counts();
    assert.deepEqual(await service.properties("User", "NRestarts"), ["webstat", "0"]);
  });

  await step("killed, it comes back", async (service) => {
    await service.system.run(["systemctl", "kill", "--signal=KILL", "webstat"]);
    await until(
      "it is started again",
      async () => (await service.properties("NRestarts")).join() === "1",
      { timeout: MINUTES },
    );
    await service.counts();
  });

  await step("for a wrong configuration it is not started again and again", async (service) => {
    await service.configure("max-host: 5\n");
    await service.system.run(["systemctl", "restart", "webstat"], true);
    await until(
      "it has failed",
      async () => (await service.properties("ActiveState")).join() === "failed",
      { timeout: MINUTES },
    );
    assert.deepEqual(await service.properties("ExecMainStatus"), ["2"]);
    assert.match(await service.journal(), /unknown key "max-host": did you mean max-hosts\?/);
  });

  await step("an upgrade keeps the configuration and starts it anew", async (service) => {
    await service.configure("max-hosts: 7\n");
    await service.system.run(["systemctl", "restart", "webstat"]);
    const before = await service.properties("MainPID");
    await service.system.run(["dpkg", "-i", "/srv/newer.deb"]);
    await service.counts();
    assert.notDeepEqual(await service.properties("MainPID"), before);
    const { stdout } = await service.system.run(["webstat", "config", "show"]);
    assert.match(stdout, /^max-hosts: 7 /m);
  });

  await step("it stops at once, and the journal has only messages", async (service) => {
    await service.system.run(["systemctl", "stop", "webstat"]);
    assert.deepEqual(await service.properties("Result", "ExecMainStatus"), ["success", "0"]);
    const journal = await service.journal();
    assert.match(journal, /listening on lan0, metrics at/);
    assert.doesNotMatch(journal, /shop\.test|warning/);
  });

  await step("purged, nothing stays of the service", async (service) => {
    await service.system.run(["systemctl", "start", "webstat"]);
    await service.system.run(["dpkg", "-P", "webstat"]);
    await service.isGone();
  });

  await step("scripts/install and scripts/uninstall, twice each", async (service) => {
    const folders = () => service.system.run(["find", "/usr/local", "/root"]);
    const before = await folders();
    for (const _ of ["first", "again"]) {
      await service.system.run(["/opt/checkout/scripts/install"]);
      await service.counts();
    }
    for (const _ of ["first", "again"]) {
      await service.system.run(["/opt/checkout/scripts/uninstall"]);
    }
    await service.isGone();
    assert.equal((await folders()).stdout, before.stdout);
  });
}

class Service {
  readonly system: BootedSystem;
  readonly #files: System;
  readonly #lab: Lab;

  constructor(system: BootedSystem, files: System, lab: Lab) {
    this.system = system;
    this.#files = files;
    this.#lab = lab;
  }

  /** Waits until it has counted a visit. */
  async counts(): Promise<void> {
    const { client, server } = this.#lab;
    const curl = (...args: string[]) => client.run(["curl", "-s", ...args], { mayFail: true });
    await until("it counts", async () => {
      await curl("-o", "/dev/null", "-H", "Host: shop.test", `http://${server.ipv4}/page.html`);
      const { stdout } = await curl("http://127.0.0.1:8000/metrics");
      return stdout.includes('webstat_hits_total{host="shop.test",source="http"}');
    }, { timeout: 2 * MINUTES, every: 250 });
  }

  async properties(...names: string[]): Promise<string[]> {
    const asked = names.map((name) => `--property=${name}`);
    const { stdout } = await this.system.run(["systemctl", "show", ...asked, "webstat"]);
    return names.map((name) => new RegExp(`^${name}=(.*)$`, "m").exec(stdout)?.[1] ?? "");
  }

  async journal(): Promise<string> {
    return (await this.system.run(["journalctl", "--identifier=webstat", "--output=cat"])).stdout;
  }

  async configure(text: string): Promise<void> {
    await Deno.writeTextFile(`${this.#files.folder}/etc/webstat.yaml`, text);
  }

  async isGone(): Promise<void> {
    assert.deepEqual(await this.properties("LoadState"), ["not-found"]);
    assert.deepEqual(await this.#files.files(), []);
    assert.notEqual((await this.system.run(["id", "webstat"], true)).code, 0);
  }
}
