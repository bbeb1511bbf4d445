// deno-lint-ignore-file camelcase -- the fields of events and of caddy's log
// A browser that speaks HTTP/3 to a real server, watched: its names come out of QUIC, and out of TLS
// over TCP beside it.

import assert from "node:assert/strict";
import { startCaddy } from "../lab/caddy.ts";
import { browse, speakQuicTo } from "../lab/chromium.ts";
import { Lab } from "../lab/lab.ts";
import { until } from "../lab/process.ts";
import { makeCertificates } from "../lab/servers.ts";
import { watch } from "./watch.ts";
import { endToEnd, fetchIn } from "./webstat.ts";

/** By HTTP/3, and over TCP alone. */
const [QUIC, TCP] = [4443, 4444];

/** A page of shop.test with a picture of blog.test, both by QUIC, and one of api.test over TCP. */
const caddyfile = (certificate: string, key: string, log: string) =>
  `{
  admin off
  auto_https disable_redirects
  servers :${TCP} {
    protocols h1 h2
  }
}
(lab) {
  tls ${certificate} ${key}
  log {
    output file ${log}
    format json
  }
}
https://shop.test:${QUIC} {
  import lab
  header Content-Type text/html
  respond \`<p>hello</p><img src="https://blog.test:${QUIC}/b"><img src="https://api.test:${TCP}/a">\`
}
https://blog.test:${QUIC}, https://api.test:${TCP} {
  import lab
  respond "no picture"
}
`;

interface LogLine {
  readonly request?: { remote_port: string; proto: string; host: string };
}

/** The connections that requests came on, as "host client's port", by protocol. */
async function connectionsOf(log: string): Promise<Record<string, string[]>> {
  const lines = (await Deno.readTextFile(log)).split("\n").filter(Boolean);
  const connections: Record<string, Set<string>> = {};
  for (const { request } of lines.map((line) => JSON.parse(line) as LogLine)) {
    if (request === undefined) continue;
    const host = request.host.replace(/:\d+$/, "");
    (connections[request.proto] ??= new Set()).add(`${host} ${request.remote_port}`);
  }
  return Object.fromEntries(Object.entries(connections).map(([p, set]) => [p, [...set].sort()]));
}

endToEnd("a browser's HTTP/3 is counted by name, and its TLS over TCP beside it", async (t) => {
  await using lab = await Lab.create();
  const { client, server } = lab;
  const { certificate, key } = await makeCertificates(lab.directory);
  const log = `${lab.directory}/caddy-access.json`;
  await startCaddy(lab, caddyfile(certificate, key, log));
  let page = "";
  const seen = await watch(client, [client.interface], async ({ url }) => {
    const dom = await browse(lab, `https://shop.test:${QUIC}/`, {
      resolve: [`MAP blog.test [${server.ipv6}]`, `MAP *.test ${server.ipv4}`],
      certificate,
      args: [speakQuicTo(`shop.test:${QUIC}`, `blog.test:${QUIC}`)],
    });
    assert.match(dom, /hello/);
    page = await until("the handshakes are counted", async () => {
      const text = await fetchIn(client, `${url}/metrics`);
      return ["shop", "blog", "api"].every((name) => text.includes(`host="${name}.test"`)) && text;
    });
  });
  const served = await connectionsOf(log);
  const connections = (kind: "quic" | "tls") =>
    seen.of(kind).map(({ host, sport }) => `${host} ${sport}`).sort();

  await t.step("each connection that brought a request, once and by its name", () => {
    assert.deepEqual(Object.keys(served).sort(), ["HTTP/2.0", "HTTP/3.0"]);
    // A browser may open more than it uses.
    assertHasEach(connections("quic"), served["HTTP/3.0"]!);
    assertHasEach(connections("tls"), served["HTTP/2.0"]!);
    assert.deepEqual(Object.keys(seen.hits), ["api.test tls", "blog.test quic", "shop.test quic"]);
  });

  await t.step("each QUIC handshake with its version, protocol and addresses", () => {
    for (const { host, quic_version, alpn, dst, dport } of seen.of("quic")) {
      assert.deepEqual([quic_version, alpn, dport], ["1", "h3", QUIC]);
      assert.equal(dst, host === "blog.test" ? server.ipv6 : server.ipv4);
    }
  });

  await t.step("how long each handshake took, and what it weighs", () => {
    for (const name of ["shop.test", "blog.test"]) {
      const { phases, hits_by_source, connections, sent_bytes, received_bytes } = seen.host(name);
      assert.equal(phases["quic"]?.count, hits_by_source.quic);
      assert.ok(phases["quic"].sum > 0 && phases["quic"].sum < 20, `${phases["quic"].sum} s`);
      assert.deepEqual(connections, { tcp: 0, udp: hits_by_source.quic });
      // Datagrams with Initials are filled up: RFC 9000 section 14.1.
      assert.ok(sent_bytes > 1200 && received_bytes > 1200, `${sent_bytes}, ${received_bytes}`);
    }
    assert.equal(seen.host("api.test").phases["tls"]?.count, seen.hits["api.test tls"]);
  });

  await t.step("Prometheus gets it by host and source", () => {
    for (const sample of ['host="shop.test",source="quic"', 'host="api.test",source="tls"']) {
      assert.ok(page.includes(`webstat_hits_total{${sample}} `), `${sample} is not on:\n${page}`);
    }
    assert.match(page, /webstat_phase_duration_seconds_count\{host="shop.test",phase="quic"\} \d/);
  });
}, ["caddy", "chromium"]);

/** All of `expected` are among `found`, where nothing is twice. */
function assertHasEach(found: readonly string[], expected: readonly string[]): void {
  assert.deepEqual(found.filter((each) => expected.includes(each)), expected);
  assert.equal(new Set(found).size, found.length, `something is twice in ${found.join(", ")}`);
}
