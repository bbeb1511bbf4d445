// Three machines, each with webstat, and a centre that is connected to each of them: network namespaces,
// with the configurations of scripts/fleet.

import { Namespace } from "../lab/lab.ts";
import { type Daemon, run, until } from "../lab/process.ts";

export const FLEET = decodeURIComponent(new URL("../../scripts/fleet", import.meta.url).pathname);
const WEBSTAT = decodeURIComponent(new URL("../../webstat", import.meta.url).pathname);
const MACHINES = 3;

/** Names that the configurations have for servers; all are in the centre. */
const NAMES = ["central.test", "victoria.test", "regional.test"];

/** An element of an instant vector. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export class Fleet implements AsyncDisposable {
  readonly centre: Namespace;
  readonly machines: readonly Namespace[];
  /** The configurations, scraping each second. */
  readonly folder: string;
  readonly #started: Daemon[] = [];

  private constructor(id: string, folder: string) {
    this.folder = folder;
    this.centre = new Namespace(`${id}-centre`, "10.78.1.2", "", this.#started);
    this.machines = Array.from(
      { length: MACHINES },
      (_, i) => new Namespace(`${id}-web${i + 1}`, `10.78.${i + 1}.1`, "", this.#started),
    );
  }

  static async create(): Promise<Fleet> {
    const folder = await Deno.makeTempDir({ prefix: "webstat-lab-" });
    const id = `webstat-lab-${Deno.pid}-${crypto.randomUUID().slice(0, 6)}`;
    const fleet = new Fleet(id, folder);
    try {
      await fleet.#build();
    } catch (error) {
      await fleet[Symbol.asyncDispose]();
      throw error;
    }
    return fleet;
  }

  async #build(): Promise<void> {
    for await (const { name } of Deno.readDir(FLEET)) {
      if (!/\.(yml|json)$/.test(name)) continue;
      const text = await Deno.readTextFile(`${FLEET}/${name}`);
      await Deno.writeTextFile(`${this.folder}/${name}`, text.replaceAll(/\b[36]0s\b/g, "1s"));
    }
    for (const { name } of [this.centre, ...this.machines]) {
      await run(["ip", "netns", "add", name]);
      await run(["ip", "-n", name, "link", "set", "lo", "up"]);
    }
    const hosts = `/etc/netns/${this.centre.name}`;
    await Deno.mkdir(hosts, { recursive: true });
    await Deno.writeTextFile(`${hosts}/hosts`, `127.0.0.1 localhost ${NAMES.join(" ")}\n`);
    for (const [i, machine] of this.machines.entries()) {
      const cable = `web${i + 1}`;
      await run([
        ...["ip", "link", "add", "lan0", "netns", machine.name, "type", "veth"],
        ...["peer", "name", cable, "netns", this.centre.name],
      ]);
      await machine.configure("lan0", [`10.78.${i + 1}.1/24`]);
      await this.centre.configure(cable, [`10.78.${i + 1}.2/24`]);
    }
  }

  /** Starts webstat on every machine, and `requests` requests that each sends. */
  async watch(requests: number): Promise<void> {
    this.centre.start(["python3", "-m", "http.server", "--bind", "0.0.0.0", "8080"]);
    for (const [i, machine] of this.machines.entries()) {
      const daemon = machine.start([
        ...[WEBSTAT, "sniff", "-i", "lan0", "-l", "0.0.0.0:8000"],
        ...["--filter", "port 8080"],
      ]);
      await daemon.waitFor(/listening on/, 20_000);
      const url = `http://10.78.${i + 1}.2:8080/no-such-page`;
      const ask = () => machine.run(["curl", "-s", "-o", "/dev/null", "-m", "5", url]);
      await until("the web server answers", () => ask().then(() => true, () => false));
      for (let n = 1; n < requests; n++) await ask();
    }
  }

  /** Starts a program in the centre, in the folder of the configurations. */
  async start(ready: string, ...command: string[]): Promise<Daemon> {
    const daemon = this.centre.start(["env", "-C", this.folder, ...command]);
    await until(`${command[0]} is ready`, async () => {
      if (!daemon.running) throw new Error(`${command[0]} ended: ${daemon.stderr}`);
      const { code } = await this.centre.run(["curl", "-sf", "-m", "2", ready], { mayFail: true });
      return code === 0;
    }, { timeout: 30_000, every: 200 });
    return daemon;
  }

  /** Prometheus at a port; `name`: of its folder, `more`: its arguments. */
  prometheus(port: number, name: string, ...more: string[]): Promise<Daemon> {
    const storage = more.some((each) => each.includes("agent"))
      ? "--storage.agent.path"
      : "--storage.tsdb.path";
    return this.start(
      `http://127.0.0.1:${port}/-/ready`,
      ...["prometheus", `--web.listen-address=127.0.0.1:${port}`, "--log.level=error"],
      ...[`${storage}=${this.folder}/${name}`, ...more],
    );
  }

  /** The answer of a server of the centre to an instant query; none if there is none. */
  async query(port: number, promql: string): Promise<Sample[]> {
    const url = `http://127.0.0.1:${port}/api/v1/query`;
    const { stdout } = await this.centre.run(
      ["curl", "-sf", "-m", "10", "-G", url, "--data-urlencode", `query=${promql}`],
    );
    const { data } = JSON.parse(stdout) as {
      data: { result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  /** Waits until a query has an answer for each machine: by their names. */
  async untilAnswered(port: number, promql: string): Promise<ReadonlyMap<string, number>> {
    let answer: Sample[] = [];
    await until(`${promql} has ${MACHINES} answers`, async () => {
      answer = await this.query(port, promql);
      return answer.length === MACHINES;
    }, { timeout: 60_000, every: 500 });
    return new Map(answer.map(({ metric, value }) => [metric.instance!, value]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const daemon of this.#started.reverse()) await daemon.stop();
    for (const { name } of [this.centre, ...this.machines]) {
      await run(["ip", "netns", "del", name], { mayFail: true });
      await Deno.remove(`/etc/netns/${name}`, { recursive: true }).catch(() => {});
    }
    await Deno.remove(this.folder, { recursive: true }).catch(() => {});
  }
}
