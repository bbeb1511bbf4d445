// What makes series fewer, and routes, which make more: live, with real programs.

import assert from "node:assert/strict";
import { Lab } from "../lab/lab.ts";
import { until } from "../lab/process.ts";
import { Nginx, startDnsmasq } from "../lab/servers.ts";
import { Prometheus } from "./prometheus.ts";
import { curl, endToEnd, fetchIn, startSniff, WEBSTAT } from "./webstat.ts";

async function startLab(): Promise<Lab> {
  const lab = await Lab.create();
  await Nginx.start(lab);
  await startDnsmasq(lab);
  await lab.useServersDns();
  return lab;
}

/** The lines of a page that begin with a text. */
const linesOf = (page: string, start: string): string[] =>
  page.split("\n").filter((line) => line.startsWith(start));

endToEnd(
  "routes are counted live, of clear text and of TLS, with nothing of users in a label",
  async () => {
    await using lab = await startLab();
    await Deno.chmod(lab.directory, 0o755);
    const keys = `${lab.directory}/keys`;
    const { url } = await startSniff(lab.client, [
      ...["-i", lab.client.interface, "-l", "127.0.0.1:0", "--routes", "5", "--keylog", keys],
    ]);
    await curl(lab, "http://shop.test/users/alice@mail.test/orders/4711?token=secret");
    await curl(lab, "http://shop.test/users/bob/orders/4712", "http://shop.test/page.html");
    await lab.client.run(
      ["curl", "-sS", "-k", "-4", "-m", "20", "https://shop.test/users/carol/orders/4713"],
      { env: { SSLKEYLOGFILE: keys } },
    );
    await Deno.chmod(keys, 0o644);
    const route =
      'webstat_http_route_requests_total{host="shop.test",method="GET",route="/users/:id/orders/:id",code="404"}';
    const page = await until("all are counted", async () => {
      const page = await fetchIn(lab.client, `${url}/metrics`);
      return page.includes(`${route} 3`) && page;
    }, { timeout: 30_000 });
    // Counts may have any digits.
    const labels = linesOf(page, "webstat_h").map((line) => line.replace(/ \S+$/, "")).join("\n");
    assert.ok(labels.includes("/users/:id"));
    for (const secret of ["alice", "bob", "carol", "471", "secret", "mail.test"]) {
      assert.ok(!labels.includes(secret), secret);
    }
    const timed =
      'webstat_http_route_processing_seconds_count{host="shop.test",method="GET",route=';
    assert.ok(linesOf(page, `${timed}"/page.html"} 1`).length === 1, page);
  },
);

endToEnd(
  "--by domain, --metrics and --dns-only-hosts hold on /metrics; events have whole names",
  async () => {
    await using lab = await startLab();
    const events = `${lab.directory}/events`;
    const { daemon, url } = await startSniff(lab.client, [
      ...["-i", lab.client.interface, "-l", "127.0.0.1:0", "--events", events, "--json"],
      ...["--by", "domain", "--metrics", "-phases", "--dns-only-hosts=false"],
    ]);
    await lab.client.run(["dig", "+tries=1", "only.asked.test"], { mayFail: true });
    for (const name of ["www.shop.test", "api.shop.test"]) {
      await curl(lab, "-H", `Host: ${name}`, "http://shop.test/");
    }
    await curl(lab, "https://shop.test/");
    const hits = 'webstat_hits_total{host="shop.test",source=';
    const page = await until("all are counted", async () => {
      const page = await fetchIn(lab.client, `${url}/metrics`);
      return page.includes(`${hits}"http"} 2`) && page.includes(`${hits}"tls"} 1`) && page;
    }, { timeout: 30_000 });
    assert.deepEqual(linesOf(page, "webstat_phase"), []);
    assert.doesNotMatch(page, /asked|www|api/);
    const series = linesOf(page, "").filter((line) => line !== "" && !line.startsWith("#")).length;
    assert.ok(page.includes(`\nwebstat_series ${series}\n`), `${series} series`);
    const { code, stdout, stderr } = await daemon.stop("SIGINT");
    assert.equal(code, 0, stderr);
    const hosts = (JSON.parse(stdout) as { hosts: { host: string }[] }).hosts;
    assert.deepEqual(hosts.map(({ host }) => host), ["shop.test"]);
    const told = (await Deno.readTextFile(events)).trim().split("\n")
      .map((line) => (JSON.parse(line) as { host: string }).host);
    for (const name of ["www.shop.test", "api.shop.test", "shop.test", "only.asked.test"]) {
      assert.ok(told.includes(name), `${name} in ${told}`);
    }
  },
);

endToEnd("--series -d reports what settings cost, beside a webstat that serves", async () => {
  await using lab = await startLab();
  await startSniff(lab.client, ["-i", lab.client.interface, "-l", "127.0.0.1:8000"]);
  const other = lab.client.start([
    ...[WEBSTAT, "sniff", "-i", lab.client.interface, "-d", "4s", "--series"],
  ]);
  const visits = (async () => {
    while (other.running) {
      await curl(lab, "http://shop.test/page.html");
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  })();
  const { code, stdout, stderr } = await other.ended(60_000);
  await visits;
  assert.equal(code, 0, stderr);
  const all = Number(/^as given\S* .*?(\d+) /m.exec(stdout)?.[1]);
  const few = Number(/^--by domain --metrics -phases +(\d+) /m.exec(stdout)?.[1]);
  assert.ok(few > 0 && few < all / 2, stdout);
});

endToEnd("webstat_series is what Prometheus counts, in each format", async () => {
  await using lab = await startLab();
  const { url } = await startSniff(lab.client, [
    ...["-i", lab.client.interface, "-l", "127.0.0.1:0", "--routes", "5"],
  ]);
  await curl(lab, "http://shop.test/page.html", "http://blog.test/", "https://api.test/");
  const target = new URL(url).host;
  const text = await Prometheus.start(lab, lab.client, target);
  const native = await Prometheus.startNative(lab, lab.client, target);
  for (const prometheus of [text, native]) {
    const query = "webstat_series - on (instance) scrape_samples_scraped";
    const difference = await until("it has scraped", async () => {
      const found = await prometheus.query(query);
      return found.length === 1 && found;
    }, { timeout: 30_000 });
    assert.equal(difference[0]!.value, 0);
    assert.ok(await prometheus.value("webstat_series") > 50);
  }
}, ["prometheus"]);
