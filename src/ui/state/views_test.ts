// The views (v), and the filter by columns.

import assert from "node:assert/strict";
import { associate } from "../../associate.ts";
import { domainOf } from "../../hosts/domains.ts";
import type { Clients } from "../../hosts/clients.ts";
import { pairKey, type PairRow } from "../../hosts/pair_table.ts";
import type { HostSnapshot } from "../../hosts/snapshot.ts";
import { exampleHost, hitsBy } from "../../outputs/example.ts";
import { FakeUser, hostsWithHits } from "../testing.ts";

const pair = (key: string, host: string, http: number, bytesReceived = 0): PairRow => ({
  key,
  host,
  connections: 1,
  bytesSent: 0,
  bytesReceived,
  hits: hitsBy({ http }),
});

const HOSTS: readonly HostSnapshot[] = [
  exampleHost("api.shop.test", {
    hits: hitsBy({ http: 30 }),
    errors: 2,
    addresses: [{ ip: "10.0.1.5", hits: hitsBy({ http: 30 }) }],
  }),
  exampleHost("www.shop.test", {
    hits: hitsBy({ tls: 20 }),
    addresses: [{ ip: "192.0.2.7", hits: hitsBy({ tls: 20 }) }],
  }),
  exampleHost("cdn.test", { hits: hitsBy({ http: 5, quic: 5 }) }),
];

const CLIENTS: Clients = {
  pairs: [
    pair("10.0.0.7", "api.shop.test", 25, 1000),
    pair("10.0.0.7", "cdn.test", 9),
    pair("10.0.0.8", "api.shop.test", 5),
    pair("fd00::8", "www.shop.test", 20),
  ],
  names: new Map(["10.0.0.8", "fd00::8"].map((ip) => [ip, { name: "phone", trust: 0 }])),
};

const PROCESSES: readonly PairRow[] = [
  pair(pairKey("node", "docker-abc"), "api.shop.test", 20),
  pair(pairKey("node", "web.service"), "api.shop.test", 5),
  pair(pairKey("curl", ""), "www.shop.test", 20),
];

const user = (): FakeUser => new FakeUser().sees(HOSTS, { clients: CLIENTS, processes: PROCESSES });

/** The rows with their hits. */
const rows = ({ state }: FakeUser): Record<string, number> =>
  associateRows(
    state.rows.map(({ name, counted }) => [name, counted.hits.reduce((a, b) => a + b)]),
  );

const associateRows = (all: readonly (readonly [string, number])[]) => {
  const hits = new Map(all);
  return associate([...hits.keys()], (name) => hits.get(name)!);
};

Deno.test("v goes through hosts, domains, clients, programs and containers", () => {
  const one = user();
  one.press("v");
  assert.deepEqual(one.effects, [{ type: "load-domains" }]);
  one.happens({ type: "domains", domainOf });
  assert.deepEqual(rows(one), { "shop.test": 50, "cdn.test": 10 });
  assert.deepEqual(rows(one.press("v")), { "10.0.0.7": 34, "phone": 25 });
  assert.match(one.table[0]!, /client/);
  assert.deepEqual(rows(one.press("v")), { node: 25, curl: 20 });
  assert.deepEqual(rows(one.press("v")), { "docker-abc": 20, "(none)": 20, "web.service": 5 });
  assert.deepEqual(rows(one.press("v")), {
    "api.shop.test": 30,
    "www.shop.test": 20,
    "cdn.test": 10,
  });
});

Deno.test("views of what is not counted are left out", () => {
  const one = new FakeUser().sees(HOSTS).press("v").happens({ type: "domains", domainOf });
  assert.equal(one.state.table.view, "domain");
  assert.equal(one.press("v").state.table.view, "host");
});

/** In the view of clients. */
const clients = (): FakeUser => user().press("v").happens({ type: "domains", domainOf }).press("v");

Deno.test("a row opens into its hosts, with what is counted of both; from there the host opens", () => {
  const one = clients().press("enter");
  assert.deepEqual(rows(one), { "api.shop.test": 25, "cdn.test": 9 });
  assert.equal(one.state.rows[0]!.counted.bytesReceived, 1000);
  // Errors are known of the whole host only.
  assert.match(one.table[1]!, /api\.shop\.test +25 +25 +1 kB/);
  assert.doesNotMatch(one.table[0]!, /rate|requests|error%|p50/, "only known of the whole host");
  one.press("enter");
  assert.deepEqual([one.state.page?.kind, one.state.host], ["host", "api.shop.test"]);
  one.press("escape", "escape");
  assert.deepEqual(rows(one), { "10.0.0.7": 34, "phone": 25 });
  assert.equal(one.selected, "10.0.0.7");
});

