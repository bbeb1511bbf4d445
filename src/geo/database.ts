// --geoip-db: places from a file in MaxMind's format (City, Country, DB-IP, IPinfo and others).

import { Buffer } from "node:buffer";
import { Reader, type Response } from "mmdb-lib";
import { systemReason, UserError } from "../errors.ts";
import { formatAddress, toIPv4 } from "./address_number.ts";
import { type Place, placeOf, UNKNOWN_PLACE } from "./place.ts";

/** Types of MaxMind's and DB-IP's databases that hold no places. */
const OTHER_TYPES = /^(GeoIP2|GeoLite2|DBIP)-(ASN|ISP|Domain|Anonymous|Connection)/i;

/** Finds places in a database. */
export class PlaceDatabase {
  readonly #reader: Reader<Response>;

  /** Reads the whole file; throws a UserError if it cannot, or if the file holds no places. */
  constructor(file: string) {
    this.#reader = readDatabase(file);
    const type = String(this.#reader.metadata.databaseType);
    if (OTHER_TYPES.test(type)) {
      throw new UserError(
        `"${file}" holds no places, it is a ${placeOf(type, "").city} database: ` +
          "give a City or Country one to --geoip-db",
      );
    }
  }

  /** A damaged record counts as unknown. */
  find(address: bigint): Place {
    if (toIPv4(address) === null && this.#reader.metadata.ipVersion === 4) return UNKNOWN_PLACE;
    try {
      const record: unknown = this.#reader.get(formatAddress(address));
      return placeOf(cityIn(record), countryIn(record));
    } catch {
      return UNKNOWN_PLACE;
    }
  }
}

function readDatabase(file: string): Reader<Response> {
  const bytes = readFile(file);
  const advice = "give a database in MaxMind's format (.mmdb) to --geoip-db";
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    throw new UserError(`"${file}" is compressed: unpack it with gunzip or tar first`);
  }
  try {
    return new Reader<Response>(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (cause) {
    throw new UserError(`"${file}" is not a database of places: ${advice}`, { cause });
  }
}

function readFile(file: string): Uint8Array<ArrayBuffer> {
  try {
    return Deno.readFileSync(file);
  } catch (cause) {
    throw new UserError(`Cannot read the database "${file}": ${systemReason(cause)}`, { cause });
  }
}

/** `city.names.en` (MaxMind, DB-IP) or `city` (IPinfo and other flat ones). */
function cityIn(record: unknown): unknown {
  const city = field(record, "city");
  return typeof city === "string" ? city : field(field(city, "names"), "en");
}

/** A code if there is one: `country.iso_code`, `country_code`, or a flat `country`. */
function countryIn(record: unknown): unknown {
  const country = field(record, "country");
  return field(country, "iso_code") ?? field(record, "country_code") ?? country;
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}
