// Where servers are. Nothing is loaded before openPlaces, so a run without --location costs
// nothing.

import { parseAddress } from "./address_number.ts";
import { type Place, UNKNOWN_PLACE } from "./place.ts";
import { specialWord } from "./special_addresses.ts";

export interface Places {
  /** The place of an address given as text; of a special one a plain word as country, no city. */
  place(ip: string): Place;
  /** Frees the data: from then on every place is unknown. */
  close(): void;
}

export interface PlacesOptions {
  /** A file in MaxMind's format; null for the places that come with webstat. */
  readonly database: string | null;
}

/** Takes addresses as address_number.ts makes them. */
export interface Finder {
  find(address: bigint): Place;
}

/**
 * Addresses whose places are remembered: 8 for each of more hosts than most keep, 10 MB at most.
 */
const MAX_REMEMBERED = 65_536;

/** Loads the data; throws a UserError if it is missing or not readable. */
export async function openPlaces(options: PlacesOptions): Promise<Places> {
  return rememberPlaces(await openFinder(options), MAX_REMEMBERED);
}

async function openFinder({ database }: PlacesOptions): Promise<Finder> {
  if (database === null) return (await import("./built_in.ts")).openBuiltIn();
  const { PlaceDatabase } = await import("./database.ts");
  return new PlaceDatabase(database);
}

/** Remembers the places of the `limit` addresses that were looked up last. */
export function rememberPlaces(finder: Finder, limit: number): Places {
  const remembered = new Map<string, Place>();
  let open: Finder | null = finder;

  function place(ip: string): Place {
    const known = remembered.get(ip);
    if (known !== undefined) return known;
    if (open === null) return UNKNOWN_PLACE;
    const found = findPlace(open, ip);
    if (remembered.size >= limit) {
      for (const oldest of remembered.keys()) {
        remembered.delete(oldest);
        break;
      }
    }
    remembered.set(ip, found);
    return found;
  }

  function close(): void {
    open = null;
    remembered.clear();
  }

  return { place, close };
}

function findPlace(finder: Finder, ip: string): Place {
  const address = parseAddress(ip);
  if (address === null) return UNKNOWN_PLACE;
  const word = specialWord(address);
  return word === null ? finder.find(address) : { city: "", country: word };
}
