import assert from "node:assert/strict";
import {
  clientHello,
  dnsAnswer,
  dnsQuery,
  ethernet,
  httpRequest,
  httpResponse,
  ipv4,
  PROTOCOL,
  TcpConnection,
  tlsRecords,
  udp,
} from "../../tests/packet_builder.ts";
import { batchOf, ETHERNET, Feed, totals } from "../../tests/packets/feed.ts";
import { FIRST_TIME } from "../../tests/packets/files.ts";
import { OTHER_HOST } from "../hosts/label_values.ts";
import { registrableDomain } from "../hosts/domains.ts";
import { loadNaming, Naming } from "./naming.ts";
import { Pipeline } from "./pipeline.ts";

const CLIENT = "10.0.0.1";
const SERVER = "10.0.0.2";

/** A request that tells much of who asks for what. */
function page(host: string | null): Uint8Array[] {
  const connection = new TcpConnection();
  return [
    ...connection.open(),
    ...connection.request(
      httpRequest({
        host,
        target: "/private/path?query=secret",
        headers: {
          "User-Agent": "Agent/1 (serial 4711)",
          Cookie: "session=4711",
          Authorization: "Basic NDcxMQ==",
          Referer: "http://private.example/4711",
        },
      }),
    ),
    ...connection.answer(httpResponse({ body: "4711" })),
    ...connection.close(),
  ];
}

const question = (name: string): Uint8Array[] => [
  ethernet(ipv4({ protocol: PROTOCOL.UDP }, udp({}, dnsQuery({ name })))),
  ethernet(
    ipv4(
      { src: SERVER, dst: CLIENT, protocol: PROTOCOL.UDP },
      udp({ sport: 53, dport: 51000 }, dnsAnswer({ name })),
    ),
  ),
];

function hello(serverName: string): Uint8Array[] {
  const connection = new TcpConnection({ serverPort: 443 });
  return [...connection.open(), ...connection.request(tlsRecords(clientHello({ serverName })))];
}

const NOTHING = { by: "host", privacy: false, exclude: [], privateSuffixes: false } as const;

const TRAFFIC = [
  ...page("www.shop.example"),
  ...page("192.0.2.7"),
  ...page(null),
  ...page("intranet"),
  ...hello("login.bank.co.uk"),
  ...question("mail.shop.example"),
  ...question("1.0.0.10.in-addr.arpa"),
];

type Options = Partial<Parameters<typeof loadNaming>[0]>;

async function feed(options: Options): Promise<Feed> {
  const feed = new Feed();
  const naming = await loadNaming({ ...NOTHING, ...options });
  feed.pipeline.nameBy(naming, registrableDomain);
  return feed.feed(TRAFFIC).finish();
}

Deno.test("privacy: only registrable domains, no addresses, no targets, in no place", async () => {
  const { snapshot, lines, hostNames } = await feed({ privacy: true });
  assert.deepEqual(hostNames, ["bank.co.uk", "in-addr.arpa", "shop.example", OTHER_HOST]);
  const all = JSON.stringify(snapshot) + lines.join("");
  for (
    const secret of [
      "www",
      "login",
      "mail",
      "10.0.0",
      "192.0",
      "intranet",
      "private",
      "secret",
      "4711",
    ]
  ) {
    assert.ok(!all.includes(secret), `${secret} in ${all}`);
  }
  assert.equal(lines.length, 7);
  for (const line of lines) {
    const event = JSON.parse(line) as Record<string, unknown>;
    assert.deepEqual([event["src"], event["sport"], event["dst"]], [null, null, null]);
  }
});

Deno.test("privacy: the page of a host in the terminal has no clients and no targets", async () => {
  const pipeline = new Pipeline({ maxHosts: 10, event: null, watch: true });
  pipeline.nameBy(await loadNaming({ ...NOTHING, privacy: true }));
  pipeline.feed(batchOf(TRAFFIC, FIRST_TIME), ETHERNET);
  const shown = JSON.stringify(pipeline.inspect("shop.example"));
  assert.match(shown, /"what":"GET/);
  for (const secret of ["10.0.0", "private", "4711", "www"]) {
    assert.ok(!shown.includes(secret), shown);
  }
});

Deno.test("privacy: sums over all hosts stay what they are", async () => {
  const { addresses: _, ...counted } = await counts({ privacy: true });
  assert.deepEqual(counted, await counts({}));
});

/** Of all hosts, without their addresses. */
async function counts(options: Options) {
  const all = totals((await feed(options)).snapshot);
  return Object.fromEntries(Object.entries(all).filter(([key]) => !key.startsWith("address")));
}

Deno.test("exclude: neither kept nor told by name, though still in the sums", async () => {
  const { hostNames, lines } = await feed({ exclude: ["SHOP", "~^intra", "10.0.0.2"] });
  assert.deepEqual(hostNames, [
    "1.0.0.10.in-addr.arpa",
    "192.0.2.7",
    "login.bank.co.uk",
    OTHER_HOST,
  ]);
  const told = lines.map((line) => (JSON.parse(line) as { host: string }).host);
  assert.deepEqual(told.sort(), ["1.0.0.10.in-addr.arpa", "192.0.2.7", "login.bank.co.uk"]);
  assert.deepEqual(await counts({ exclude: ["shop", "~^intra"] }), await counts({}));
});

Deno.test("exclude goes before privacy, by whole names", async () => {
  const { hostNames } = await feed({ privacy: true, exclude: ["login.", "mail."] });
  assert.deepEqual(hostNames, ["in-addr.arpa", "shop.example", OTHER_HOST]);
});

Deno.test("by domain: hosts are domains; what has none keeps its name; events tell all", async () => {
  const { hostNames, events } = await feed({ by: "domain" });
  assert.deepEqual(hostNames, [
    "10.0.0.2",
    "192.0.2.7",
    "bank.co.uk",
    "in-addr.arpa",
    "intranet",
    "shop.example",
  ]);
  const told = new Set(events.map(({ host }) => host));
  for (const name of ["www.shop.example", "mail.shop.example", "login.bank.co.uk"]) {
    assert.ok(told.has(name), name);
  }
  assert.ok(events.some(({ target }) => target === "/private/path?query=secret"));
});

Deno.test("by domain: sums over all hosts stay what they are", async () => {
  assert.deepEqual(await counts({ by: "domain" }), await counts({}));
});

Deno.test("exclude goes before domains, by whole names", async () => {
  const { hostNames } = await feed({ by: "domain", exclude: ["login.", "in-addr"] });
  assert.deepEqual(hostNames, ["10.0.0.2", "192.0.2.7", "intranet", "shop.example", OTHER_HOST]);
});

Deno.test("names are remembered, but not without a bound", () => {
  let asked = 0;
  const domainOf = (name: string) => (asked++, name.slice(-3));
  const naming = new Naming({ domainOf, isPrivate: false, exclude: [] });
  for (let i = 0; i < 50_000; i++) assert.equal(naming.of(`host-${i % 100}.abc`), "abc");
  assert.equal(asked, 100);
  for (let i = 0; i < 50_000; i++) naming.of(`host-${i}.abc`);
  assert.equal(naming.of("x".repeat(100_000)), "xxx");
});
