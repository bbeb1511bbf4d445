// Packs the places of geoip-lite's data for a compiled binary; see src/geo/geoip_lite.ts for why.

import { PACK, readPackage } from "../src/geo/built_in.ts";
import { packColumns } from "../src/geo/place_table.ts";

// Renamed into place, so that another compilation at the same time finds a whole file.
const fresh = new URL(`places.${Deno.pid}.tmp`, PACK);
Deno.writeFileSync(fresh, packColumns(readPackage()));
Deno.renameSync(fresh, PACK);
