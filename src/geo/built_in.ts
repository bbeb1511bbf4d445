// The places that come with webstat: packed in a compiled binary, else geoip-lite's files.

import { UserError } from "../errors.ts";
import { readCarriedPack } from "./carried_pack.ts";
import { readGeoipLite } from "./geoip_lite.ts";
import { type PlaceColumns, PlaceTable, unpackColumns } from "./place_table.ts";

/** Beside the bundled program: see scripts/pack_places.ts. */
export const PACK_NAME = "places.pack";

/** In a binary this takes 0.2 s and 60 MB; from source 1 s, and 110 MB more while it reads. */
export function openBuiltIn(): PlaceTable {
  return new PlaceTable(Deno.build.standalone ? readPack() : readPackage());
}

function readPack(): PlaceColumns {
  try {
    const carried = Deno.build.os === "linux" ? readCarriedPack(Deno.execPath()) : null;
    return unpackColumns(carried ?? Deno.readFileSync(new URL(PACK_NAME, import.meta.url)));
  } catch (cause) {
    const advice = "give a database with --geoip-db FILE, or use a webstat built with them";
    throw new UserError(`This webstat was built without the places of addresses: ${advice}`, {
      cause,
    });
  }
}

/** Reads the package's files; throws a UserError if it is not installed. */
export function readPackage(): PlaceColumns {
  try {
    return readGeoipLite(new URL("../data/", import.meta.resolve("geoip-lite")));
  } catch (cause) {
    const advice = "run ./scripts/setup, or give a database with --geoip-db FILE";
    throw new UserError(`Cannot read the places of addresses of geoip-lite: ${advice}`, { cause });
  }
}
