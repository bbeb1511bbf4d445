// --asn-db: networks from a file in MaxMind's format (GeoLite2-ASN, DB-IP, IPinfo and others).

import { UserError } from "../errors.ts";
import { field, MmdbFile } from "./mmdb_file.ts";
import type { Network } from "./network_facts.ts";
import { plainText } from "./place.ts";

/** Types of databases that hold only places. */
const OTHER_TYPES = /City|Country|Location/i;

/** Finds networks in a database. */
export class NetworkDatabase {
  readonly #file: MmdbFile;

  /** Reads the whole file; throws a UserError if it cannot, or if the file holds no networks. */
  constructor(file: string) {
    this.#file = new MmdbFile(file, { what: "networks", option: "--asn-db" });
    const type = plainText(this.#file.type);
    if (!OTHER_TYPES.test(type)) return;
    throw new UserError(
      `"${file}" holds no networks, it is a ${type} database: give an ASN one to --asn-db`,
    );
  }

  /** A damaged record counts as unknown. */
  find(address: bigint): Network {
    const record = this.#file.record(address);
    const name = field(record, "autonomous_system_organization") ?? field(record, "as_name") ??
      field(record, "name");
    return { asn: numberIn(record), organisation: plainText(name) };
  }
}

/** `autonomous_system_number` (MaxMind, DB-IP) or `asn`, "AS64500" (IPinfo). */
function numberIn(record: unknown): number {
  const number = field(record, "autonomous_system_number") ?? field(record, "asn");
  const asn = typeof number === "string" ? Number(number.replace(/^AS/i, "")) : number;
  return typeof asn === "number" && Number.isInteger(asn) && asn > 0 ? asn : 0;
}
