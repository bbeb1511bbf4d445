import assert from "node:assert/strict";
import { createRequire } from "node:module";
import fc from "fast-check";
import { parseAddress } from "./address_number.ts";
import { readPackage } from "./built_in.ts";
import { readGeoipLite } from "./geoip_lite.ts";
import { PlaceTable } from "./place_table.ts";

interface GeoipLite {
  lookup(ip: string): { city: string; country: string } | null;
}

Deno.test("the table finds what geoip-lite finds", () => {
  const geoip: GeoipLite = createRequire(import.meta.url)("geoip-lite");
  const table = new PlaceTable(readPackage());
  let known = 0;
  const agree = (ip: string) => {
    const { city = "", country = "" } = geoip.lookup(ip) ?? {};
    assert.deepEqual(table.find(parseAddress(ip)!), { city: city.trim(), country }, ip);
    if (country !== "") known++;
  };
  // geoip-lite has its own idea of private addresses.
  const publicIPv4 = fc.ipV4().filter((ip) => !/^(10|172|192)\./.test(ip));
  const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
  const first = fc.constantFrom("2001", "2003", "2400", "2600", "2804", "2a00", "2a02", "2c0f");
  const globalIPv6 = fc.tuple(first, group, group).map((groups) => `${groups.join(":")}::1`);
  fc.assert(fc.property(publicIPv4, agree), { numRuns: 5_000 });
  fc.assert(fc.property(globalIPv6, agree), { numRuns: 5_000 });
  assert(known > 3_000, `only ${known} places were compared`);
});

/** Files of geoip-lite's layout, from rows of [first, last, location]. */
function writeFiles(folder: string, rows: readonly (readonly [number, number, number])[]): URL {
  const city = new DataView(new ArrayBuffer(rows.length * 24));
  const city6 = new DataView(new ArrayBuffer(rows.length * 48));
  rows.forEach(([first, last, location], i) => {
    city.setUint32(i * 24, first);
    city.setUint32(i * 24 + 4, last);
    city.setUint32(i * 24 + 8, location);
    city6.setBigUint64(i * 48, BigInt(first));
    city6.setBigUint64(i * 48 + 16, BigInt(last));
    city6.setUint32(i * 48 + 32, location);
  });
  const names = new Uint8Array(2 * 88);
  ["FRParis", "ITRoma"].forEach((text, i) => {
    names.set(new TextEncoder().encode(text.slice(0, 2)), i * 88);
    names.set(new TextEncoder().encode(text.slice(2)), i * 88 + 42);
  });
  Deno.writeFileSync(`${folder}/geoip-city.dat`, new Uint8Array(city.buffer));
  Deno.writeFileSync(`${folder}/geoip-city6.dat`, new Uint8Array(city6.buffer));
  Deno.writeFileSync(`${folder}/geoip-city-names.dat`, names);
  return new URL(`file://${folder}/`);
}

Deno.test("ranges end where their rows end; rows without a location have no place", () => {
  const folder = Deno.makeTempDirSync();
  try {
    const files = writeFiles(folder, [
      [10, 19, 0],
      [20, 29, 0],
      [30, 39, 1],
      [35, 49, 0], // overlaps what comes before
      [60, 69, 0xffffffff],
      [70, 79, 99], // a location that is not there
      [0xffffffff, 0xffffffff, 1],
    ]);
    const table = new PlaceTable(readGeoipLite(files));
    const cases: readonly (readonly [number, string])[] = [
      [0, ""],
      [9, ""],
      [10, "Paris"],
      [29, "Paris"],
      [30, "Roma"],
      [39, "Roma"],
      [40, "Paris"],
      [49, "Paris"],
      [50, ""],
      [65, ""],
      [75, ""],
      [0xfffffffe, ""],
      [0xffffffff, "Roma"],
    ];
    for (const [value, city] of cases) {
      assert.equal(table.find(0xffffn << 32n | BigInt(value)).city, city, `IPv4 ${value}`);
      assert.equal(table.find(BigInt(value) << 64n | 7n).city, city, `IPv6 ${value}`);
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
