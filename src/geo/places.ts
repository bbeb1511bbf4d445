// Where servers are. Nothing is loaded before openPlaces, so a run without --location costs
// nothing.

import { parseAddress } from "./address_number.ts";
import { type Finder, FollowedDatabase } from "./followed_database.ts";
import { type Place, UNKNOWN_PLACE } from "./place.ts";
import { Remembered } from "./remembered.ts";
import { specialWord } from "./special_addresses.ts";

export interface Places {
  /** The place of an address given as text; of a special one a plain word as country, no city. */
  place(ip: string): Place;
  /** Reads the database anew if it was replaced, see FollowedDatabase. */
  refresh(): boolean;
  /** Frees the data: from then on every place is unknown. */
  close(): void;
}

export interface PlacesOptions {
  /** A file in MaxMind's format; null for the places that come with webstat. */
  readonly database: string | null;
}

/** Loads the data; throws a UserError if it is missing or not readable. */
export async function openPlaces({ database }: PlacesOptions): Promise<Places> {
  if (database === null) return rememberPlaces((await import("./built_in.ts")).openBuiltIn());
  const { PlaceDatabase } = await import("./database.ts");
  const followed = new FollowedDatabase(database, (file) => new PlaceDatabase(file));
  return rememberPlaces(followed, undefined, () => followed.refresh());
}

/** Remembers the places of the `limit` addresses that were looked up last. */
export function rememberPlaces(
  finder: Finder<Place>,
  limit?: number,
  refresh = () => false,
): Places {
  let open: Finder<Place> | null = finder;
  const remembered = new Remembered((ip) => findPlace(open, ip), limit);
  return {
    place: (ip) => remembered.of(ip),
    refresh() {
      const isNew = refresh();
      if (isNew) remembered.clear();
      return isNew;
    },
    close() {
      open = null;
      remembered.clear();
    },
  };
}

function findPlace(finder: Finder<Place> | null, ip: string): Place {
  const address = finder === null ? null : parseAddress(ip);
  if (address === null) return UNKNOWN_PLACE;
  const word = specialWord(address);
  return word === null ? finder!.find(address) : { city: "", country: word };
}
