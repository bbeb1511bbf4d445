// Whose networks servers are in. Imported only with --asn-db.

import { parseAddress } from "./address_number.ts";
import { FollowedDatabase } from "./followed_database.ts";
import { NetworkDatabase } from "./network_database.ts";
import { type Network, UNKNOWN_NETWORK } from "./network_facts.ts";
import { Remembered } from "./remembered.ts";

export interface Networks {
  /** The network of an address given as text. */
  network(ip: string): Network;
  /** Reads the database anew if it was replaced, see FollowedDatabase. */
  refresh(): boolean;
}

/** Reads a file in MaxMind's format; throws a UserError if it cannot. */
export function openNetworks(path: string): Networks {
  const database = new FollowedDatabase(path, (file) => new NetworkDatabase(file));
  const remembered = new Remembered((ip) => {
    const address = parseAddress(ip);
    return address === null ? UNKNOWN_NETWORK : database.find(address);
  });
  return {
    network: (ip) => remembered.of(ip),
    refresh() {
      const isNew = database.refresh();
      if (isNew) remembered.clear();
      return isNew;
    },
  };
}
