// Packs geoip-lite's data of places for a compiled binary: see src/geo/geoip_lite.ts.
//
//   deno run -A scripts/pack_places.ts FOLDER | EXECUTABLE
//
// Into the folder of the bundled program, before it is compiled, or, for Linux, into the executable that
// was made of it: see src/geo/carried_pack.ts.

import { PACK_NAME, readPackage } from "../src/geo/built_in.ts";
import { addCarriedPack } from "../src/geo/carried_pack.ts";
import { packColumns } from "../src/geo/place_table.ts";

const [path] = Deno.args;
if (path === undefined) throw new Error("usage: scripts/pack_places.ts FOLDER | EXECUTABLE");
const pack = packColumns(readPackage());
if (Deno.statSync(path).isDirectory) Deno.writeFileSync(`${path}/${PACK_NAME}`, pack);
else addCarriedPack(path, pack);
