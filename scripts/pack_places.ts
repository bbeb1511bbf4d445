// Packs geoip-lite's data of places for a compiled binary: see src/geo/geoip_lite.ts.
//
//   deno run -A scripts/pack_places.ts FOLDER

import { PACK_NAME, readPackage } from "../src/geo/built_in.ts";
import { packColumns } from "../src/geo/place_table.ts";

const [folder] = Deno.args;
if (folder === undefined) throw new Error("usage: scripts/pack_places.ts FOLDER");
Deno.writeFileSync(`${folder}/${PACK_NAME}`, packColumns(readPackage()));
