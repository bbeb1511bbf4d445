import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { viewOf } from "../../hosts/columns.ts";
import type { HostSnapshot, Snapshot } from "../../hosts/snapshot.ts";
import { busyHost, exampleHost, exampleSnapshot, hitsBy } from "../example.ts";
import { WebPage } from "./web_page.ts";

const VIEW = viewOf({ ip: false, place: null });
const HOSTILE = `"'><script>alert(1)</script>&\u{202e}.test`;

const snapshotOf = (...hosts: HostSnapshot[]): Snapshot =>
  exampleSnapshot({ hosts, hostsKept: hosts.length });

/** The page as text. */
function shown(snapshot: Snapshot, path = "/", query = "", renderer = new WebPage(VIEW)): string {
  return new TextDecoder().decode(renderer.render(snapshot, path, query, null).body);
}

/** Hosts of the table, from top to bottom. */
function order(page: string): string[] {
  const table = page.slice(page.indexOf("<tbody>"), page.indexOf("</tbody>"));
  return [...table.matchAll(/<th scope="row"><a href="host\/([^"]*)">/g)].map(([, name]) => name!);
}

const HOSTS = [
  exampleHost("a.test", { hits: hitsBy({ http: 2 }), bytesSent: 900 }),
  exampleHost("b.test", { hits: hitsBy({ http: 5, dns: 1 }), bytesSent: 10 }),
  exampleHost("shop.example", { hits: hitsBy({ tls: 3 }), bytesSent: 500 }),
];

Deno.test("the page has the busiest hosts first, and sorts and filters as it is asked", () => {
  const snapshot = snapshotOf(...HOSTS);
  const orderBy = (query: string) => order(shown(snapshot, "/", query));
  assert.deepEqual(orderBy(""), ["b.test", "shop.example", "a.test"]);
  assert.deepEqual(orderBy("sort=sent_bytes"), ["a.test", "shop.example", "b.test"]);
  assert.deepEqual(orderBy("sort=sent_bytes&order=up"), ["b.test", "shop.example", "a.test"]);
  assert.deepEqual(orderBy("sort=host"), ["a.test", "b.test", "shop.example"]);
  assert.deepEqual(orderBy("sort=nothing&q=TEST"), ["b.test", "a.test"]);
  assert.match(
    shown(snapshot, "/", "sort=hits"),
    /aria-sort="descending"[^>]*><a [^>]*>hits<\/a> ▼/,
  );
});

