// A file in MaxMind's format: https://maxmind.github.io/MaxMind-DB/

import { Buffer } from "node:buffer";
import { Reader, type Response } from "mmdb-lib";
import { systemReason, UserError } from "../errors.ts";
import { formatAddress, toIPv4 } from "./address_number.ts";

/** What a file is to hold, for messages: "places", and the option that names it. */
export interface Wanted {
  readonly what: string;
  readonly option: string;
}

export class MmdbFile {
  readonly #reader: Reader<Response>;

  /** Reads the whole file; throws a UserError if it cannot. */
  constructor(file: string, wanted: Wanted) {
    this.#reader = readDatabase(file, wanted);
  }

  /** "GeoLite2-City" */
  get type(): string {
    return String(this.#reader.metadata.databaseType);
  }

  /** When it was made, in milliseconds since 1970. */
  get built(): number {
    return this.#reader.metadata.buildEpoch.getTime();
  }

  /** The record of an address; null if there is none, or if it is damaged. */
  record(address: bigint): unknown {
    if (toIPv4(address) === null && this.#reader.metadata.ipVersion === 4) return null;
    try {
      return this.#reader.get(formatAddress(address));
    } catch {
      return null;
    }
  }
}

function readDatabase(file: string, { what, option }: Wanted): Reader<Response> {
  const bytes = readFile(file);
  const advice = `give a database in MaxMind's format (.mmdb) to ${option}`;
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    throw new UserError(`"${file}" is compressed: unpack it with gunzip or tar first`);
  }
  try {
    return new Reader<Response>(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (cause) {
    throw new UserError(`"${file}" is not a database of ${what}: ${advice}`, { cause });
  }
}

function readFile(file: string): Uint8Array<ArrayBuffer> {
  try {
    return Deno.readFileSync(file);
  } catch (cause) {
    throw new UserError(`Cannot read the database "${file}": ${systemReason(cause)}`, { cause });
  }
}

/** The value of a field of a record; undefined if there is none. */
export function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}
