import assert from "node:assert/strict";
import { UserError } from "../errors.ts";
import { parseAddress } from "./address_number.ts";
import { PlaceDatabase } from "./database.ts";
import type { Place } from "./place.ts";
import { buildDatabase, type Value, withFile } from "./testing.ts";

function findIn(database: Uint8Array, ip: string): Place {
  return withFile(database, (file) => new PlaceDatabase(file).find(parseAddress(ip)!));
}

const MELBOURNE = { city: "Melbourne", country: "AU" };

Deno.test("databases of every usual shape give city and country", () => {
  const shapes: readonly (readonly [string, Value, Place])[] = [
    [
      "GeoLite2-City",
      { city: { names: { de: "x", en: "Melbourne" } }, country: { iso_code: "AU" } },
      MELBOURNE,
    ],
    ["GeoLite2-Country", { country: { iso_code: "AU" } }, { city: "", country: "AU" }],
    ["ipinfo standard_location.mmdb", MELBOURNE, MELBOURNE],
    [
      "ipinfo generic_lite.mmdb",
      { country: "Australia", country_code: "AU", asn: "AS1" },
      { city: "", country: "AU" },
    ],
    ["unheard of", { other: 7 }, { city: "", country: "" }],
    ["text only", "AU", { city: "", country: "" }],
  ];
  for (const [type, record, place] of shapes) {
    assert.deepEqual(findIn(buildDatabase(type, 6, [["1.2.3.0/24", record]]), "1.2.3.4"), place);
  }
});

Deno.test("addresses of both families are found, and only within their prefix", () => {
  const both = buildDatabase("GeoLite2-City", 6, [
    ["1.2.3.0/24", { country: "AU" }],
    ["2001:4860::/32", { country: "US" }],
  ]);
  assert.equal(findIn(both, "1.2.3.255").country, "AU");
  assert.equal(findIn(both, "::ffff:1.2.3.255").country, "AU");
  assert.equal(findIn(both, "1.2.4.0").country, "");
  assert.equal(findIn(both, "2001:4860::8888").country, "US");
  assert.equal(findIn(both, "2001:4861::1").country, "");
});

Deno.test("a database of IPv4 alone knows no IPv6 address", () => {
  // Its tree would answer for the first 32 bits of the address.
  const only4 = buildDatabase("GeoLite2-City", 4, [["32.0.0.0/8", { country: "AU" }]]);
  assert.equal(findIn(only4, "32.1.2.3").country, "AU");
  assert.equal(findIn(only4, "2001:4860::8888").country, "");
});

Deno.test("names from a database are plain text", () => {
  const hostile = buildDatabase("x", 6, [["1.2.3.0/24", {
    city: "a\x1b[2J\nb",
    country: "\x07AU",
  }]]);
  assert.deepEqual(findIn(hostile, "1.2.3.4"), { city: "a[2Jb", country: "AU" });
});

Deno.test("no look-up in a damaged database throws", () => {
  const good = buildDatabase("GeoLite2-City", 6, [["1.2.3.0/24", MELBOURNE]]);
  const metadata = good.lastIndexOf(0xab);
  for (let at = 0; at < metadata; at++) {
    const damaged = good.slice();
    damaged[at]! ^= 0xff;
    withFile(damaged, (file) => {
      const { city } = new PlaceDatabase(file).find(parseAddress("1.2.3.4")!);
      assert.equal(typeof city, "string");
    });
  }
});

Deno.test("a file that is no database of places gets one line that says so", () => {
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [new Uint8Array(), /is not a database of places: give .*--geoip-db$/],
    [new TextEncoder().encode("ip,country\n1.2.3.4,AU\n"), /is not a database of places/],
    [new Uint8Array(5000).fill(255), /is not a database of places/],
    [buildDatabase("GeoLite2-City", 6, []).slice(0, -40), /is not a database of places/],
    [Uint8Array.of(0x1f, 0x8b, 8, 0), /is compressed: unpack it/],
    [buildDatabase("GeoLite2-ASN", 6, []), /holds no places, it is a GeoLite2-ASN database/],
  ];
  for (const [content, message] of cases) {
    withFile(content, (file) => assertRefused(file, message));
  }
  assertRefused(
    "/nonexistent.mmdb",
    /^Cannot read the database "\/nonexistent.mmdb": no such file or folder$/,
  );
  assertRefused("/", /^Cannot read the database "\/": it is a folder$/);
});

function assertRefused(file: string, message: RegExp): void {
  assert.throws(() => new PlaceDatabase(file), (error) => {
    assert(error instanceof UserError);
    assert.match(error.message, message);
    assert(!error.message.includes("\n"));
    return true;
  });
}