Deno.test("in every view rows are exported: the hosts of the row", () => {
  const one = clients().press(" ");
  assert.equal(one.state.exported, 2);
  assert.deepEqual(one.state.rows.map(({ exported }) => exported), ["all", "some"]);
  one.press(" ");
  assert.equal(one.state.exported, 0);
  one.press("a");
  assert.equal(one.state.exported, 3);
  one.press("x");
  assert.equal(one.state.exported, 0);
  const { number } = one.state.rows[1]!;
  one.press("i", String(number), "enter");
  assert.deepEqual(one.exported, ["phone"]);
});

/** The hosts that a filter lets through. */
function filtered(text: string): string[] {
  const one = user().press("/").type(text).press("enter");
  assert.equal(one.state.prompt, null);
  return one.names;
}

Deno.test("the filter goes by columns, and all its words have to hold", () => {
  assert.deepEqual(filtered("process:node"), ["api.shop.test"]);
  assert.deepEqual(filtered("container:docker"), ["api.shop.test"]);
  assert.deepEqual(filtered("client:10.0.0.7"), ["api.shop.test", "cdn.test"]);
  assert.deepEqual(filtered("client:phone"), ["api.shop.test", "www.shop.test"]);
  assert.deepEqual(filtered("client:10.0.0.8"), ["api.shop.test"]);
  assert.deepEqual(filtered("source:http"), ["api.shop.test", "cdn.test"]);
  assert.deepEqual(filtered("errors>0"), ["api.shop.test"]);
  assert.deepEqual(filtered("hits>=20"), ["api.shop.test", "www.shop.test"]);
  assert.deepEqual(filtered("ip:192.0"), ["www.shop.test"]);
  assert.deepEqual(filtered("shop hits<30"), ["www.shop.test"]);
  assert.deepEqual(filtered("~^(api|cdn) source:quic"), ["cdn.test"]);
  assert.deepEqual(filtered("2001:db8"), []);
});

Deno.test("country: looks up addresses", () => {
  const place = (ip: string) => ({ city: "", country: ip.startsWith("192") ? "DE" : "FR" });
  const { setting } = user().state;
  const view = { ...setting.view, context: { ip: false, place } };
  const one = new FakeUser({ view })
    .sees(HOSTS);
  assert.deepEqual(one.press("/").type("country:de").names, ["www.shop.test"]);
});

Deno.test("in a view the filter is of the hosts in its rows", () => {
  const one = clients().press("/").type("errors>0").press("enter");
  assert.deepEqual(rows(one), { "10.0.0.7": 25, "phone": 5 });
});

Deno.test("Tab completes columns, and what stands in them", () => {
  const one = user().press("/").type("cli").press("tab");
  assert.equal(one.state.prompt?.text, "client:");
  one.type("ph").press("tab");
  assert.equal(one.state.prompt?.text, "client:phone");
  assert.deepEqual(one.names, ["api.shop.test", "www.shop.test"]);
  one.type(" source:").press("tab");
  const { prompt } = one.state;
  assert.ok(prompt?.kind === "filter");
  assert.equal(prompt.note, "source:http  source:tls  source:quic");
  one.type("t").press("tab", "enter");
  assert.deepEqual(one.names, ["www.shop.test"]);
});

Deno.test("a name that only DNS has told has a ~ before it", () => {
  const named = (name: string, ...sources: string[]) =>
    exampleHost(name, {
      hits: hitsBy({ tls: 1 }),
      namedConnections: sources.map((source) => ({
        transport: "tcp",
        "name_source": source,
        count: 1,
      })),
    });
  const one = new FakeUser().sees([
    named("a.test", "dns"),
    named("b.test", "dns", "sni"),
    ...hostsWithHits({ "c.test": 1 }),
  ]);
  const shown = one.table.slice(1).map((line) => /\S*\.test/.exec(line)![0]);
  assert.deepEqual(shown.sort(), ["b.test", "c.test", "~a.test"]);
});
