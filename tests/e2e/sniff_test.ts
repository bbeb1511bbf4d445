// From the wire to PromQL: the compiled program watches curl and dig talk to nginx and dnsmasq, a
// real Prometheus scrapes it, and its answers are what the clients did.

import assert from "node:assert/strict";
import { Lab } from "../lab/lab.ts";
import { until } from "../lab/process.ts";
import { Nginx, startDnsmasq } from "../lab/servers.ts";
import { Prometheus } from "./prometheus.ts";
import { assertHarmless, curl, endToEnd, fetchIn, startSniff, WEBSTAT } from "./webstat.ts";

/** What the clients do; the assertions below count it. */
async function browse(lab: Lab): Promise<void> {
  // Each curl is one connection and looks its name up once.
  await curl(lab, ...["/", "/page.html", "/missing", "/error"].map((p) => `http://shop.test${p}`));
  await curl(lab, "-I", "http://shop.test:8080/");
  await curl(lab, "-d", "a=1&b=two", "http://shop.test/form");
  await curl(lab, "http://blog.test/delay");
  await curl(lab, "http://api.test/slow/longer.txt");
  await curl(lab, "--tls-max", "1.2", "https://shop.test/");
  await curl(lab, "--http1.1", "https://shop.test/");
  await curl(lab, "https://blog.test/page.html");
  const dig = ["dig", `@${lab.server.ipv4}`, "+short"];
  await lab.client.run([...dig, "api.test", "AAAA"]);
  await lab.client.run([...dig, "missing.test", "A"]);
  await lab.client.run([...dig, "+tcp", "elsewhere.example", "A"]);
}

