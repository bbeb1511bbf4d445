// Requests inside TLS and QUIC, live: real programs write key logs while webstat captures.

import assert from "node:assert/strict";
import { startCaddy } from "../lab/caddy.ts";
import { browse, speakQuicTo } from "../lab/chromium.ts";
import { Lab } from "../lab/lab.ts";
import { until } from "../lab/process.ts";
import { Nginx, startDnsmasq } from "../lab/servers.ts";
import { endToEnd, fetchIn, type Sniffer, startSniff } from "./webstat.ts";

/** How many requests /metrics has, by version. */
async function requests(lab: Lab, { url }: Sniffer): Promise<Record<string, number>> {
  const page = await fetchIn(lab.client, `${url}/metrics`);
  const counts: Record<string, number> = {};
  for (
    const [, version, count] of page.matchAll(/http_requests_total\{.*version="(.*?)".*\} (\d+)/g)
  ) {
    counts[version!] = (counts[version!] ?? 0) + Number(count);
  }
  return counts;
}

async function outcomes(lab: Lab, { url }: Sniffer): Promise<Record<string, number>> {
  const page = await fetchIn(lab.client, `${url}/metrics`);
  const rows = page.matchAll(/tls_decrypted_total\{outcome="(.*?)"\} (\d+)/g);
  return Object.fromEntries([...rows].map(([, outcome, count]) => [outcome!, Number(count)]));
}

const untilRequests = (lab: Lab, sniffer: Sniffer, expected: Record<string, number>) =>
  until(`the requests are ${JSON.stringify(expected)}`, async () => {
    return JSON.stringify(await requests(lab, sniffer)) === JSON.stringify(expected);
  });

/** curl with a key log, or none. */
async function curl(lab: Lab, keys: string | null, ...args: string[]): Promise<void> {
  await lab.client.run(["curl", "-sS", "-k", "-4", "-m", "20", ...args], {
    env: keys === null ? {} : { SSLKEYLOGFILE: keys },
  });
}

const PAGES = ["https://shop.test/page.html?secret=1", "https://shop.test/missing"];
const OUTPUT = PAGES.flatMap(() => ["-o", "/dev/null"]);

endToEnd("curl's requests in TLS are counted live, from a key log that comes later", async (t) => {
  await using lab = await Lab.create();
  await Nginx.start(lab);
  await startDnsmasq(lab);
  await lab.useServersDns();
  // Whoever webstat becomes has to find it.
  await Deno.chmod(lab.directory, 0o755);
  const keys = `${lab.directory}/keys`;
  const events = `${lab.directory}/events`;
  const sniffer = await startSniff(lab.client, [
    ...["-i", lab.client.interface, "--keylog", keys, "-l", "127.0.0.1:0", "--events", events],
  ]);

  await t.step("HTTP/1.1 and HTTP/2, TLS 1.2 and 1.3", async () => {
    await curl(lab, keys, "--http1.1", ...OUTPUT, ...PAGES);
    await Deno.chmod(keys, 0o644);
    await curl(lab, keys, "--http2", ...OUTPUT, ...PAGES);
    await curl(lab, keys, "--tls-max", "1.2", ...OUTPUT, ...PAGES);
    await untilRequests(lab, sniffer, { "1.1": 2, "2": 4 });
  });

  await t.step("the key log is rotated", async () => {
    await Deno.rename(keys, `${keys}.1`);
    await curl(lab, keys, "--http1.1", ...OUTPUT, ...PAGES);
    await untilRequests(lab, sniffer, { "1.1": 4, "2": 4 });
  });

  await t.step("what has no secrets is told", async () => {
    await curl(lab, null, "--http1.1", ...OUTPUT, ...PAGES);
    await until("it is counted", async () => (await outcomes(lab, sniffer))["no-keys"] === 1);
    assert.deepEqual(await outcomes(lab, sniffer), { "read": 4, "no-keys": 1 });
  });

  await t.step("events have no query strings", async () => {
    await sniffer.daemon.stop("SIGINT");
    const lines = (await Deno.readTextFile(events)).split("\n").filter((line) => line !== "");
    const http = lines.map((line) => JSON.parse(line)).filter(({ kind }) => kind === "http");
    assert.deepEqual([...new Set(http.map(({ target }) => target))], ["/page.html", "/missing"]);
    assert.deepEqual(new Set(http.map(({ tls }) => tls)), new Set(["1.3", "1.2"]));
    const [tls] = lines.map((line) => JSON.parse(line)).filter(({ kind }) => kind === "tls");
    assert.equal(tls.alpn, "http/1.1");
  });
});

endToEnd("a key log that is a FIFO reaches every worker", async () => {
  await using lab = await Lab.create();
  await Nginx.start(lab);
  await startDnsmasq(lab);
  await lab.useServersDns();
  const keys = `${lab.directory}/keys`;
  await lab.client.run(["mkfifo", "-m", "600", keys]);
  const args = ["-i", lab.client.interface, "--keylog", keys, "-l", "127.0.0.1:0"];
  const sniffer = await startSniff(lab.client, [...args, "--workers", "2"]);
  for (let i = 0; i < 12; i++) await curl(lab, keys, "--http1.1", ...OUTPUT, ...PAGES);
  await untilRequests(lab, sniffer, { "1.1": 24 });
  assert.deepEqual(await outcomes(lab, sniffer), { "read": 12 });
});

endToEnd("Chromium's requests in HTTP/3 are counted live", async () => {
  await using lab = await Lab.create();
  const { certificates } = await Nginx.start(lab);
  const { certificate, key } = certificates;
  await startCaddy(
    lab,
    `{\n admin off\n auto_https disable_redirects\n}\nhttps://shop.test:4443 {
  tls ${certificate} ${key}
  respond "hello by HTTP/3"
}\n`,
  );
  const keys = `${lab.directory}/keys`;
  await Deno.chmod(lab.directory, 0o755);
  // Opened while webstat is root, so that it can be read on.
  await Deno.writeTextFile(keys, "", { mode: 0o600 });
  const args = ["-i", lab.client.interface, "--keylog", keys, "-l", "127.0.0.1:0"];
  const sniffer = await startSniff(lab.client, args);
  const page = await browse(lab, "https://shop.test:4443/", {
    resolve: [`MAP *.test ${lab.server.ipv4}`],
    certificate,
    args: [speakQuicTo("shop.test:4443"), `--ssl-key-log-file=${keys}`],
  });
  assert.match(page, /hello by HTTP\/3/);
  await until(
    "its request is counted",
    async () => (await requests(lab, sniffer))["3"] !== undefined,
  );
}, ["chromium", "caddy"]);
