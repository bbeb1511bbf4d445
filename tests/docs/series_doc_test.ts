// The table of docs/metrics.md: what each setting costs as series, of hosts whose packets are counted here.

import assert from "node:assert/strict";
import { viewOf } from "../../src/hosts/columns.ts";
import { domainsBy } from "../../src/hosts/domains.ts";
import { formatBytes } from "../../src/hosts/units.ts";
import { GROUP_NAMES } from "../../src/outputs/metric_groups.ts";
import { type SeriesCost, seriesCosts } from "../../src/outputs/series_report.ts";
import { Pipeline } from "../../src/pipeline/pipeline.ts";
import { snapshotOf } from "../../src/pipeline/testing.ts";
import {
  clientHello,
  dnsAnswer,
  dnsQuery,
  ethernet,
  httpRequest,
  httpResponse,
  ipv4,
  PROTOCOL,
  serverHello,
  TcpConnection,
  tlsRecords,
  udp,
} from "../packet_builder.ts";
import { batchOf, ETHERNET } from "../packets/feed.ts";
import { FIRST_TIME } from "../packets/files.ts";
import { read, type Row, sectionOf, tableDifference, tablesOf } from "./markdown.ts";

const HOSTS = 1000;
const ROUTES = 10;
const OPTIONS = {
  metrics: [],
  by: "host" as const,
  routes: ROUTES,
  domainLabel: domainsBy(false).domainLabel,
};
const PLAIN = viewOf({ ip: false, place: null });

/** So many hosts a domain. */
const nameIn = (hosts: number) => (i: number): string =>
  `${["www", "api", "static"][i % hosts] ?? `node${i % hosts}`}.shop${
    Math.floor(i / hosts)
  }.example`;

const nameOf = nameIn(3);

/** A request with its answer, and a TLS handshake. */
function visit(i: number, name = nameOf(i)): Uint8Array[] {
  const plain = new TcpConnection({ clientPort: 10_000 + i });
  const tls = new TcpConnection({ clientPort: 30_000 + i, serverPort: 443 });
  return [
    ...plain.open(),
    ...plain.request(httpRequest({ host: name, target: `/users/${i}` })),
    ...plain.answer(httpResponse({ body: "an answer" })),
    ...plain.close(),
    ...tls.open(),
    ...tls.request(tlsRecords(clientHello({ serverName: name }))),
    ...tls.answer(tlsRecords(serverHello())),
    ...tls.close(),
  ];
}

function question(i: number): Uint8Array[] {
  const name = nameOf(i);
  const ports = { sport: 40_000 + i, dport: 53 };
  return [
    ethernet(ipv4({ protocol: PROTOCOL.UDP }, udp(ports, dnsQuery({ name })))),
    ethernet(
      ipv4(
        { src: "10.0.0.2", dst: "10.0.0.1", protocol: PROTOCOL.UDP },
        udp({ sport: 53, dport: ports.sport }, dnsAnswer({ name })),
      ),
    ),
  ];
}

/** The costs of hosts with these packets. */
function costsOf(packetsOf: (i: number) => Uint8Array[]): Map<string, SeriesCost> {
  const pipeline = new Pipeline({ maxHosts: HOSTS, event: null, routes: ROUTES });
  for (let i = 0; i < HOSTS; i++) {
    pipeline.feed(batchOf(packetsOf(i), FIRST_TIME + i * 100_000), ETHERNET);
  }
  const snapshot = snapshotOf(pipeline, ETHERNET);
  assert.equal(snapshot.hosts.length, HOSTS);
  return new Map(seriesCosts(snapshot, PLAIN, OPTIONS).map((cost) => [cost.setting, cost]));
}

const VISITED = costsOf((i) => visit(i));
const ASKED = costsOf(question);

const aHost = ({ ofHosts }: SeriesCost): string =>
  String(Math.round(ofHosts.series / HOSTS * 10) / 10);

Deno.test("docs/metrics.md: its table has what each setting costs", () => {
  const section = sectionOf(read("docs/metrics.md"), 2, "Fewer series");
  const expected = [...VISITED.values()].map((cost): Row => [
    cost.setting.startsWith("--") ? `\`${cost.setting}\`` : cost.setting,
    aHost(cost),
    formatBytes(cost.ofHosts.bytes / HOSTS),
    aHost(ASKED.get(cost.setting)!),
  ]);
  assert.equal(tableDifference("the table of settings", tablesOf(section).at(-1)!, expected), "");
});

Deno.test("docs/metrics.md: its table of groups has them all", () => {
  const [groups] = tablesOf(sectionOf(read("docs/metrics.md"), 2, "Fewer series"));
  assert.deepEqual(groups!.map(([name]) => name), GROUP_NAMES.map((name) => `\`${name}\``));
});

Deno.test("1000 hosts with HTTP and TLS: no more series than promised", () => {
  const series = (setting: string) => VISITED.get(setting)!.series;
  assert.ok(series("as given, without --routes") <= 80_000);
  assert.ok(series("--buckets coarse") <= 64_000);
  assert.ok(series("native histograms (protobuf)") <= 20_000);
  assert.ok(VISITED.get("native histograms (protobuf)")!.bytes <= 1_500_000);
});

Deno.test("1000 hosts by domain: at most 5 series a host, in whatever number of domains", () => {
  const text = sectionOf(read("docs/metrics.md"), 2, "Fewer series").replaceAll(/\s+/g, " ");
  const setting = "--by domain --metrics -phases";
  for (const [hosts, costs] of [[10, null], [3, VISITED], [1, null]] as const) {
    const name = nameIn(hosts);
    const { ofHosts } = (costs ?? costsOf((i) => visit(i, name(i)))).get(setting)!;
    assert.ok(ofHosts.series <= 5 * HOSTS, `${ofHosts.series}, ${hosts}`);
    const said = `${ofHosts.series.toLocaleString("en")} in ${Math.ceil(HOSTS / hosts)} domains`;
    assert.ok(text.includes(said), said);
  }
});
