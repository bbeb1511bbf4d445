import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { parseAddress } from "./address_number.ts";
import { packColumns, type PlaceColumns, PlaceTable, unpackColumns } from "./place_table.ts";

const COLUMNS: PlaceColumns = {
  starts4: Uint32Array.of(0, 0x01000000, 0x02000000, 0xf0000000),
  places4: Uint32Array.of(0, 1, 2, 0),
  starts6: BigUint64Array.of(0n, 0x2001_0000_0000_0000n, 0x2002_0000_0000_0000n),
  places6: Uint32Array.of(0, 2, 0),
  names: new TextEncoder().encode("\t\nFR\t\nBR\tSão Paulo\n"),
};

const EMPTY: PlaceColumns = {
  starts4: new Uint32Array(),
  places4: new Uint32Array(),
  starts6: new BigUint64Array(),
  places6: new Uint32Array(),
  names: new Uint8Array(),
};

function find(columns: PlaceColumns, ip: string): string {
  const { city, country } = new PlaceTable(columns).find(parseAddress(ip)!);
  return `${city}/${country}`;
}

Deno.test("an address has the place of the range that it is in", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["0.0.0.0", "/"],
    ["0.255.255.255", "/"],
    ["1.0.0.0", "/FR"],
    ["1.255.255.255", "/FR"],
    ["2.0.0.0", "São Paulo/BR"],
    ["239.255.255.255", "São Paulo/BR"],
    ["240.0.0.0", "/"],
    ["255.255.255.255", "/"],
    ["2000:ffff::1", "/"],
    ["2001::", "São Paulo/BR"],
    ["2001:ffff:ffff:ffff::1", "São Paulo/BR"],
    ["2002::", "/"],
  ];
  for (const [ip, place] of cases) assert.equal(find(COLUMNS, ip), place, ip);
});

Deno.test("an empty table knows no place", () => {
  assert.equal(find(EMPTY, "1.2.3.4"), "/");
  assert.equal(find(EMPTY, "2001::1"), "/");
});

Deno.test("unpacked columns equal the packed ones", () => {
  assert.deepEqual(unpackColumns(packColumns(COLUMNS)), COLUMNS);
  assert.deepEqual(unpackColumns(packColumns(EMPTY)), EMPTY);
});

Deno.test("a file that is no pack is refused", () => {
  const packed = packColumns(COLUMNS);
  for (const bytes of [new Uint8Array(), packed.subarray(0, 20), gzipSync(new Uint8Array(16))]) {
    assert.throws(() => unpackColumns(bytes));
  }
});