endToEnd("sniff: what clients do is what Prometheus answers", async (t) => {
  await using lab = await Lab.create();
  await Nginx.start(lab);
  await startDnsmasq(lab);
  await lab.useServersDns();
  const events = `${lab.directory}/events.ndjson`;
  const { daemon, url, readyAfter } = await startSniff(
    lab.client,
    ["-i", lab.client.interface, "--ip", "--events", events],
  );
  const prometheus = await Prometheus.start(lab, lab.client, new URL(url).host);
  await browse(lab);
  await until(
    "Prometheus has the last question",
    async () => await prometheus.value('sum(webstat_hits_total{source="dns"})') >= 11,
  );

  await t.step("says within two seconds that it is ready, and is healthy", async () => {
    assert.equal(url, "http://127.0.0.1:8000");
    assert.ok(readyAfter < 2000, `ready after ${readyAfter} ms`);
    assert.match(await fetchIn(lab.client, `${url}/healthz`), /./);
    assert.match(await fetchIn(lab.client, `${url}/`), /\/metrics/);
  });

  await t.step("hits by host and source", async () => {
    const hits = await prometheus.table(
      "sum by (host, source) (webstat_hits_total)",
      "host",
      "source",
    );
    assert.deepEqual(nonZero(hits), {
      "api.test dns": 2,
      "api.test http": 1,
      "blog.test dns": 2,
      "blog.test http": 1,
      "blog.test tls": 1,
      "elsewhere.example dns": 1,
      "missing.test dns": 1,
      "shop.test dns": 5,
      "shop.test http": 6,
      "shop.test tls": 2,
    });
  });

  await t.step("--ip tells the servers' addresses", async () => {
    const addresses = await prometheus.table(
      'sum by (host, ip) (webstat_hits_total{source=~"http|tls"})',
      ...["host", "ip"],
    );
    assert.deepEqual(Object.keys(nonZero(addresses)), [
      `api.test ${lab.server.ipv4}`,
      `blog.test ${lab.server.ipv4}`,
      `shop.test ${lab.server.ipv4}`,
    ]);
  });

  await t.step("requests by method, code and version", async () => {
    const requests = await prometheus.table(
      "webstat_http_requests_total",
      ...["host", "method", "code", "version"],
    );
    assert.deepEqual(nonZero(requests), {
      "api.test GET 200 1.1": 1,
      "blog.test GET 401 1.1": 1,
      "shop.test GET 200 1.1": 2,
      "shop.test GET 404 1.1": 1,
      "shop.test GET 500 1.1": 1,
      "shop.test HEAD 200 1.1": 1,
      "shop.test POST 200 1.1": 1,
    });
  });

  await t.step("phases: how many, and how long", async () => {
    const counts = await prometheus.table(
      "webstat_phase_duration_seconds_count",
      ...["host", "phase"],
    );
    assert.equal(counts["shop.test connect"], 5);
    assert.equal(counts["shop.test processing"], 6);
    assert.equal(counts["shop.test transfer"], 6);
    assert.equal(counts["shop.test tls"], 2);
    assert.equal(counts["shop.test dns"], 5);
    assert.equal(counts["api.test connect"], 1);
    const seconds = (host: string, phase: string) =>
      prometheus.value(`webstat_phase_duration_seconds_sum{host="${host}",phase="${phase}"}`);
    between(await seconds("blog.test", "processing"), 0.28, 1);
    between(await seconds("api.test", "transfer"), 0.5, 2.5);
    between(await seconds("shop.test", "connect"), 1e-6, 0.1);
    between(await seconds("shop.test", "tls"), 1e-5, 0.5);
    between(await seconds("shop.test", "dns"), 1e-6, 0.5);
    // The histogram's buckets agree with what took 300 ms.
    const bucket = (le: string) =>
      prometheus.value(
        `webstat_phase_duration_seconds_bucket{host="blog.test",phase="processing",le="${le}"}`,
      );
    assert.equal(await bucket("0.25"), 0);
    assert.equal(await bucket("0.5"), 1);
  });

  await t.step("bytes of bodies and on the wire", async () => {
    const body = await Deno.stat(`${lab.directory}/nginx/www/longer.txt`);
    const value = (metric: string, labels: string) => prometheus.value(`${metric}{${labels}}`);
    assert.equal(
      await value("webstat_http_response_body_bytes_total", 'host="api.test"'),
      body.size,
    );
    assert.equal(
      await value("webstat_http_request_body_bytes_total", 'host="shop.test"'),
      "a=1&b=two".length,
    );
    const api = 'host="api.test",direction=';
    between(
      await value("webstat_host_bytes_total", `${api}"received"`),
      body.size,
      body.size * 1.2,
    );
    between(await value("webstat_host_bytes_total", `${api}"sent"`), 400, body.size / 5);
  });

  await t.step("connections and handshakes", async () => {
    const connections = await prometheus.table(
      'sum by (host) (webstat_host_connections_total{transport="tcp"})',
      "host",
    );
    assert.equal(connections["shop.test"], 5);
    assert.equal(connections["blog.test"], 2);
    assert.equal(connections["api.test"], 1);
    assert.equal(await prometheus.value("sum(webstat_host_connections_open)"), 0);
    const handshakes = await prometheus.table(
      "webstat_tls_handshakes_total",
      ...["host", "version", "alpn"],
    );
    // From TLS 1.3 on the protocol that was agreed on is encrypted.
    assert.deepEqual(nonZero(handshakes), {
      "blog.test 1.3 ": 1,
      "shop.test 1.2 h2": 1,
      "shop.test 1.3 ": 1,
    });
  });

  await t.step("questions by type and code", async () => {
    const queries = await prometheus.table("webstat_dns_queries_total", "type", "rcode");
    assert.deepEqual(nonZero(queries), {
      "A NOERROR": 8,
      "A NXDOMAIN": 1,
      "A REFUSED": 1,
      "AAAA NOERROR": 1,
    });
  });

  await t.step("nothing was dropped, and webstat tells about itself", async () => {
    const device = `interface="${lab.client.interface}"`;
    assert.ok(await prometheus.value(`webstat_capture_packets_total{${device}}`) > 100);
    assert.equal(await prometheus.value(`sum(webstat_capture_dropped_total{${device}})`), 0);
    assert.equal(await prometheus.value("count(webstat_build_info)"), 1);
    assert.ok(await prometheus.value("process_resident_memory_bytes") > 1e6);
    assert.equal(await prometheus.value("webstat_hosts"), 5);
  });

  await t.step("promtool has nothing to say against the page", async () => {
    const page = await fetchIn(lab.client, `${url}/metrics`);
    assertHarmless(page, "/metrics");
    const { stdout, stderr } = await lab.client.run(["promtool", "check", "metrics"], {
      input: page,
    });
    assert.equal(stdout + stderr, "");
  });

  await t.step("SIGINT ends it within two seconds, with a report", async () => {
    const began = Date.now();
    const { code, stdout, stderr } = await daemon.stop("SIGINT");
    assert.ok(Date.now() - began < 2000, `ended after ${Date.now() - began} ms`);
    assert.equal(code, 0, stderr);
    for (const host of ["shop.test", "blog.test", "api.test", "missing.test"]) {
      assert.ok(stdout.includes(host), `${host} is in the report:\n${stdout}`);
    }
    assertHarmless(stdout, "the report");
  });

  await t.step("the events file has every transaction once", async () => {
    const lines = (await Deno.readTextFile(events)).trimEnd().split("\n");
    const kinds = lines.map((line) => (JSON.parse(line) as { kind: string }).kind);
    const count = (kind: string) => kinds.filter((each) => each === kind).length;
    assert.deepEqual([count("http"), count("tls"), count("dns")], [8, 3, 11]);
    const delay = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
      .find(({ target }) => target === "/delay")!;
    assert.equal(delay["src"], lab.client.ipv4);
    assert.equal(delay["dst"], lab.server.ipv4);
    assert.equal(delay["dport"], 80);
    assert.equal(delay["status"], 401);
    assert.match(String(delay["user_agent"]), /^curl\//);
    between(Number(delay["duration_ms"]), 280, 1000);
    between(Number(delay["ts"]), Date.now() / 1000 - 600, Date.now() / 1000);
  });
}, ["prometheus", "promtool"]);

endToEnd("sniff: IPv6, all interfaces, a free port, and an end after some time", async () => {
  await using lab = await Lab.create();
  await Nginx.start(lab);
  const { daemon, url } = await startSniff(
    lab.server,
    ["-i", "any", "-l", "127.0.0.1:0", "-d", "3s", "--json", "-f", "not port 9"],
  );
  assert.notEqual(new URL(url).port, "0");
  const address = `[${lab.server.ipv6}]`;
  await lab.client.run(["curl", "-sS", "-o", "/dev/null", `http://${address}/page.html`]);
  await lab.client.run(
    ["curl", "-sS", "-o", "/dev/null", "--connect-to", `::${address}:`, "http://shop.test/"],
  );
  const { code, stdout, stderr } = await daemon.ended(8000);
  assert.equal(code, 0, stderr);
  const report = JSON.parse(stdout) as {
    hosts: { host: string; hits_by_source: { http: number } }[];
  };
  const hits = Object.fromEntries(report.hosts.map((h) => [h.host, h.hits_by_source.http]));
  assert.deepEqual(hits, { [lab.server.ipv6]: 1, "shop.test": 1 });
});

endToEnd("sniff: a request that has no answer yet is reported at the end", async () => {
  await using lab = await Lab.create();
  await Nginx.start(lab);
  const sniffer = await startSniff(lab.client, ["-i", lab.client.interface, "--events", "-"]);
  const client = lab.client.start(["nc", lab.server.ipv4, "80"]);
  await client.write("GET /delay HTTP/1.1\r\nHost: shop.test\r\n\r\n");
  await until(
    "the request is counted",
    async () => (await fetchIn(lab.client, `${sniffer.url}/metrics`)).includes('host="shop.test"'),
  );
  const { code, stdout } = await sniffer.daemon.stop("SIGTERM");
  assert.equal(code, 0);
  const [line] = stdout.split("\n");
  const event = JSON.parse(line!) as { host: string; status: number | null };
  assert.equal(event.host, "shop.test");
  assert.ok(event.status === null || event.status === 401);
});

endToEnd("sniff: what came just before SIGINT is in the report", async () => {
  await using lab = await Lab.create();
  await Nginx.start(lab);
  const { client, server } = lab;
  const { daemon } = await startSniff(client, ["-i", client.interface, "lo", "--json"]);
  await client.run([
    "curl",
    "-sS",
    "-o",
    "/dev/null",
    "-H",
    "Host: last.test",
    `http://${server.ipv4}/`,
  ]);
  const { code, stdout } = await daemon.stop("SIGINT");
  assert.equal(code, 0);
  const report = JSON.parse(stdout) as {
    interfaces: { name: string }[];
    hosts: { host: string; http_requests: { code: string; count: number }[] }[];
  };
  assert.deepEqual(report.interfaces.map(({ name }) => name), [client.interface, "lo"]);
  assert.deepEqual(report.hosts.map(({ host }) => host), ["last.test"]);
  assert.deepEqual(report.hosts[0]!.http_requests.map(({ code, count }) => [code, count]), [[
    "200",
    1,
  ]]);
});

endToEnd("sniff: what is asked for once /healthz says ok is counted", async () => {
  await using lab = await Lab.create();
  await Nginx.start(lab);
  lab.client.start([WEBSTAT, "sniff", "-i", "lan0"]);
  const url = "http://127.0.0.1:8000";
  const visit = `curl -s -o /dev/null -H 'Host: first.test' http://${lab.server.ipv4}/`;
  const waiting = `until curl -sf -o /dev/null ${url}/healthz; do sleep 0.01; done; ${visit}`;
  await lab.client.run(["sh", "-c", waiting], { timeout: 60_000 });
  await until("it is counted", async () =>
    (await fetchIn(lab.client, `${url}/metrics`))
      .includes('webstat_hits_total{host="first.test",source="http"} 1'));
});

endToEnd("sniff: a file with --listen is served after it was read", async () => {
  await using lab = await Lab.create();
  const fixture = decodeURIComponent(
    new URL("../fixtures/http1-keepalive.pcap", import.meta.url).pathname,
  );
  const { daemon, url } = await startSniff(lab.client, ["-r", fixture, "--listen", "127.0.0.1:0"]);
  const page = await until("the file is read", async () => {
    const text = await fetchIn(lab.client, `${url}/metrics`);
    return text.includes('host="api.test"') && text;
  });
  assert.match(
    page,
    /webstat_http_requests_total\{host="shop.test",method="GET",code="404",version="1.1"\} 1/,
  );
  assert.equal((await daemon.stop("SIGTERM")).code, 0);
});

function nonZero(table: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(table).filter(([, value]) => value !== 0));
}

function between(value: number, least: number, most: number): void {
  assert.ok(value >= least && value <= most, `${value} is not between ${least} and ${most}`);
}
