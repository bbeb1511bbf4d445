// A database file that is read anew when its updater has replaced it, or written to it.

/** Finds what is known of addresses, which are as address_number.ts makes them. */
export interface Finder<Found> {
  find(address: bigint): Found;
}

export class FollowedDatabase<Found> implements Finder<Found> {
  readonly #path: string;
  readonly #open: (path: string) => Finder<Found>;
  #database: Finder<Found>;
  #identity: string;

  /** Throws what `open` throws. */
  constructor(path: string, open: (path: string) => Finder<Found>) {
    this.#path = path;
    this.#open = open;
    this.#identity = identityOf(path);
    this.#database = open(path);
  }

  find(address: bigint): Found {
    return this.#database.find(address);
  }

  /**
   * Reads the file if it is not the one that was read last; returns whether it has. If it cannot be read,
   * throws what `open` throws, and what was read before stays: until it can, as it may be half written.
   */
  refresh(): boolean {
    const identity = identityOf(this.#path);
    if (identity === "" || identity === this.#identity) return false;
    this.#database = this.#open(this.#path);
    this.#identity = identity;
    return true;
  }
}

/** Tells a file from what was there before; "" if there is none, as between two steps of an updater. */
function identityOf(path: string): string {
  try {
    const { dev, ino, size, mtime } = Deno.statSync(path);
    return [dev, ino, size, mtime?.getTime()].join(" ");
  } catch {
    return "";
  }
}
