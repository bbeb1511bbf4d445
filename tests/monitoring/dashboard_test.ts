// scripts/grafana: the dashboard's file is what its source makes, and a real Prometheus that scrapes
// webstat has an answer to every query of it.

import assert from "node:assert/strict";
import { parse } from "yaml";
import { dashboard, dashboardText } from "../../scripts/grafana/dashboard.ts";
import { SECTIONS, VARIABLES } from "../../scripts/grafana/panels.ts";
import { read, ROOT } from "../docs/markdown.ts";
import { Prometheus } from "../e2e/prometheus.ts";
import { curl, endToEnd, startSniff } from "../e2e/webstat.ts";
import { Lab } from "../lab/lab.ts";
import { until } from "../lab/process.ts";
import { Nginx, startDnsmasq } from "../lab/servers.ts";
import { dnsQuery, ethernet, ipv4, pcap, PROTOCOL, udp } from "../packet_builder.ts";
import { capturesIn } from "../read_capture.ts";
import { filledIn } from "./filled_in.ts";
import { unknownOf } from "./known_metrics.ts";

interface Options {
  legend: { showLegend: boolean };
}

/** What Grafana asks for a variable, as a query that Prometheus knows. */
function variableQuery(query: string): string {
  const [, selector, label] = /^label_values\((.*), (\w+)\)$/.exec(query)!;
  return `count by (${label}) (${selector})`;
}

const QUERIES: readonly string[] = [
  ...VARIABLES.map(({ query }) => variableQuery(query)),
  ...SECTIONS.flatMap(({ panels }) => panels.flatMap((panel) => panel.queries.map(([it]) => it))),
].map((query) => filledIn(query));

Deno.test("scripts/grafana/webstat.json is what dashboard.ts makes", () => {
  assert.equal(read("scripts/grafana/webstat.json"), dashboardText(), "run dashboard.ts again");
});

Deno.test("scripts/grafana: panels stand apart in the grid, and have ids and letters", () => {
  const panels = dashboard().panels! as {
    id: number;
    gridPos: { x: number; y: number; w: number; h: number };
    targets?: { refId: string }[];
  }[];
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const taken = new Set<string>();
  for (const { gridPos: { x, y, w, h }, targets = [] } of panels) {
    assert.ok(x + w <= 24);
    assert.deepEqual(targets.map(({ refId }) => refId), ["A", "B", "C"].slice(0, targets.length));
    for (let at = 0; at < w * h; at++) {
      const cell = `${x + at % w} ${y + Math.floor(at / w)}`;
      assert.ok(!taken.has(cell), cell);
      taken.add(cell);
    }
  }
});

Deno.test("scripts/grafana: graphs of several lines say which is which", () => {
  for (const { title, kind, queries } of SECTIONS.flatMap(({ panels }) => panels)) {
    if (kind === "timeseries") assert.ok(queries.every(([, legend]) => legend !== ""), title);
  }
  const { panels } = dashboard() as { panels: { type: string; options: Options }[] };
  const graphs = panels.filter(({ type }) => type === "timeseries");
  assert.ok(graphs.length > 20 && graphs.every(({ options }) => options.legend.showLegend));
});

Deno.test("scripts/grafana: nothing is left to fill in, and every metric exists", () => {
  assert.ok(QUERIES.length > 40);
  for (const query of QUERIES) {
    assert.ok(!query.includes("$"), query);
    assert.deepEqual(unknownOf(query), [], query);
  }
});

Deno.test("scripts/grafana: the files for provisioning are YAML of version 1", () => {
  for (const kind of ["dashboards", "datasources"]) {
    const path = `scripts/grafana/provisioning/${kind}/webstat.yml`;
    assert.equal((parse(read(path)) as { apiVersion: number }).apiVersion, 1, path);
  }
});

/** Requests, failed ones too, in clear text and in TLS, to names that are there and to one that is not. */
async function browse(lab: Lab): Promise<void> {
  for (const path of ["", "page.html", "error", "missing"]) {
    await curl(lab, `http://shop.test/${path}`);
  }
  await curl(lab, "https://shop.test/");
  await lab.client.run(["curl", "-sS", "-m", "5", "http://nobody.test/"], { mayFail: true });
  // A request that ends in its middle, so that it gets no answer; and a body that cannot be read.
  const start = "GET / HTTP/1.1\r\nHost: shop.test\r\n";
  for (const input of [start, `${start}Transfer-Encoding: chunked\r\n\r\nno size\r\n`]) {
    const send = ["nc", "-q", "1", "-w", "2", lab.server.ipv4, "80"];
    await lab.client.run(send, { input, mayFail: true });
  }
}

/** Questions of DNS from one port, which nobody answers. */
const questions = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, id) => {
    const query = udp({ sport: 40_000, dport: 53 }, dnsQuery({ id, name: `no${id}.test` }));
    return ethernet(ipv4({ protocol: PROTOCOL.UDP }, query));
  });

endToEnd("every query of the dashboard is answered by Prometheus", async (t) => {
  await using lab = await Lab.create();
  const { client } = lab;
  await Nginx.start(lab);
  await startDnsmasq(lab);
  await lab.useServersDns();
  const live = await startSniff(client, ["-i", client.interface, "-l", "127.0.0.1:0"]);
  // What a lab has not: QUIC, old TLS, requests without answers; more questions than may wait.
  const captures = capturesIn(`${ROOT}tests/fixtures`);
  captures.push(`${lab.directory}/questions.pcap`);
  await Deno.writeFile(captures.at(-1)!, pcap(questions(600)));
  const files = await startSniff(client, ["-l", "127.0.0.1:0", "-r", ...captures]);
  const targets = [live, files].map(({ url }) => new URL(url).host);
  const prometheus = await Prometheus.start(lab, client, ...targets);
  // Twice: a rate is how much a series grew since Prometheus knows it.
  await browse(lab);
  await until("Prometheus has the first requests", async () => {
    const first = `webstat_http_requests_total{instance="${targets[0]}",code="500"}`;
    return (await prometheus.query(first)).length > 0;
  }, { timeout: 30_000, every: 300 });
  await browse(lab);

  for (const query of QUERIES) {
    await t.step(query, async () => {
      await until(`a number for ${query}`, async () => {
        return (await prometheus.query(query)).some(({ value }) => Number.isFinite(value));
      }, { timeout: 30_000, every: 300 });
    });
  }
}, ["prometheus", "nc"]);
