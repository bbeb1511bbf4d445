import assert from "node:assert/strict";
import { type ColumnContext, viewOf } from "../hosts/columns.ts";
import { OTHER_HOST } from "../hosts/label_values.ts";
import { busyHost, exampleDurations, exampleHost, exampleSnapshot, hitsBy } from "./example.ts";
import { reportTable } from "./report.ts";

const PLAIN: ColumnContext = { ip: false, place: null };
const PIPE = { width: null, top: null, color: false };

const HOSTS = [
  exampleHost(OTHER_HOST, { hits: hitsBy({ http: 90 }), bytesReceived: 1000 }),
  exampleHost("b.example", { hits: hitsBy({ http: 2 }) }),
  exampleHost("a.example", { hits: hitsBy({ http: 1, tls: 1 }) }),
  exampleHost("busy.example", {
    hits: hitsBy({ http: 5, dns: 2 }),
    errors: 1,
    requests: [{ method: "GET", code: "200", version: "1.1", count: 5 }],
    phases: [
      null,
      null,
      null,
      { ...exampleDurations({ 0: 5 }, 0.06), p50: 0.0123, p95: 1.26 },
      null,
      null,
    ],
    bytesSent: 900,
    bytesReceived: 1_234_567,
  }),
];

Deno.test("hosts are sorted by hits, then by name; ~other comes last", () => {
  const lines = reportTable(exampleSnapshot({ hosts: HOSTS }), viewOf(PLAIN), PIPE).split("\n");
  assert.deepEqual(lines.slice(0, 6).map((line) => line.split(/\s{2,}/)), [
    ["host", "hits", "requests", "errors", "p50", "p95", "received", "sent", "last seen"],
    [
      "busy.example",
      "7",
      "5",
      "1",
      "12 ms",
      "1.3 s",
      "1.2 MB",
      "900 B",
      "2023-11-14 22:13:20Z",
    ],
    ["a.example", "2", "0", "0", "-", "-", "0 B", "0 B", "2023-11-14 22:13:20Z"],
    ["b.example", "2", "0", "0", "-", "-", "0 B", "0 B", "2023-11-14 22:13:20Z"],
    ["~other", "90", "0", "0", "-", "-", "1 kB", "0 B", "2023-11-14 22:13:20Z"],
    ["3 hosts in all", "101", "5", "1", "1.2 MB", "900 B"],
  ]);
});

Deno.test("the addresses and places that were asked for are there", () => {
  const host = exampleHost("a.example", {
    hits: hitsBy({ http: 6 }),
    addresses: [
      { ip: "192.0.2.1", hits: hitsBy({ http: 1 }) },
      { ip: "192.0.2.2", hits: hitsBy({ http: 3 }) },
      { ip: "other", hits: hitsBy({ http: 2 }) },
    ],
  });
  const place = () => ({ city: "Paris", country: "FR" });
  const text = reportTable(exampleSnapshot({ hosts: [host] }), viewOf({ ip: true, place }), PIPE);
  assert.match(text, /last seen +ip +city +country\n/);
  assert.match(text, /192\.0\.2\.2 \+2 +Paris +FR\n/);
});

Deno.test("a report fits a narrow terminal: columns are left out, then names are cut", () => {
  const name = "a-very-long-name.of.a.host.in.some.cloud.provider.example.org";
  const snapshot = exampleSnapshot({ hosts: [busyHost(name), busyHost("b.example")] });
  const view = viewOf({ ip: true, place: () => ({ city: "Paris", country: "FR" }) });
  for (const width of [200, 120, 100, 80, 60, 40, 30]) {
    const table = reportTable(snapshot, view, { ...PIPE, width }).split("\n\n")[0]!;
    const widest = Math.max(...table.split("\n").map((line) => [...line].length));
    assert.ok(widest <= width, `${widest} places on a terminal of ${width}`);
    assert.match(table, /^host +hits/);
    assert.match(table, /^b\.example +166/m);
    if (width >= 80) assert.match(table, /192\.0\.2\.1/, "what was asked for stays longest");
  }
  assert.ok(reportTable(snapshot, view, { ...PIPE, width: 80 }).includes("…"));
});

