// A real Prometheus in a lab, scraping webstat.

import type { Lab, Namespace } from "../lab/lab.ts";
import { until } from "../lab/process.ts";
import { fetchIn } from "./webstat.ts";

/** One element of an instant vector. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One element of a range vector. */
export interface Line {
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds since 1970, and the value. */
  readonly points: readonly (readonly [time: number, value: number])[];
}

interface RangeAnswer {
  readonly data: {
    readonly result: { metric: Record<string, string>; values: [number, string][] }[];
  };
}

interface Answer {
  readonly status: string;
  readonly data: {
    readonly result: { metric: Record<string, string>; value: [number, string] }[];
  };
}

export class Prometheus {
  readonly #at: Namespace;
  readonly #url: string;

  private constructor(at: Namespace, url: string) {
    this.#at = at;
    this.#url = url;
  }

  /** Starts it beside webstat, asking `targets` (host:port) once a second. */
  static start(lab: Lab, at: Namespace, ...targets: string[]): Promise<Prometheus> {
    return Prometheus.#start(lab, at, targets, 9090);
  }

  /** Another one, which takes native histograms, so that it asks for protobuf. */
  static startNative(lab: Lab, at: Namespace, ...targets: string[]): Promise<Prometheus> {
    return Prometheus.#start(lab, at, targets, 9091, ["--enable-feature=native-histograms"]);
  }

  static async #start(
    lab: Lab,
    at: Namespace,
    targets: readonly string[],
    port: number,
    options: readonly string[] = [],
  ): Promise<Prometheus> {
    const configuration = `${lab.directory}/prometheus-${port}.yml`;
    await Deno.writeTextFile(
      configuration,
      `global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: webstat
    static_configs: [{ targets: ${JSON.stringify(targets)} }]
`,
    );
    const daemon = at.start([
      ...["prometheus", `--config.file=${configuration}`, "--log.level=error"],
      ...[
        `--storage.tsdb.path=${lab.directory}/tsdb-${port}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      ...options,
    ]);
    const prometheus = new Prometheus(at, `http://127.0.0.1:${port}`);
    await until("Prometheus scrapes webstat", async () => {
      if (!daemon.running) throw new Error(`Prometheus ended: ${daemon.stderr}`);
      const up = await prometheus.query("up").catch(() => []);
      return up.length === targets.length && up.every(({ value }) => value === 1);
    }, { timeout: 20_000, every: 200 });
    return prometheus;
  }

  /** The answer to an instant query. */
  async query(promql: string): Promise<Sample[]> {
    const url = `${this.#url}/api/v1/query?query=${encodeURIComponent(promql)}`;
    const answer = JSON.parse(await fetchIn(this.#at, url)) as Answer;
    return answer.data.result.map(({ metric, value }) => ({
      labels: metric,
      value: Number(value[1]),
    }));
  }

  /** The answers to a query for the last `seconds`, one each second. */
  async range(promql: string, seconds: number): Promise<Line[]> {
    const end = Math.floor(Date.now() / 1000);
    const times = `start=${end - seconds}&end=${end}&step=1`;
    const url = `${this.#url}/api/v1/query_range?query=${encodeURIComponent(promql)}&${times}`;
    const answer = JSON.parse(await fetchIn(this.#at, url)) as RangeAnswer;
    return answer.data.result.map(({ metric, values }) => ({
      labels: metric,
      points: values.map(([time, value]) => [time, Number(value)] as const),
    }));
  }

  /** The value of a query that has one; NaN where it has none. */
  async value(promql: string): Promise<number> {
    const samples = await this.query(promql);
    if (samples.length > 1) throw new Error(`${promql} has ${samples.length} answers`);
    return samples[0]?.value ?? NaN;
  }

  /** A query's values by the values of its labels, in the order of `labels`, joined by blanks. */
  async table(promql: string, ...labels: string[]): Promise<Record<string, number>> {
    const samples = await this.query(promql);
    return Object.fromEntries(
      samples.map((sample) => [
        labels.map((label) => sample.labels[label] ?? "").join(" "),
        sample.value,
      ]).sort(),
    );
  }
}
