import assert from "node:assert/strict";
import { type LegacyName, viewOf } from "../hosts/columns.ts";
import { exampleHost, exampleSnapshot, hitsBy } from "./example.ts";
import { Prometheus } from "./prometheus.ts";

const HOSTS = [
  exampleHost("shop.test", {
    hits: hitsBy({ http: 3, dns: 2 }),
    addresses: [
      { ip: "192.0.2.1", hits: hitsBy({ http: 2, dns: 1 }) },
      { ip: "192.0.2.2", hits: hitsBy({ http: 1 }) },
      { ip: "other", hits: hitsBy({ dns: 1 }) },
    ],
  }),
  exampleHost("quiet.test"),
];

/** The lines of the old metric. */
function lines(legacyName: LegacyName | undefined, options: { ip: boolean; city: boolean }) {
  const place = options.city ? () => ({ city: "Oslo", country: "NO" }) : null;
  const view = viewOf({ ip: options.ip, place });
  const page = new Prometheus(legacyName === undefined ? view : { ...view, legacyName })
    .page(exampleSnapshot({ hosts: HOSTS }));
  return new TextDecoder().decode(page).split("\n").filter((line) => /^[a-z]*_?url_/.test(line));
}

Deno.test("the old metric is served only if it is asked for", () => {
  assert.deepEqual(lines(undefined, { ip: true, city: true }), []);
});

Deno.test("all sources are one number; labels that are not asked for are empty", () => {
  assert.deepEqual(lines("url_access_count_total", { ip: false, city: false }), [
    'url_access_count_total{url="shop.test",city="",ip=""} 5',
  ]);
});

Deno.test("a series for each address, or for each city", () => {
  const name = "extracted_url_access_count_total";
  assert.deepEqual(lines(name, { ip: true, city: true }), [
    `${name}{url="shop.test",city="Oslo",ip="192.0.2.1"} 3`,
    `${name}{url="shop.test",city="Oslo",ip="192.0.2.2"} 1`,
    `${name}{url="shop.test",city="",ip="other"} 1`,
  ]);
  assert.deepEqual(lines(name, { ip: false, city: true }), [
    `${name}{url="shop.test",city="Oslo",ip=""} 4`,
    `${name}{url="shop.test",city="",ip=""} 1`,
  ]);
});
