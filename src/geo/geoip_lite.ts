// Reads the data files of the geoip-lite package into a table.
//
// geoip-lite itself is not used: importing it reads them into 110 MB of memory, by calls that fail
// on the files inside a compiled binary. Besides, such files are read into memory, twice, at every
// start: with them the binary had 212 MB, started in 0.35 s and took 244 MB even without
// --location. As a table they have 6 MB: the binary starts as fast as without them, writes nothing
// to disk, and finds the same places as geoip-lite.

import type { PlaceColumns } from "./place_table.ts";

/** geoip-city.dat: rows of first address, last address, location; then coordinates. Big-endian. */
const ROW4 = { size: 24, last: 4, location: 8 };
/** geoip-city6.dat: the same; only the upper 64 bits of an address are right, and used. */
const ROW6 = { size: 48, last: 16, location: 32 };
/** geoip-city-names.dat: rows of country (2 bytes), ..., city (46 bytes), filled with zeros. */
const NAMES = { size: 88, countryEnd: 2, city: 42 };

/** Reads the three files of cities in a folder; throws the error of Deno if one can't be read. */
export function readGeoipLite(folder: URL): PlaceColumns {
  const read = (name: string) => Deno.readFileSync(new URL(name, folder));
  const names = readNames(read("geoip-city-names.dat"));
  const v4 = readRanges4(read("geoip-city.dat"), names.placeOfLocation);
  const v6 = readRanges6(read("geoip-city6.dat"), names.placeOfLocation);
  return {
    starts4: v4.starts,
    places4: v4.places,
    starts6: v6.starts,
    places6: v6.places,
    names: new TextEncoder().encode(names.lines.join("")),
  };
}

/** The different pairs of country and city; the file has a row for each postal area. */
function readNames(file: Uint8Array): { lines: string[]; placeOfLocation: Uint32Array } {
  const text = new TextDecoder();
  // The first line stands for "unknown".
  const lines = ["\t\n"];
  const known = new Map<string, number>();
  const placeOfLocation = new Uint32Array(Math.floor(file.length / NAMES.size));
  for (let row = 0; row < placeOfLocation.length; row++) {
    const at = row * NAMES.size;
    const country = text.decode(file.subarray(at, at + NAMES.countryEnd));
    const city = text.decode(file.subarray(at + NAMES.city, at + NAMES.size));
    const line = `${country}\t${city}\n`.replaceAll("\0", "");
    let place = known.get(line);
    if (place === undefined) {
      place = lines.push(line) - 1;
      known.set(line, place);
    }
    placeOfLocation[row] = place;
  }
  return { lines, placeOfLocation };
}

function readRanges4(file: Uint8Array, placeOfLocation: Uint32Array) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const most = 2 * Math.floor(file.length / ROW4.size) + 1;
  const starts = new Uint32Array(most);
  const places = new Uint32Array(most);
  let count = 0;
  const add = (start: number, place: number) => {
    if (count > 0 && places[count - 1] === place) return;
    starts[count] = start;
    places[count++] = place;
  };
  let next = 0;
  for (let at = 0; at + ROW4.size <= file.length; at += ROW4.size) {
    const first = view.getUint32(at);
    const last = view.getUint32(at + ROW4.last);
    if (last < next) continue;
    if (first > next) add(next, 0);
    // A row without a location has an index past the end.
    add(Math.max(first, next), placeOfLocation[view.getUint32(at + ROW4.location)] ?? 0);
    next = last + 1;
  }
  if (next <= 0xffff_ffff) add(next, 0);
  return { starts: starts.slice(0, count), places: places.slice(0, count) };
}

/** As readRanges4, with the upper halves of the addresses. */
function readRanges6(file: Uint8Array, placeOfLocation: Uint32Array) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const most = 2 * Math.floor(file.length / ROW6.size) + 1;
  const starts = new BigUint64Array(most);
  const places = new Uint32Array(most);
  let count = 0;
  const add = (start: bigint, place: number) => {
    if (count > 0 && places[count - 1] === place) return;
    starts[count] = start;
    places[count++] = place;
  };
  let next = 0n;
  for (let at = 0; at + ROW6.size <= file.length; at += ROW6.size) {
    const first = view.getBigUint64(at);
    const last = view.getBigUint64(at + ROW6.last);
    if (last < next) continue;
    if (first > next) add(next, 0);
    add(first > next ? first : next, placeOfLocation[view.getUint32(at + ROW6.location)] ?? 0);
    next = last + 1n;
  }
  if (next >> 64n === 0n) add(next, 0);
  return { starts: starts.slice(0, count), places: places.slice(0, count) };
}