Deno.test("names and queries of strangers are text, wherever they are", () => {
  const hostile = exampleHost(HOSTILE, {
    hits: hitsBy({ http: 1 }),
    requests: [{ method: HOSTILE, code: "200", version: HOSTILE, count: 1 }],
    handshakes: [{ version: HOSTILE, alpn: HOSTILE, count: 1 }],
    addresses: [{ ip: HOSTILE, hits: hitsBy({ http: 1 }) }],
    programs: [{ process: HOSTILE, count: 1 }],
  });
  const snapshot = {
    ...snapshotOf(hostile),
    interfaces: [{ name: HOSTILE, packets: 1, bytes: 1, dropped: null }],
  };
  const renderer = new WebPage(viewOf({ ip: true, place: null, process: true }));
  const query = new URLSearchParams({ q: HOSTILE, sort: HOSTILE }).toString();
  const path = `/host/${encodeURIComponent(HOSTILE)}`;
  const overview = shown(snapshot, "/", "", renderer);
  for (
    const page of [overview, shown(snapshot, "/", query), shown(snapshot, path, query, renderer)]
  ) {
    assert.doesNotMatch(page, /<script>|alert\(1\)<\/script>|\u{202e}/u);
    assert.doesNotMatch(page, /"'>/);
    assert.match(page, /&lt;script&gt;alert\(1\)|%3Cscript%3Ealert/);
  }
  assert.match(overview, /&quot;&#39;&gt;&lt;script&gt;/);
});

Deno.test("a host has a page; one that was not seen, or is wrongly encoded, is not found", () => {
  const renderer = new WebPage(VIEW);
  const get = (path: string) => renderer.render(snapshotOf(busyHost("a.test")), path, "", null);
  const page = new TextDecoder().decode(get("/host/a.test").body);
  assert.match(page, /<h1>a\.test<\/h1>/);
  assert.match(page, /<h2>Phases<\/h2>.*<th scope="row">processing<\/th>/);
  assert.match(
    shown(snapshotOf(busyHost("a.test"), busyHost("b.test"))),
    /<th scope="row">tls<\/th><td class="n">16<\/td>/,
  );
  assert.match(page, /href="\.\.\/metrics"/);
  assert.deepEqual([get("/host/a.test").status, get("/host/b.test").status], [200, 404]);
  assert.equal(get("/host/%ff").status, 404);
});

Deno.test("rates and lines come with the second look, and go by the time between", () => {
  const renderer = new WebPage(VIEW);
  const at = (hits: number, seconds: number) => {
    const host = exampleHost("a.test", { hits: hitsBy({ http: hits }) });
    const { body } = renderer.render(snapshotOf(host), "/", "", null, seconds * 1000);
    return new TextDecoder().decode(body);
  };
  assert.doesNotMatch(at(100, 0), /<polyline|\d\/s</);
  assert.match(at(120, 5), /<td class="n">4\.0\/s<\/td>/);
  assert.match(at(120, 10), /<polyline points="/);
  assert.match(at(0, 20), /<td class="n">0\.0\/s<\/td>/, "after a reset it is not below 0");
  assert.match(at(60, 100), /<td class="n">0\.8\/s<\/td>/, "also after a pause");
});

Deno.test("the capture's health is said: what fails, and what was lost", () => {
  const snapshot = exampleSnapshot({
    interfaces: [{ name: "eth0", packets: 7, bytes: 700, dropped: { kernel: 2, interface: 1 } }],
    hostsFolded: 4,
  });
  const { body } = new WebPage(VIEW).render(snapshot, "/", "", "eth0 went down");
  const page = new TextDecoder().decode(body);
  assert.match(page, /class="bad">eth0 went down</);
  assert.match(page, /<th scope="row">eth0<\/th>.*?<td class="n">3<\/td>/);
  assert.match(page, /<li>4 hosts folded into ~other<\/li>/);
});

Deno.test("only what has the nonce is run, a new one each time; a paused page has no script", () => {
  const renderer = new WebPage(VIEW);
  const [one, two] = [0, 1].map(() => renderer.render(snapshotOf(), "/", "", null));
  const page = new TextDecoder().decode(one!.body);
  assert.notEqual(one!.nonce, two!.nonce);
  assert.equal(page.split(`nonce="${one!.nonce}"`).length, 3, "style and script");
  assert.equal(page.match(/<(?:style|script)\b/g)!.length, 2);
  assert.doesNotMatch(page, /\sstyle=|\son\w+=|https?:/);
  assert.doesNotMatch(shown(snapshotOf(), "/", "paused=1"), /<script|http-equiv/);
});

Deno.test("50 busy hosts, with lines of five minutes, are at most 15 kB packed", () => {
  const renderer = new WebPage(VIEW);
  let packed = 0;
  for (let i = 0; i < 100; i++) {
    const hosts = Array.from({ length: 60 }, (_, n) => ({
      ...busyHost(`host-${n}.shop-${n * 7919 % 61}.example`),
      hits: hitsBy({ http: 1000 + i * i * (n % 9) + i * (n * 31 % 17), tls: n }),
      bytesReceived: n * 7919 * 104729,
    }));
    const { body } = renderer.render(snapshotOf(...hosts), "/", "", null, i * 3000);
    packed = gzipSync(body, { level: 1 }).length;
  }
  assert.ok(packed <= 15_000, `${packed} bytes`);
});
