// deno-lint-ignore-file no-console
// What the ways of scripts/fleet cost, for docs/fleet.md: deno run -A tests/fleet/measure.ts [ARGUMENTS]
//
// Some webstats, with these arguments, serve what is in tests/fixtures or -r FILE; each way scrapes them for a minute, every five seconds.
// Memory is what a program has at the end, less what it has without any series; processor time is for a
// million samples.

import { Daemon, until } from "../lab/process.ts";
import { capturesIn } from "../read_capture.ts";
import { freePort } from "../push/metric_servers.ts";
import { FLEET } from "./fleet.ts";

const ROOT = decodeURIComponent(new URL("../..", import.meta.url).pathname);
const MACHINES = 4;
const SCRAPES = 12;
const INTERVAL = 5;

interface Program {
  readonly name: string;
  readonly daemon: Daemon;
}

/** Bytes in memory, and seconds of processor time. */
function usage({ daemon }: Program): { memory: number; seconds: number } {
  const status = Deno.readTextFileSync(`/proc/${daemon.pid}/status`);
  const fields = Deno.readTextFileSync(`/proc/${daemon.pid}/stat`).split(") ")[1]!.split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { memory: Number(/^VmRSS:\s+(\d+)/m.exec(status)![1]) * 1024, seconds: ticks / 100 };
}

async function isThere(url: string): Promise<boolean> {
  const answer = await fetch(url).catch(() => null);
  await answer?.body?.cancel();
  return answer?.ok ?? false;
}

const folder = await Deno.makeTempDir();
const targets: string[] = [];
const webstats: Daemon[] = [];
for (let i = 0; i < MACHINES; i++) {
  const port = freePort();
  const read = Deno.args.includes("-r") ? [] : ["-r", ...capturesIn(`${ROOT}tests/fixtures`)];
  const args = ["sniff", "-q", "-l", `127.0.0.1:${port}`, ...Deno.args, ...read];
  webstats.push(new Daemon([`${ROOT}webstat`, ...args]));
  targets.push(`127.0.0.1:${port}`);
}
for (const target of targets) await until(target, () => isThere(`http://${target}/metrics`));
const page = await (await fetch(`http://${targets[0]}/metrics`)).text();
const series = page.split("\n").filter((line) => /^\w/.test(line)).length;
console.log(`${MACHINES} machines with ${series} series each, ${page.length} bytes a page`);

/** Starts the programs of a way: each prints its row. */
async function measure(
  way: string,
  asked: boolean,
  start: () => Promise<Program[]>,
): Promise<void> {
  const machines = targets.map((target, i) => ({
    targets: asked ? [target] : [],
    labels: { instance: `web-${i}` },
  }));
  await Deno.writeTextFile(`${folder}/machines.json`, JSON.stringify(machines));
  for await (const { name } of Deno.readDir(FLEET)) {
    if (!name.endsWith(".yml")) continue;
    const text = (await Deno.readTextFile(`${FLEET}/${name}`))
      .replaceAll(/\b[36]0s\b/g, `${INTERVAL}s`)
      .replace("central.test:9090", "127.0.0.1:19090")
      .replace("regional.test:9090", "127.0.0.1:19090");
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
  const programs = await start();
  await new Promise((resolve) =>
    setTimeout(resolve, ((asked ? SCRAPES : 3) + 1) * INTERVAL * 1000)
  );
  for (const program of programs) {
    const { memory, seconds } = usage(program);
    const samples = asked ? SCRAPES * MACHINES * series : 0;
    console.log(
      [
        way,
        program.name,
        `${(memory / 2 ** 20).toFixed(0)} MiB`,
        `${(memory / (MACHINES * series)).toFixed(0)} bytes a series`,
        samples === 0 ? "" : `${(seconds / samples * 1e6).toFixed(2)} s a million samples`,
      ].join(" | "),
    );
  }
  for (const { daemon } of programs.reverse()) await daemon.stop("SIGTERM", 15_000);
}

async function started(name: string, ready: string, command: string[]): Promise<Program> {
  const daemon = new Daemon(["env", "-C", folder, ...command]);
  await until(name, () => isThere(ready), { timeout: 30_000 });
  return { name, daemon };
}

const prometheus = (name: string, port: number, config: string, ...more: string[]) =>
  started(name, `http://127.0.0.1:${port}/-/ready`, [
    ...["prometheus", `--config.file=${config}`, `--web.listen-address=127.0.0.1:${port}`],
    ...["--log.level=error", ...more],
    `--storage.${more.join().includes("agent") ? "agent" : "tsdb"}.path=${crypto.randomUUID()}`,
  ]);

const victoria = () =>
  started("VictoriaMetrics", "http://127.0.0.1:18428/health", [
    ...["victoria-metrics", "-httpListenAddr=127.0.0.1:18428", "-loggerLevel=ERROR"],
    `-storageDataPath=${crypto.randomUUID()}`,
  ]);

const vmagent = () =>
  started("vmagent", "http://127.0.0.1:18429/health", [
    ...["vmagent", "-promscrape.config=vmagent.yml", "-httpListenAddr=127.0.0.1:18429"],
    ...["-remoteWrite.url=http://127.0.0.1:18428/api/v1/write", "-loggerLevel=ERROR"],
    `-remoteWrite.tmpDataPath=${crypto.randomUUID()}`,
  ]);

try {
  for (const asked of [false, true]) {
    const of = (way: string) => asked ? way : `${way}, without machines`;
    await measure(
      of("pull"),
      asked,
      async () => [await prometheus("Prometheus", 19090, "pull.yml")],
    );
    await measure(of("agent"), asked, async () => [
      await prometheus("central", 19090, "central.yml", "--web.enable-remote-write-receiver"),
      await prometheus("agent", 19091, "agent.yml", "--enable-feature=agent"),
    ]);
    await measure(of("vmagent"), asked, async () => [await victoria(), await vmagent()]);
    await measure(of("federation"), asked, async () => [
      await prometheus("regional", 19090, "regional.yml"),
      await prometheus("global", 19091, "global.yml"),
    ]);
  }
} finally {
  for (const daemon of webstats) await daemon.stop();
  await Deno.remove(folder, { recursive: true });
}
