// --geoip-db: places from a file in MaxMind's format (City, Country, DB-IP, IPinfo and others).

import { UserError } from "../errors.ts";
import { field, MmdbFile } from "./mmdb_file.ts";
import { type Place, placeOf } from "./place.ts";

/** Types of MaxMind's and DB-IP's databases that hold no places. */
const OTHER_TYPES = /^(GeoIP2|GeoLite2|DBIP)-(ASN|ISP|Domain|Anonymous|Connection)/i;

/** Finds places in a database. */
export class PlaceDatabase {
  readonly #file: MmdbFile;

  /** Reads the whole file; throws a UserError if it cannot, or if the file holds no places. */
  constructor(file: string) {
    this.#file = new MmdbFile(file, { what: "places", option: "--geoip-db" });
    const { type } = this.#file;
    if (OTHER_TYPES.test(type)) {
      throw new UserError(
        `"${file}" holds no places, it is a ${placeOf(type, "").city} database: ` +
          "give a City or Country one to --geoip-db",
      );
    }
  }

  /** A damaged record counts as unknown. */
  find(address: bigint): Place {
    const record = this.#file.record(address);
    return placeOf(cityIn(record), countryIn(record));
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
