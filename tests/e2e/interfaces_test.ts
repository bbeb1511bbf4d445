// Interfaces that come and go while webstat captures, without root's rights by then.

import assert from "node:assert/strict";
import { Lab, type Namespace } from "../lab/lab.ts";
import { type Daemon, run, until } from "../lab/process.ts";
import { Nginx } from "../lab/servers.ts";
import { endToEnd, fetchIn, startSniff } from "./webstat.ts";

/** A webstat under observation, and how to make it something to count. */
class Watched {
  readonly lab: Lab;
  readonly daemon: Daemon;
  readonly url: string;
  #requests = 0;

  constructor(lab: Lab, daemon: Daemon, url: string) {
    this.lab = lab;
    this.daemon = daemon;
    this.url = url;
  }

  static async start(lab: Lab, ...more: string[]): Promise<Watched> {
    const { client } = lab;
    const args = ["-i", client.interface, "-l", "127.0.0.1:0", ...more];
    const { daemon, url } = await startSniff(client, args);
    return new Watched(lab, daemon, url);
  }

  /** Makes some requests, and waits until all so far are counted. */
  async count(): Promise<void> {
    const { client, server } = this.lab;
    for (let i = 0; i < 5; i++) await request(client, server.ipv4);
    this.#requests += 5;
    await until(`${this.#requests} requests are counted`, async () => {
      const page = await fetchIn(client, `${this.url}/metrics`);
      const counts = page.matchAll(
        /^webstat_http_requests_total\{.*host="10\.77\.0\.2".*\} (\d+)$/gm,
      );
      const sum = [...counts].reduce((all, [, count]) => all + Number(count), 0);
      assert.ok(sum <= this.#requests, `${sum} are too many`);
      return sum === this.#requests;
    });
  }

  /** Waits until /healthz answers with this text and code, and /metrics agrees. */
  async isHealthy(expected: RegExp): Promise<void> {
    await until(`/healthz says ${expected}`, async () => {
      const args = ["-s", "-m", "5", "-w", " %{http_code}", `${this.url}/healthz`];
      return expected.test((await this.lab.client.run(["curl", ...args])).stdout);
    });
    const page = await fetchIn(this.lab.client, `${this.url}/metrics`);
    const up = /200/.test(expected.source) ? 1 : 0;
    const { interface: name } = this.lab.client;
    assert.match(page, new RegExp(`^webstat_capture_up\\{interface="${name}"\\} ${up}$`, "m"));
  }

  async end(): Promise<void> {
    const { code, stderr } = await this.daemon.stop("SIGINT");
    assert.equal(code, 0, stderr);
  }
}

async function request(client: Namespace, address: string): Promise<void> {
  await client.run(["curl", "-sS", "-m", "5", "-o", "/dev/null", `http://${address}/`]);
}

/** Lays the lab's cable again. */
async function connect({ client, server }: Lab): Promise<void> {
  const line = `link add ${client.interface} netns ${client.name} type veth peer name ` +
    `${server.interface} netns ${server.name}`;
  await run(["ip", ...line.split(" ")]);
  for (const side of [client, server]) {
    await side.configure(side.interface, [`${side.ipv4}/24`, `${side.ipv6}/64`]);
  }
}

for (const workers of ["1", "2"]) {
  endToEnd(`an interface that comes and goes: ${workers} workers`, async (t) => {
    await using lab = await Lab.create();
    await Nginx.start(lab);
    const { client } = lab;
    const name = client.interface;
    const webstat = await Watched.start(lab, "--workers", workers);
    await webstat.count();
    await webstat.isHealthy(/ok\s+200/);

    await t.step("down and up", async () => {
      await client.ip("link", "set", name, "down");
      await webstat.isHealthy(new RegExp(`${name}: the interface is down\\s+503`));
      await client.configure(name, [`${client.ipv6}/64`]);
      await webstat.count();
      await webstat.isHealthy(/ok\s+200/);
    });

    await t.step("removed and made again, twice", async () => {
      for (let round = 0; round < 2; round++) {
        await client.ip("link", "del", name);
        await webstat.isHealthy(new RegExp(`${name}: the interface was removed\\s+503`));
        await connect(lab);
        await webstat.isHealthy(/ok\s+200/);
        await webstat.count();
      }
    });

    await t.step("renamed, and another MTU", async () => {
      await client.ip("link", "set", name, "down");
      await client.ip("link", "set", name, "name", "other0");
      await client.configure("other0", [`${client.ipv6}/64`], 1300);
      await webstat.count();
      await webstat.isHealthy(/ok\s+200/);
    });

    const { stderr } = webstat.daemon;
    assert.match(
      stderr,
      new RegExp(`^webstat: warning: ${name}: the interface is down; waiting`, "m"),
    );
    assert.match(stderr, new RegExp(`^${name}: captured from again$`, "m"));
    await webstat.end();
  });
}

endToEnd(
  "two at once, each with two workers: both count all, also when the interface is back",
  async () => {
    await using lab = await Lab.create();
    await Nginx.start(lab);
    const { client, server } = lab;
    const both = [
      await Watched.start(lab, "--workers", "2"),
      await Watched.start(lab, "--workers", "2"),
    ];
    const requests = async ({ url }: Watched) => {
      const page = await fetchIn(client, `${url}/metrics`);
      const line = /^webstat_hits_total\{host="10\.77\.0\.2",source="http"\} (\d+)$/m;
      return Number(line.exec(page)?.[1] ?? 0);
    };
    for (const expected of [10, 20]) {
      for (let i = 0; i < 10; i++) await request(client, server.ipv4);
      for (const each of both) {
        await until(`${expected} requests`, async () => await requests(each) === expected);
      }
      await client.ip("link", "del", client.interface);
      for (const each of both) await each.isHealthy(/was removed\s+503/);
      await connect(lab);
      for (const each of both) await each.isHealthy(/ok\s+200/);
    }
    for (const each of both) await each.end();
  },
);

endToEnd("beside another interface the counters of both go on", async () => {
  await using lab = await Lab.create();
  await Nginx.start(lab);
  const { client } = lab;
  const webstat = await Watched.start(lab, "-i", "lo");
  await client.ip("link", "del", client.interface);
  await webstat.isHealthy(/: the interface was removed\s+503/);
  const packets = async (name: string) => {
    const page = await fetchIn(client, `${webstat.url}/metrics`);
    const line = new RegExp(`^webstat_capture_packets_total\\{interface="${name}"\\} (\\d+)$`, "m");
    return Number(line.exec(page)![1]);
  };
  const before = await packets("lo");
  await until("packets of lo", async () => await packets("lo") > before);
  await connect(lab);
  await webstat.isHealthy(/ok\s+200/);
  await webstat.count();
  assert.ok(await packets(client.interface) > 0);
  await webstat.end();
});
