// What must not get out: secrets in names, and with --privacy who asked for what.

import assert from "node:assert/strict";
import { Lab } from "../lab/lab.ts";
import { until } from "../lab/process.ts";
import { Nginx, startDnsmasq } from "../lab/servers.ts";
import { curl, endToEnd, fetchIn, startSniff } from "./webstat.ts";

async function startLab(): Promise<Lab> {
  const lab = await Lab.create();
  await Nginx.start(lab);
  await startDnsmasq(lab);
  await lab.useServersDns();
  return lab;
}

function assertWithout(text: string, secrets: readonly string[], what: string): void {
  for (const secret of secrets) assert.ok(!text.includes(secret), `${secret} in ${what}:\n${text}`);
}

endToEnd("privacy: names on /metrics carry no userinfo, path or query", async () => {
  await using lab = await startLab();
  const { daemon, url } = await startSniff(lab.client, [
    "-i",
    lab.client.interface,
    "-l",
    "127.0.0.1:0",
  ]);
  const requests = [
    "CONNECT user:pass@tunnel.test:443 HTTP/1.1\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: host.test/path?key=secret\r\nConnection: close\r\n\r\n",
    "GET http://user:pass@absolute.test/path?key=secret HTTP/1.1\r\nHost: absolute.test\r\nConnection: close\r\n\r\n",
  ];
  for (const input of requests) {
    await lab.client.run(["nc", "-w", "2", lab.server.ipv4, "80"], { input, mayFail: true });
  }
  const page = await until("all are counted", async () => {
    const page = await fetchIn(lab.client, `${url}/metrics`);
    return ["tunnel", "host", "absolute"].every((name) => page.includes(`host="${name}.test"`)) &&
      page;
  });
  assertWithout(page, ["user:", "pass@", "/path", "secret"], "/metrics");
  assert.match(page, /^webstat_decode_errors_total\{layer="http",reason="name"\} 3$/m);
  const { stdout } = await daemon.stop("SIGINT");
  assertWithout(stdout, ["user:", "pass@", "/path", "secret"], "the report");
});

endToEnd(
  "privacy: --privacy and --exclude hold on /metrics, in events and in the report",
  async () => {
    await using lab = await startLab();
    const events = `${lab.directory}/events`;
    const { daemon, url } = await startSniff(lab.client, [
      ...["-i", lab.client.interface, "-l", "127.0.0.1:0", "--json", "--events", events],
      ...["--privacy", "--exclude", "blog"],
    ]);
    // No number, as times and sums may have any digits.
    const secret = "xyzzy";
    const headers = [`Cookie: session=${secret}`, `User-Agent: ${secret}`, `X-Token: ${secret}`]
      .flatMap((header) => ["-H", header]);
    await curl(lab, ...headers, `http://shop.test/page.html?key=${secret}`, "http://blog.test/");
    await curl(lab, `http://${lab.server.ipv4}/`, `https://blog.test/`);
    const metrics = async () => await fetchIn(lab.client, `${url}/metrics`);
    await until(
      "all are counted",
      async () => /host="~other",source="tls"\} 1$/m.test(await metrics()),
    );
    const page = await metrics();
    const { code, stdout, stderr } = await daemon.stop("SIGINT");
    assert.equal(code, 0, stderr);
    const secrets = [secret, "blog", "page.html", lab.client.ipv4, lab.server.ipv4];
    const lines = await Deno.readTextFile(events);
    for (
      const [text, what] of [[page, "/metrics"], [lines, "events"], [stdout, "report"]] as const
    ) {
      assertWithout(text, secrets, what);
    }
    assert.match(page, /^webstat_hits_total\{host="shop\.test",source="http"\} 1$/m);
    assert.match(page, /^webstat_hits_total\{host="~other",source="http"\} 2$/m);
    const hosts = lines.trim().split("\n").map((line) =>
      (JSON.parse(line) as { host: string }).host
    );
    assert.deepEqual([...new Set(hosts)].sort(), ["", "shop.test"]);
  },
);
