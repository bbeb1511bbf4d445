// Remote write to real servers: they have what /metrics says, series by series.

import assert from "node:assert/strict";
import { DEFAULT_PUSH_CONFIG } from "../../src/push/push_config.ts";
import { within } from "../../src/push/time_left.ts";
import type { Page } from "../../src/push/page.ts";
import { Pusher } from "../../src/push/pusher.ts";
import { until } from "../lab/process.ts";
import {
  freePort,
  type MetricServer,
  needing,
  startPrometheus,
  startVictoriaMetrics,
} from "./metric_servers.ts";
import { pageOf, scraped } from "./pages.ts";

/** Of a host whose name is as long as names may be, and of one that is no ASCII. */
const HOSTS = ["shop.test", "b\u00fccher.test", `${"long.".repeat(50)}test`, "~other"];
const LABELS = { job: "webstat", instance: "web-1", site: "Åre" };
const CONFIG = { ...DEFAULT_PUSH_CONFIG, labels: { instance: "web-1", site: "Åre" } };

/** Values of what the process says of itself change by themselves. */
const withoutProcess = (series: ReadonlyMap<string, number>) =>
  new Map([...series].filter(([key]) => !key.includes('"process_')).sort());

async function withServer(
  begin: (folder: string) => Promise<MetricServer>,
  test: (server: MetricServer, pusher: Pusher) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await using server = await begin(folder);
    const targets = { otlp: null, remoteWrite: new URL(server.url) };
    await test(server, await Pusher.load(targets, CONFIG, (message) => assert.fail(message)));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const SERVERS = { "prometheus": startPrometheus, "victoria-metrics": startVictoriaMetrics };

for (const [program, begin] of Object.entries(SERVERS)) {
  needing(
    [program],
    `${program} has every series that was written to it`,
    () =>
      withServer(begin, async (server, pusher) => {
        const page = pageOf(HOSTS, Date.now());
        const expected = withoutProcess(scraped(page, LABELS));
        await pusher.finish(page, false, within(10_000));
        const [{ sent, dropped }] = pusher.counts as [Pusher["counts"][number]];
        assert.deepEqual(dropped, { full: 0, refused: 0, ended: 0 });
        assert.ok(sent >= expected.size && expected.size > 4 * 100);
        await until("they are found", async () => (await server.series()).size >= expected.size);
        assert.deepEqual(withoutProcess(await server.series()), expected);
      }),
  );

  needing(
    [program],
    `${program} no longer has the series of hosts that are gone`,
    () =>
      withServer(begin, async (server, pusher) => {
        const hosts = async () =>
          [...(await server.series()).keys()].filter((key) => key.includes("webstat_host_bytes"))
            .map((key) => /"host","([^"]*)"/.exec(key)![1]).sort();
        // Stale markers are in the past, as a query for the present has to find them.
        const start = Date.now() - 3000;
        await push(pusher, pageOf(["gone.test", "shop.test"], start));
        await until("both are there", async () => (await hosts()).length === 4);
        await push(pusher, pageOf(["shop.test", "~other"], start + 1000));
        const left = ["shop.test", "shop.test", "~other", "~other"];
        await until("one is gone", async () => `${await hosts()}` === `${left}`);
        await pusher.finish(pageOf(["shop.test"], start + 2000), true, within(10_000));
        await until("all are gone", async () => (await server.series()).size === 0);
      }),
  );
}

needing(["prometheus"], "a server that is away has all pushes later, in their order", async () => {
  const folder = await Deno.makeTempDir();
  const warnings: string[] = [];
  const port = freePort();
  const targets = { otlp: null, remoteWrite: new URL(`http://127.0.0.1:${port}`) };
  const pusher = await Pusher.load(targets, CONFIG, (message) => warnings.push(message));
  const start = Date.now() - 10_000;
  for (let i = 0; i < 3; i++) await pusher.push(pageOf(["shop.test"], start + i * 1000));
  const counts = pusher.counts[0]!;
  await until("it was tried", () => Promise.resolve(counts.retries > 0));
  assert.ok(counts.waiting > 0 && counts.sent === 0);
  try {
    await using server = await startPrometheus(folder, { port });
    await until("all is sent", () => Promise.resolve(counts.waiting === 0), { timeout: 30_000 });
    const query = encodeURIComponent(`count_over_time(webstat_hosts{job="webstat"}[1m])`);
    const answer = await fetch(`${server.url}/api/v1/query?query=${query}`);
    assert.match(await answer.text(), /"3"\]/);
    assert.match(
      warnings.join("\n"),
      /^remote-write: metrics are not taken \(connection refused\); they are tried again\n/,
    );
    assert.match(warnings.join("\n"), /\nremote-write: the server takes metrics again$/);
    assert.equal(warnings.length, 2);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Pushes a page, and waits until it is sent. */
async function push(pusher: Pusher, page: Page): Promise<void> {
  await pusher.push(page);
  await until(
    "it is sent",
    () => Promise.resolve(pusher.counts.every(({ waiting }) => waiting === 0)),
  );
}
