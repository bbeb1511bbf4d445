// Real servers that take metrics, on loopback: Prometheus, VictoriaMetrics.

import { missingPrograms } from "../lab/lab.ts";
import { Daemon, until } from "../lab/process.ts";

/** A test with these programs; ignored, with the reason in its name, if they are missing. */
export function needing(programs: readonly string[], name: string, fn: () => Promise<void>): void {
  const missing = missingPrograms(...programs);
  Deno.test({
    name: missing === null ? name : `${name} (${missing})`,
    ignore: missing !== null,
    fn,
  });
}

export interface MetricServer extends AsyncDisposable {
  readonly url: string;
  /** All series that have the label job="webstat": their value, by their labels as sorted JSON. */
  series(): Promise<ReadonlyMap<string, number>>;
}

/** Labels as a text that is the same for the same labels. */
export const keyOf = (labels: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(labels).sort(([a], [b]) => a < b ? -1 : 1));

/** Starts Prometheus; `more`: further arguments. Its port is `port`, or a free one. */
export function startPrometheus(
  folder: string,
  { port = freePort(), more = [] }: { port?: number; more?: readonly string[] } = {},
): Promise<MetricServer> {
  const configuration = `${folder}/prometheus.yml`;
  Deno.writeTextFileSync(configuration, "global: {}\n");
  return start(port, "/-/ready", [
    ...["prometheus", `--config.file=${configuration}`, "--web.enable-remote-write-receiver"],
    ...[`--storage.tsdb.path=${folder}/tsdb`, `--web.listen-address=127.0.0.1:${port}`],
    ...["--log.level=error", ...more],
  ]);
}

export function startVictoriaMetrics(folder: string): Promise<MetricServer> {
  const port = freePort();
  return start(port, "/health", [
    ...["victoria-metrics", `-storageDataPath=${folder}/victoria`, "-loggerLevel=ERROR"],
    ...[
      `-httpListenAddr=127.0.0.1:${port}`,
      "-search.latencyOffset=0s",
      "-memory.allowedBytes=64MB",
    ],
  ]);
}

interface QueryAnswer {
  readonly data: { readonly result: { metric: Record<string, string>; value: [number, string] }[] };
}

async function start(port: number, ready: string, command: string[]): Promise<MetricServer> {
  const url = `http://127.0.0.1:${port}`;
  const daemon = new Daemon(command);
  await until(`${command[0]} is ready`, async () => {
    if (!daemon.running) throw new Error(`${command[0]} ended: ${daemon.stderr}`);
    return await fetch(url + ready).then(async (answer) => {
      await answer.body?.cancel();
      return answer.ok;
    }, () => false);
  }, { timeout: 30_000, every: 100 });
  return {
    url,
    async series() {
      // VictoriaMetrics shows after some seconds what it was not asked to.
      await (await fetch(`${url}/internal/force_flush`)).body?.cancel();
      const query = encodeURIComponent(`{job="webstat"}`);
      const answer = await fetch(`${url}/api/v1/query?nocache=1&query=${query}`);
      const { data: { result } } = await answer.json() as QueryAnswer;
      return new Map(result.map(({ metric, value }) => [keyOf(metric), Number(value[1])]));
    },
    [Symbol.asyncDispose]: async () => {
      await daemon.stop("SIGTERM", 10_000);
    },
  };
}

export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return listener.addr.port;
}