Deno.test("in a pipe all columns are kept, and names of a usual length; longer ones are cut", () => {
  const usual = "a-very-long-name.of.some.cloud.provider.example";
  const long = `${"x".repeat(60)}.${"y".repeat(60)}.example`;
  const snapshot = exampleSnapshot({ hosts: [busyHost(usual), busyHost(long)] });
  const text = reportTable(snapshot, viewOf({ ip: true, place: null }), PIPE);
  assert.match(text, new RegExp(`^${usual} +166 .* 192\\.0\\.2\\.1`, "m"));
  assert.match(text, /^x{47}… +166 .* 192\.0\.2\.1/m);
  assert.match(text, /^Long names are cut: --json has them whole\.$/m);
  assert.doesNotMatch(reportTable(exampleSnapshot({ hosts: HOSTS }), viewOf(PLAIN), PIPE), /cut/);
});

Deno.test("the domain is for wide terminals", () => {
  const snapshot = exampleSnapshot({ hosts: [exampleHost("a.example")] });
  const title = (width: number | null) =>
    reportTable(snapshot, viewOf(PLAIN), { ...PIPE, width }).split("\n")[0]!;
  assert.match(title(160), /sent +domain +last seen/);
  for (const width of [null, 90]) assert.doesNotMatch(title(width), /domain/);
});

Deno.test("a cut list says how many hosts are not listed", () => {
  const hosts = Array.from(
    { length: 60 },
    (_, i) => exampleHost(`h${i}`, { hits: hitsBy({ http: 1 }) }),
  );
  const text = reportTable(exampleSnapshot({ hosts }), viewOf(PLAIN), { ...PIPE, top: 50 });
  assert.equal(text.match(/^h\d+ /gm)!.length, 50);
  assert.match(text, /^60 hosts in all +60/m);
  assert.match(text, /^10 more hosts are not listed: --json has them all/m);
});

Deno.test("what was captured and what was lost is said below the table", () => {
  const text = reportTable(
    exampleSnapshot({
      hosts: [exampleHost("a.example")],
      interfaces: [
        { name: "eth0", packets: 10, bytes: 1500, dropped: { kernel: 4, interface: 0 } },
        { name: "eth1", packets: 1, bytes: 100, dropped: null },
      ],
      dnsQueries: [
        { type: "A", rcode: "NXDOMAIN", count: 1 },
        { type: "A", rcode: "NOERROR", count: 3 },
        { type: "AAAA", rcode: "NOERROR", count: 2 },
        { type: "A", rcode: "", count: 1 },
      ],
      decodeErrors: [
        { layer: "tcp", reason: "truncated", count: 2 },
        { layer: "link", reason: "unknown type", count: 7 },
      ],
      hostsFolded: 5,
    }),
    viewOf(PLAIN),
    PIPE,
  );
  assert.equal(
    text.split("\n\n")[1],
    "11 packets, 1.6 kB from eth0, eth1\n" +
      "7 DNS queries: 5 NOERROR, 1 NXDOMAIN, 1 without an answer\n" +
      "4 packets dropped by the kernel\n" +
      "9 packets or messages not read: 7 link unknown type, 2 tcp truncated\n" +
      "5 hosts folded into ~other\n",
  );
});

Deno.test("reasons for not reading are told, but not without end", () => {
  const decodeErrors = [..."abcdefgh"].map((layer, i) => ({
    layer,
    reason: "encrypted",
    count: i,
  }));
  const text = reportTable(exampleSnapshot({ decodeErrors }), viewOf(PLAIN), PIPE);
  assert.match(text, /28 packets or messages not read: 7 h encrypted, .* and 2 more reasons\n/);
});

Deno.test("without hosts the report says so", () => {
  const text = reportTable(exampleSnapshot(), viewOf(PLAIN), PIPE);
  assert.equal(text, "No web host was seen.\n\n0 packets, 0 B from nowhere\n");
});

Deno.test("nothing from the wire reaches the terminal raw", () => {
  const hosts = [exampleHost("evil\x1b[2J\u202e.example")];
  const interfaces = [{ name: "x\x07", packets: 1, bytes: 1, dropped: null }];
  const text = reportTable(exampleSnapshot({ hosts, interfaces }), viewOf(PLAIN), PIPE);
  assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\p{Cf}]/u);
  assert.match(text, /^evil\\u\{1b\}\[2J\\u\{202e\}\.example /m);
});
