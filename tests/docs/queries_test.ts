// The queries that the pages show: a real Prometheus, which scrapes webstat, has an answer to each.

import assert from "node:assert/strict";
import { Prometheus } from "../e2e/prometheus.ts";
import { curl, endToEnd, startSniff } from "../e2e/webstat.ts";
import { Lab } from "../lab/lab.ts";
import { run } from "../lab/process.ts";
import { startNghttpd } from "../lab/nghttp2.ts";
import { Nginx, startDnsmasq } from "../lab/servers.ts";
import { capturesIn } from "../read_capture.ts";
import { blocksOf, PAGES, read, ROOT } from "./markdown.ts";

/** A query a line. */
const queriesOf = (page: string): string[] =>
  blocksOf(read(page)).filter(({ language }) => language === "promql")
    .flatMap(({ text }) => text.trim().split("\n"));
const QUERIES = PAGES.flatMap(queriesOf);

/** Of what does not happen in this test; Prometheus has to understand the query all the same. */
const EMPTY = [
  'by="none"',
  "webstat_evicted_total",
  "webstat_capture_up == 0",
  // Of analyze alone.
  "extracted_url_access_count_total",
  'job="webstat-analyze"',
];

endToEnd("every query of the pages is answered by Prometheus", async (t) => {
  await using lab = await Lab.create();
  const { client, server } = lab;
  await Nginx.start(lab);
  await startDnsmasq(lab);
  await lab.useServersDns();
  await Deno.writeTextFile(`${lab.directory}/call`, "an answer");
  await startNghttpd(lab, 50051, lab.directory, ["grpc-status: 14"]);

  // What is counted of pushes is there as soon as they are wanted.
  const more = [
    "--process",
    "--clients",
    "--legacy-metrics",
    "--remote-write",
    "http://127.0.0.1:9090",
  ];
  const live = await startSniff(client, ["-i", client.interface, "-l", "127.0.0.1:0", ...more]);
  const captures = capturesIn(`${ROOT}tests/fixtures`);
  const files = await startSniff(client, ["-l", "127.0.0.1:0", "--routes", "5", "-r", ...captures]);
  const targets = [live, files].map(({ url }) => new URL(url).host);
  const prometheus = await Prometheus.start(lab, client, ...targets);
  const native = await Prometheus.startNative(lab, client, ...targets);
  for (const path of ["", "page.html", "error"]) await curl(lab, `http://shop.test/${path}`);
  await curl(lab, "https://shop.test/", "-d", "a=1");
  await client.run(["nghttp", `http://${server.ipv4}:50051/call`]);
  const dtls = ["openssl", "s_client", "-dtls1_2", "-connect", `${server.ipv4}:5555`];
  await client.run(["timeout", "1", ...dtls], { mayFail: true });
  const broken =
    "GET / HTTP/1.1\r\nHost: shop.test\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n";
  await client.run(["nc", "-q", "1", "-w", "1", server.ipv4, "80"], {
    input: broken,
    mayFail: true,
  });
  // Of an address that nobody asked DNS for, and without a request: nothing names it.
  await client.run(["nc", "-q", "0", "-w", "1", server.ipv6, "80"], { input: "", mayFail: true });
  // Rates need two scrapes after that.
  await new Promise((resolve) => setTimeout(resolve, 3000));

  assert.ok(QUERIES.length > 20);
  assert.equal(queriesOf("README.md").length, 3);
  for (const query of QUERIES) {
    await t.step(query, async () => {
      const asked = /_duration_seconds\{/.test(query) ? native : prometheus;
      const { length } = await asked.query(query);
      if (!EMPTY.some((name) => query.includes(name))) assert.ok(length > 0, "no answer");
    });
  }
}, ["prometheus", "nghttpd", "nghttp"]);

Deno.test({
  name: "the configurations of Prometheus on the pages are valid (promtool)",
  ignore: (await run(["sh", "-c", "command -v promtool"], { mayFail: true })).code !== 0,
  fn: async () => {
    const file = await Deno.makeTempFile({ suffix: ".yml" });
    for (const page of ["README.md", "docs/old-webstat.md"]) {
      const yaml = blocksOf(read(page)).find(({ text }) => text.startsWith("scrape_configs:"));
      await Deno.writeTextFile(file, yaml!.text);
      await run(["promtool", "check", "config", "--syntax-only", file]);
    }
    await Deno.remove(file);
  },
});
